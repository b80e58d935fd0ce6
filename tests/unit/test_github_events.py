"""Which events get a comment and a check run, and what turns them off."""

from __future__ import annotations

import pytest

from github_api import HEAD, REPOSITORY
from github_deliveries import bodies, check_runs, deliver, report
from k6ci import cli, publish
from k6ci.errors import ExitCode
from k6ci.render.document import report_json
from k6ci.results.model import Decision, Report, Verdict

pytestmark = pytest.mark.unmeasured


def test_a_merge_queue_gets_the_check_that_a_branch_may_require(github, at):
    destination = at("merge_group", {"merge_group": {"head_sha": HEAD}})
    assert deliver(destination) == publish.Published(report())
    assert (len(github.comments), check_runs(github)) == (0, [("completed", "success")])


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_events_without_a_pull_request_send_nothing(github, at, event):
    assert deliver(at(event, {"ref": "refs/heads/main"})) == publish.Published(report())
    assert github.requests == []


def test_a_comment_that_starts_a_job_gets_an_answer_but_no_check(github, at):
    """The event does not say which commit is tested."""
    payload = {"issue": {"number": 7, "pull_request": {"url": "x"}}}
    assert deliver(at("issue_comment", payload)) == publish.Published(report())
    assert (len(bodies(github)), github.check_runs) == (1, [])


@pytest.mark.parametrize("sha", [HEAD, "0" * 40], ids=["open", "pushed since"])
def test_a_workflow_run_of_a_fork_finds_its_pull_request_by_the_event(github, at, sha):
    """GitHub does not list the pull request of a fork in the event."""
    run = {
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "patch-1",
        "head_repository": {"full_name": "mallory/shop", "owner": {"login": "mallory"}},
        "pull_requests": [],
    }
    github.pulls = [
        {"number": 6, "head": {"label": "mallory:other", "sha": HEAD}},
        {"number": 8, "head": {"label": "mallory:patch-1", "sha": sha}},
    ]
    destination = at("workflow_run", {"workflow_run": run, "repository": {"full_name": REPOSITORY, "id": 1}})
    assert deliver(destination) == publish.Published(report())
    assert len(bodies(github, 8)) == (sha == HEAD)
    assert check_runs(github) == [("completed", "success")]


def test_a_second_workflow_reports_on_the_pull_request_of_a_fork(github, at, tmp_path, capsys):
    """The two-workflow recipe: the file is untrusted data, and the pull request is that of the event."""
    run = {
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "patch-1",
        "head_repository": {"full_name": "mallory/shop", "owner": {"login": "mallory"}},
        "pull_requests": [],
    }
    github.pulls = [{"number": 8, "head": {"label": "mallory:patch-1", "sha": HEAD}}]
    environ = at("workflow_run", {"workflow_run": run, "repository": {"full_name": REPOSITORY, "id": 1}}).environ
    path = tmp_path / "result.json"
    decision = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, "Too slow.")
    path.write_text(report_json(Report(decision, is_emulated=False)))
    assert cli.main(["report", str(path), "--comment", "always"], environ) == 0
    assert "warning" not in capsys.readouterr().out
    (body,) = bodies(github, 8)
    assert "k6 load test: failed" in body
    assert check_runs(github) == [("completed", "failure")]


def test_inputs_turn_each_of_them_off(github, at):
    deliver(at(options={"comment": "never"}))
    assert (bodies(github), len(github.check_runs)) == ([], 1)
    deliver(at(options={"has_check_run": False}))
    assert (len(bodies(github)), len(github.check_runs)) == (1, 1)


def test_without_a_token_nothing_is_sent(github, at):
    published = deliver(at(options={"token": None}))
    assert (published.warnings, len(published.notices), github.requests) == ((), 1, [])
    asked = {"token": None, "requested": frozenset({"comment", "check-run"})}
    assert len(deliver(at(options=asked)).warnings) == 1
