"""`mode: report` of the action: the second of two workflows writes the result of the first one to the pull request."""

from __future__ import annotations

import json

import pytest

from faces import VENV_PROGRAMS, machine_environ
from github_api import HEAD, REPOSITORY, github_stand_in, write_event
from github_runner import Job
from k6ci.render.document import report_json
from sample_reports import failed_report, hostile_report, passed_report


@pytest.fixture
def github():
    with github_stand_in() as stand_in:
        head = {"sha": HEAD, "label": "mallory:patch-1", "ref": "patch-1"}
        stand_in.pulls = [
            {"number": 6, "head": head | {"sha": "0" * 40}},
            {"number": 8, "head": head},
        ]
        yield stand_in


@pytest.fixture
def use(action, github, runner_temp, tmp_path):
    """Uses the action in a job of `workflow_run`, with the artifact of the first workflow in its workspace."""

    def use_action(result: str, **inputs):
        workspace = tmp_path / "empty checkout"
        (workspace / "k6ci-report").mkdir(parents=True, exist_ok=True)
        (workspace / "k6ci-report" / "result.json").write_text(result, encoding="utf-8")
        event = {
            "action": "completed",
            "repository": {"id": 1, "full_name": REPOSITORY},
            "workflow_run": {
                "event": "pull_request",
                "head_sha": HEAD,
                "head_branch": "patch-1",
                "head_repository": {"id": 2, "full_name": "mallory/shop", "owner": {"login": "mallory"}},
                "pull_requests": [],
            },
        }
        context = {
            "api_url": github.url,
            "token": github.token,
            "event_name": "workflow_run",
            "event_path": write_event(tmp_path, **event),
            "repository": REPOSITORY,
        }
        environ = machine_environ(tmp_path / "home", VENV_PROGRAMS)
        with Job(workspace=workspace, temporary=runner_temp, environ=environ, github=context) as job:
            return job.use(action, inputs={"mode": "report", **inputs})

    return use_action


def test_a_failed_test_of_a_fork_is_reported_and_the_job_is_green(use, github):
    report = use(report_json(failed_report()))
    assert (report.outcome, report.annotations) == ("success", ()), report.log
    (comment,) = github.comments[8]
    assert "k6 load test: failed" in comment["body"]
    (check_run,) = github.check_runs
    assert (check_run["head_sha"], check_run["status"], check_run["conclusion"]) == (HEAD, "completed", "failure")
    assert "k6 load test: failed" in report.summary
    assert report.step("Stop the cloud run").outcome == "skipped"
    use(report_json(passed_report()))
    (comment,) = github.comments[8]
    assert "k6 load test: passed" in comment["body"]
    assert set(github.comments) == {8}


def test_what_the_file_says_about_the_pull_request_does_not_count(use, github):
    """It is data: neither its texts nor its unknown keys choose where the comment goes."""
    forged = json.loads(report_json(failed_report()))
    forged |= {"pull_request": 6, "repository": "octocat/other", "head_sha": "0" * 40}
    use(json.dumps(forged))
    assert set(github.comments) == {8}
    assert all(request.path.startswith(f"/repos/{REPOSITORY}") for request in github.requests)


def test_no_script_that_the_file_names_is_read(use, github, tmp_path):
    """The line of a threshold would show what is in a file."""
    (tmp_path / "empty checkout").mkdir()
    (tmp_path / "empty checkout" / "a.js").write_text("thresholds: { http_req_duration: ['p(95)<300'] }\n")
    use(report_json(failed_report()).replace("load-tests/checkout.js", "a.js"))
    assert github.check_runs[0]["conclusion"] == "failure"
    assert not github.check_runs[0].get("annotations")


def test_a_hostile_file_forges_nothing(use, github):
    report = use(report_json(hostile_report()))
    assert report.outcome == "success", report.log
    assert report.annotations == ()
    (comment,) = github.comments[8]
    assert "](https://evil" not in comment["body"].replace("\\](", "")
    assert "@acme" not in comment["body"]


@pytest.mark.parametrize("result", ["{", "[]", '{"schema_version": 9}'], ids=["cut", "list", "version"])
def test_a_file_that_is_no_report_is_red_and_writes_nothing(use, github, result):
    report = use(result)
    assert (report.outcome, report.step("run").exit_code) == ("failure", 10)
    assert github.comments == {}
    assert github.check_runs == []
    assert report.step("Stop the cloud run").outcome == "skipped"
