"""The comment and the check run on GitHub, against a stand-in of its API that keeps state and fails on request."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import anyio
import pytest

from github_api import HEAD, REPOSITORY, Fault, User, github_stand_in, write_event
from github_runner.files import parse_pairs
from k6ci import cli, publish
from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.publish import check_run, pull_request_comment
from k6ci.publish.delivery import Delivery, Destination, PullRequestReport, ReportFiles
from k6ci.redaction import Redactor
from k6ci.render.document import report_json
from k6ci.results.model import Decision, Report, RunReport, Threshold, Verdict
from k6ci.runs.interruption import Interruption
from tls_front import NAME, tls_front

PERMISSIONS = "Add `checks: write` and `pull-requests: write` to the permissions of the job"
BOTH = "the check run and the pull request comment could not be written"


@pytest.fixture(params=[""])
def github(request):
    with github_stand_in(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def at(github, tmp_path, monkeypatch):
    """Makes destinations for jobs of this GitHub; only the deliveries to its API are made."""
    monkeypatch.setattr(publish, "MODULES", ("check_run", "pull_request_comment"))

    def destination(event="pull_request", payload=None, options=None, **environ) -> Destination:
        if payload is not False:
            environ.setdefault("GITHUB_EVENT_PATH", write_event(tmp_path, **(payload or {})))
        environ = github.environ(event, GITHUB_OUTPUT=str(tmp_path / "outputs"), **environ)
        settings = {"token": environ["K6CI_GITHUB_TOKEN"], "comment": "on-change", "has_check_run": True}
        report = PullRequestReport(**(settings | (options or {})))
        files = ReportFiles(tmp_path / "report", tmp_path)
        return Destination(files, detect_platform(environ), environ, tmp_path, report)

    return destination


def report(verdict=Verdict.PASSED, thresholds=(), script="a.js"):
    decision = Decision(verdict, ExitCode.PASSED, f"It is {verdict}.")
    return Report(decision, is_emulated=False, runs=(RunReport(script, decision, thresholds=tuple(thresholds)),))


def deliver(destination, what=None, *, begins=True) -> publish.Published:
    async def story() -> publish.Published:
        interruption = Interruption()
        if begins:
            await publish.begin(destination, interruption)
        return await publish.publish(what or report(), destination, Redactor(), interruption)

    return anyio.run(story)


def bodies(github, pull_request=7):
    return [one["body"] for one in github.comments[pull_request]]


def check_runs(github):
    return [(one["status"], one["conclusion"]) for one in github.check_runs]


def left_open(tmp_path) -> str:
    return parse_pairs((tmp_path / "outputs").read_text(encoding="utf-8"))["check-run"]


@pytest.mark.parametrize("github", ["", "/api/v3"], indirect=True)
def test_a_pull_request_gets_one_comment_and_each_run_a_check(github, at, tmp_path):
    """On github.com, and on an Enterprise Server."""
    for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.FAILED):
        assert deliver(at(), report(verdict)) == publish.Published(report(verdict))
    (body,) = bodies(github)
    assert "k6 load test: failed" in body
    conclusions = ["success", "failure", "failure"]
    assert check_runs(github) == [("completed", conclusion) for conclusion in conclusions]
    assert {one["head_sha"] for one in github.check_runs} == {HEAD}
    assert {one["name"] for one in github.check_runs} == {"k6 load test: load"}
    assert github.check_runs[1]["output"]["title"] == "failed: It is failed."
    assert github.check_runs[1]["details_url"] == f"https://github.com/{REPOSITORY}/actions/runs/9"
    assert left_open(tmp_path) == ""


def test_a_check_run_is_in_progress_before_the_run(github, at, tmp_path):
    anyio.run(publish.begin, at(), Interruption())
    assert check_runs(github) == [("in_progress", None)]
    assert left_open(tmp_path) == "open"


@pytest.mark.parametrize(
    ("verdict", "conclusion"),
    [
        ("passed", "success"),
        ("failed", "failure"),
        ("error", "failure"),
        ("aborted", "failure"),
        ("unknown", "failure"),
        ("cancelled", "cancelled"),
        ("skipped", "neutral"),
    ],
)
def test_each_verdict_has_a_conclusion(github, at, verdict, conclusion):
    deliver(at(), report(Verdict(verdict)))
    assert check_runs(github) == [("completed", conclusion)]


def test_a_comment_behind_many_others_is_found(github, at):
    deliver(at())
    ours = github.comments[7].pop()
    for number in range(120):
        github.add_comment(7, "octocat", f"comment {number}")
    github.add_comment(7, "mallory", ours["body"])
    github.comments[7].append(ours)
    deliver(at(), report(Verdict.FAILED))
    assert len(bodies(github)) == 122
    assert "k6 load test: passed" in bodies(github)[-2], "the one of another author"
    assert "k6 load test: failed" in bodies(github)[-1]


def test_two_legs_of_a_matrix_do_not_overwrite_each_other(github, at):
    for _ in range(2):
        for zone in ("eu", "us"):
            deliver(
                at(K6CI_MATRIX=json.dumps({"zone": zone}), options={"comment": "always"}), report(script=f"{zone}.js")
            )
    assert [body.count("eu.js") for body in bodies(github)] == [1, 0]
    assert [one["name"] for one in github.check_runs] == ["k6 load test: load, eu", "k6 load test: load, us"] * 2


def test_the_names_of_checks_differ_where_long_legs_do(github, at):
    for _ in range(2):
        for zone in ("eu", "us"):
            deliver(at(K6CI_MATRIX=json.dumps({"target": {"path": "x" * 200, "zone": zone}})))
    names = [one["name"] for one in github.check_runs]
    assert names[:2] == names[2:]
    assert names[0] != names[1]
    assert {len(name) for name in names} == {100}


def test_another_app_than_the_jobs_own_finds_its_comment(github, at):
    token = github.add_user(User("acme-tests[bot]"))
    for verdict in (Verdict.PASSED, Verdict.FAILED):
        deliver(at(K6CI_GITHUB_TOKEN=token), report(verdict))
    assert [one["user"]["login"] for one in github.comments[7]] == ["acme-tests[bot]"]


def test_without_graphql_the_author_is_that_of_a_jobs_token(github, at):
    github.faults = [Fault("POST", "/graphql", status=404)]
    for verdict in (Verdict.PASSED, Verdict.FAILED):
        assert deliver(at(), report(verdict)).warnings == ()
    assert len(bodies(github)) == 1


@pytest.mark.parametrize("has_effect", [True, False])
@pytest.mark.parametrize("fault", [{"status": 502}, {"is_cut": True}], ids=["502", "cut"])
def test_a_post_without_a_usable_answer_is_not_made_twice(github, at, fault, has_effect):
    github.faults = [Fault("POST", "/(comments|check-runs)$", times=2, has_effect=has_effect, **fault)]
    github.faults = [
        Fault("POST", path, times=1, has_effect=has_effect, **fault) for path in ("/comments$", "/check-runs$")
    ]
    assert deliver(at()) == publish.Published(report())
    assert len(bodies(github)) == 1
    assert check_runs(github) == [("completed", "success")]


def test_transient_failures_of_other_requests_are_retried(github, at):
    github.faults = [Fault(method, "", status=503, times=2) for method in ("GET", "PATCH")]
    for verdict in (Verdict.PASSED, Verdict.FAILED):
        assert deliver(at(), report(verdict)).warnings == ()
    assert len(bodies(github)) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_permission_is_one_notice(github, at, tmp_path, status):
    github.faults = [Fault("POST", "", status=status, message="Resource not accessible by integration")]
    published = deliver(at())
    assert published.warnings == ()
    (notice,) = published.notices
    assert notice.startswith(
        f"{BOTH}: GitHub refused it (HTTP {status}: Resource not accessible by integration). {PERMISSIONS}"
    )
    assert left_open(tmp_path) == "", "the last step has nothing to do"


def test_a_missing_permission_is_a_warning_for_what_was_asked_for(github, at):
    token = github.add_user(User("github-actions[bot]", writes=frozenset({"checks"})))
    options = {"requested": frozenset({"comment"})}
    published = deliver(at(K6CI_GITHUB_TOKEN=token, options=options))
    (warning,) = published.warnings
    assert published.notices == ()
    assert "the pull request comment could not be written" in warning
    assert "Add `pull-requests: write` to the permissions of the job" in warning
    assert check_runs(github) == [("completed", "success")]


def test_a_fork_with_a_token_that_may_only_read_is_a_notice(github, at):
    token = github.add_user(User("github-actions[bot]", writes=frozenset()))
    options = {"requested": frozenset({"comment", "check-run"})}
    published = deliver(at(payload={"is_fork": True}, K6CI_GITHUB_TOKEN=token, options=options))
    assert published.warnings == ()
    assert published.notices == (f"{BOTH}: the token of a pull request from a fork may only read.",)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 401, "message": "Bad credentials"}, "GitHub refused the token (HTTP 401)"),
        (
            {"status": 403, "message": "API rate limit exceeded for installation"},
            "GitHub's rate limit is reached (HTTP 403)",
        ),
        ({"status": 403, "headers": {"Retry-After": "60"}}, "GitHub's rate limit is reached (HTTP 403)"),
        ({"status": 429, "headers": {"Retry-After": "60"}}, "GitHub's rate limit is reached (HTTP 429)"),
        ({"status": 500}, "GitHub failed (HTTP 500)"),
        ({"is_cut": True}, "the connection to GitHub failed"),
        ({"status": 422, "message": "odd\n::error::x"}, "GitHub refused it (HTTP 422: odd\\n::error::x)"),
        (
            {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
            "GitHub's answer is not usable (TypeError)",
        ),
    ],
)
def test_every_other_failure_is_one_warning(github, at, fault, reason):
    github.faults = [Fault("", "", **fault)]
    begun = time.monotonic()
    assert deliver(at()).warnings == (f"{BOTH}: {reason}.",)
    assert time.monotonic() - begun < 60


def test_a_server_that_does_not_answer_is_not_waited_for(github, at, monkeypatch):
    """Each call has a deadline; a request that is under way then is the last one."""
    for module in (check_run, pull_request_comment):
        delivery = module.DELIVERY
        hurried = Delivery(delivery.name, delivery.deliver, begin=delivery.begin, seconds=0.3)
        monkeypatch.setattr(module, "DELIVERY", hurried)
    over = threading.Event()
    github.faults = [Fault("", "", until=over)]
    assert deliver(at()).warnings == (f"{BOTH}: it timed out.",)
    over.set()
    time.sleep(1.0)
    assert len(github.requests) <= 3, "the beginning, and one of each delivery"


def test_a_check_run_whose_creation_was_not_confirmed_is_left_to_the_last_step(github, at, tmp_path):
    """It may appear after it was looked for."""
    github.faults = [Fault("", "/check-runs", is_cut=True, times=10)]
    anyio.run(publish.begin, at(), Interruption())
    github.faults = []
    deliver(at(), begins=False)
    assert check_runs(github) == [("completed", "success")]
    assert left_open(tmp_path) == "open"


def test_the_last_step_concludes_what_a_killed_process_left(github, at, tmp_path):
    anyio.run(publish.begin, at(), Interruption())
    anyio.run(publish.begin, at(GITHUB_JOB="other"), Interruption())
    anyio.run(check_run.conclude_unfinished, Verdict.CANCELLED, at())
    assert check_runs(github) == [("completed", "cancelled"), ("in_progress", None)]
    assert "was ended before it could report" in github.check_runs[0]["output"]["summary"]
    assert left_open(tmp_path) == ""


@pytest.mark.parametrize("fault", [None, {"status": 500}, {"status": 403}])
def test_the_command_of_the_last_step_never_fails(github, at, capsys, fault):
    """It also works where a job failed before it had a token of k6, and says what it could not do."""
    destination = at()
    anyio.run(publish.begin, destination, Interruption())
    github.faults = [Fault("PATCH", "", **fault)] if fault else []
    assert cli.main(["conclude", "error"], destination.environ) == 0
    status = "in_progress" if fault else "completed"
    assert check_runs(github) == [(status, None if fault else "failure")]
    assert capsys.readouterr().out.count("::notice title=k6ci::The check run could not be concluded") == bool(fault)
    assert cli.main(["conclude", "green"], destination.environ) == 2


@pytest.mark.parametrize(
    "accident",
    [
        {"GITHUB_API_URL": "https://["},
        {"GITHUB_API_URL": "", "GITHUB_SERVER_URL": "https://github.example"},
        {"GITHUB_OUTPUT": "/nowhere/outputs"},
        {"no": "PyGithub"},
        {"check": "run of another form"},
    ],
)
def test_no_accident_in_the_last_step_fails_a_job_that_passed(github, at, capsys, monkeypatch, accident):
    destination = at()
    anyio.run(publish.begin, destination, Interruption())
    if "no" in accident:
        monkeypatch.delitem(sys.modules, "k6ci.platforms.github.api", raising=False)
        monkeypatch.setitem(sys.modules, "github", None)
    if "check" in accident:
        github.check_runs[0]["external_id"] = 5
    assert cli.main(["conclude", "passed"], {**destination.environ, **accident}) == 0
    said = capsys.readouterr().out
    assert said.count("::notice title=k6ci::The check run could not be concluded: ") == 1
    assert "a bug in k6ci" not in said


def test_the_last_step_does_not_ask_again_whether_a_check_run_is_wanted(github, at, tmp_path, monkeypatch):
    """It does not get the input check-run, which outranks k6ci.toml."""
    destination = at()
    anyio.run(publish.begin, destination, Interruption())
    (tmp_path / "k6ci.toml").write_text("check-run = false\n")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["conclude", "error"], destination.environ) == 0
    assert check_runs(github) == [("completed", "failure")]


@pytest.mark.parametrize("count", [1, 50, 51, 120])
def test_annotations_point_at_the_lines_of_crossed_thresholds(github, at, tmp_path, count):
    script = "export const options = { thresholds: {\n" + "".join(
        f"  m{number}: ['avg<1'],\n" for number in range(count)
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / "load tests").mkdir()
    (tmp_path / "load tests" / "a.js").write_text(script)
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(count)]
    what = report(Verdict.FAILED, crossed, "load tests/a.js")
    assert deliver(at(), what).warnings == ()
    annotations = github.check_runs[0]["annotations"]
    assert [one["start_line"] for one in annotations] == list(range(2, count + 2))
    assert {one["path"] for one in annotations} == {"load tests/a.js"}
    assert annotations[0]["message"] == "m0 avg<1: the value is 2, the limit 1."
    assert check_runs(github) == [("completed", "failure")]


@pytest.mark.parametrize("begins", [True, False])
@pytest.mark.parametrize("has_effect", [True, False])
@pytest.mark.parametrize("fault", [{"status": 502}, {"is_cut": True}], ids=["502", "cut"])
def test_no_annotation_is_written_twice(github, at, tmp_path, fault, has_effect, begins):
    """GitHub adds those of a repeated request to those of the first one."""
    (tmp_path / "a.js").write_text("".join(f"m{number}: ['avg<1']\n" for number in range(120)))
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(120)]
    github.faults = [Fault("PATCH", "/check-runs/", times=2, has_effect=has_effect, **fault)]
    assert deliver(at(), report(Verdict.FAILED, crossed), begins=begins).warnings == ()
    assert [one["start_line"] for one in github.check_runs[0]["annotations"]] == list(range(1, 121))
    assert check_runs(github) == [("completed", "failure")]


def test_more_crossed_thresholds_than_can_be_sent_in_time_are_in_the_report_only(github, at, tmp_path):
    (tmp_path / "a.js").write_text("")
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(1000)]
    assert deliver(at(), report(Verdict.FAILED, crossed)).warnings == ()
    assert len(github.check_runs[0]["annotations"]) == 500
    assert len(github.sent("PATCH", "/check-runs/")) == 10


def test_annotations_are_relative_to_the_repository_of_the_script(github, at, tmp_path):
    """As `path: shop` of actions/checkout makes it: the working directory is no repository."""
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    (tmp_path / "shop" / "a.js").write_text("m: ['avg<1']")
    crossed = [Threshold("m", "avg<1", 1, 2, -1, is_met=False)]
    deliver(at(GITHUB_WORKSPACE=str(tmp_path)), report(Verdict.FAILED, crossed, "shop/a.js"))
    assert [one["path"] for one in github.check_runs[0]["annotations"]] == ["a.js"]


def test_a_script_outside_of_the_repository_has_no_annotations(github, at):
    crossed = [Threshold("m", "avg<1", 1, 2, -1, is_met=False)]
    assert deliver(at(), report(Verdict.FAILED, crossed, "../elsewhere.js")).warnings == ()
    assert github.check_runs[0]["annotations"] == []


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


def test_the_token_goes_to_its_own_host_only(github, at):
    """Neither the next page nor a renamed repository leads it elsewhere."""
    with github_stand_in() as other:
        for number in range(120):
            github.add_comment(7, "octocat", str(number))
        github.next_link = f"{other.url}/repos/{REPOSITORY}/issues/7/comments?page=2"
        assert "not usable" in deliver(at(options={"has_check_run": False})).warnings[0]
        elsewhere = f"{other.url}/repositories/1/issues/7/comments"
        elsewhere = elsewhere.replace("127.0.0.1", "localhost")
        github.faults = [Fault("GET", "", status=301, headers={"Location": elsewhere})]
        assert "not usable" in deliver(at(options={"has_check_run": False})).warnings[0]
        assert other.requests == []


@pytest.mark.parametrize(
    "url", ["http://github.example/api/v3", "https://me@github.example/api", "ftp://x", "nonsense", "https://["]
)
def test_an_address_that_would_leak_the_token_is_not_used(at, url):
    (warning,) = deliver(at(GITHUB_API_URL=url)).warnings
    assert warning == f"{BOTH}: GITHUB_API_URL is not an https URL."


def test_the_token_of_an_enterprise_server_never_goes_to_github_com(at):
    (warning,) = deliver(at(GITHUB_API_URL="", GITHUB_SERVER_URL="https://github.example")).warnings
    assert warning == f"{BOTH}: GITHUB_API_URL is not set."


def test_a_company_has_its_own_authority_and_proxy(github, at, tmp_path, monkeypatch):
    """The authorities of SSL_CERT_FILE count for GitHub's API, too; without one nothing is sent."""
    port = int(github.url.rpartition(":")[2])
    with tls_front(tmp_path, port) as front:
        monkeypatch.setenv("HTTPS_PROXY", front.proxy)
        destination = at(GITHUB_API_URL=f"https://{NAME}")
        assert "certificate was refused" in deliver(destination).warnings[0]
        assert github.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        assert deliver(destination).warnings == ()
    assert check_runs(github) == [("completed", "success")]


def test_no_proxy_gets_the_token_in_plain_text(github, at, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    (warning,) = deliver(at()).warnings
    assert "a proxy would get the token in plain text" in warning
    assert github.requests == []


def test_k6ci_starts_without_pygithub():
    """Its import takes a quarter of a second."""
    modules = "sys, k6ci.cli, k6ci.publish.check_run, k6ci.publish.pull_request_comment"
    code = f"import {modules}; print('github' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
