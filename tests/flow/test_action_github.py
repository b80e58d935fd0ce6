"""The action in jobs of pull requests: comment and check on a stand-in of GitHub, however the job ends."""

from __future__ import annotations

import threading
import time

import pytest

from action_jobs import use_with_token
from api_stand_in import Fault
from emulation import emulator_in_thread
from faces import VENV_PROGRAMS, machine_environ, script_that_measures
from github_api import HEAD, REPOSITORY, github_stand_in, write_event
from github_runner import Cancellation, Job, Ladder
from process_list import kill_k6ci
from waiting import wait_for

pytestmark = pytest.mark.unmeasured

LONG_SECONDS = 60


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread() as handle:
        yield handle


@pytest.fixture
def github():
    with github_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "my shop"
    (folder / "load-tests").mkdir(parents=True)
    return folder


@pytest.fixture
def use(action, cloud, github, runner_temp, workspace, tmp_path):
    """Uses the action in a job of a pull request, whose token only the context `github` has."""

    def use_action(*, script=None, ladder=None, cancellation=None, is_fork=False, token=cloud.token, **inputs):
        (workspace / "load-tests" / "a b.js").write_text(script or script_that_measures(), encoding="utf-8")
        environ = {**machine_environ(tmp_path / "home", VENV_PROGRAMS), **cloud.environment()}
        del environ["K6_CLOUD_TOKEN"]
        context = {
            "api_url": github.url,
            "token": github.token,
            "event_name": "pull_request",
            "event_path": write_event(tmp_path, is_fork=is_fork),
            "repository": REPOSITORY,
        }
        job = Job(
            workspace=workspace,
            temporary=runner_temp,
            environ=environ,
            secrets=[cloud.token],
            github=context,
            ladder=ladder,
        )
        return use_with_token(job, action, token, (cloud.token, github.token), cancellation, **inputs)

    return use_action


def check(github) -> tuple[str, str | None]:
    (found,) = github.check_runs
    assert (found["head_sha"], found["name"]) == (HEAD, "k6 load test: load-test")
    return found["status"], found["conclusion"]


def test_a_crossed_threshold_is_shown_at_its_line(use, github):
    report = use(env="WORK=9")
    assert report.step("run").exit_code == 99, report.log
    (comment,) = github.comments[7]
    assert "k6 load test: failed" in comment["body"]
    assert check(github) == ("completed", "failure")
    (annotation,) = github.check_runs[0]["annotations"]
    assert (annotation["path"], annotation["start_line"]) == ("load-tests/a b.js", 5)
    assert github.check_runs[0]["details_url"].endswith("/actions/runs/1658821493")
    assert report.step("Conclude the check run").outcome == "skipped"


@pytest.mark.thorough
def test_the_next_run_edits_the_comment(use, github):
    for work in ("9", "3"):
        use(env=f"WORK={work}")
    (comment,) = github.comments[7]
    assert "k6 load test: passed" in comment["body"]
    assert [one["conclusion"] for one in github.check_runs] == ["failure", "success"]


def test_a_missing_secret_and_a_fork_are_reported_or_quiet(use, github):
    report = use(token="")
    assert (report.step("run").exit_code, check(github)) == (11, ("completed", "failure"))
    github.check_runs.clear()
    github.users[github.token] = github.users[github.token].__class__("github-actions[bot]", writes=frozenset())
    report = use(token="", is_fork=True, fork_policy="skip")
    assert report.outcome == "success"
    (notice,) = report.annotations
    assert notice.level == "notice"
    assert "the token of a pull request from a fork may only read" in notice.message
    assert github.check_runs == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 403}, id="403"),
        pytest.param({"status": 401}, id="401", marks=pytest.mark.thorough),
        pytest.param({"status": 429}, id="429", marks=pytest.mark.thorough),
        pytest.param({"status": 500}, id="500", marks=pytest.mark.thorough),
        pytest.param({"is_cut": True}, id="cut", marks=pytest.mark.thorough),
        pytest.param({"seconds": 90.0}, id="slow", marks=pytest.mark.thorough),
    ],
)
def test_whatever_github_answers_the_exit_code_is_that_of_the_run(use, github, fault):
    github.faults = [Fault("", "", **fault)]
    begun = time.monotonic()
    report = use(comment="always", check_run="true")
    assert time.monotonic() - begun < 80
    assert (report.outcome, report.step("run").exit_code) == ("success", 0), report.log
    assert report.log.count("##[warning]the check run") == 1
    assert github.comments[7] == github.check_runs == []


def on_line(text: str, github) -> Cancellation:
    """Cancel at this line, and not before there is a check run: GitHub is asked beside the run."""
    return Cancellation(on_line=lambda line: text in line and bool(wait_for(lambda: github.check_runs)))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("started test run", id="started"),
        pytest.param("options are valid", id="validated", marks=pytest.mark.thorough),
        pytest.param("load test 'octocat", id="uploaded", marks=pytest.mark.thorough),
        pytest.param("0:0", id="running", marks=pytest.mark.thorough),
        pytest.param("report: ", id="reported", marks=pytest.mark.thorough),
    ],
)
def test_a_cancelled_job_concludes_its_check(use, github, line):
    """In every phase."""
    report = use(
        script=script_that_measures(seconds=3 if line == "report: " else LONG_SECONDS),
        cancellation=on_line(line, github),
    )
    assert report.outcome == "cancelled", report.log
    status, conclusion = check(github)
    assert status == "completed"
    assert conclusion == ("success" if report.outputs["result"] == "passed" else "cancelled")


@pytest.mark.parametrize("seconds", [0.0, 2.0, 5.0])
@pytest.mark.thorough
def test_a_job_that_is_cancelled_while_its_check_is_created_leaves_none_in_progress(use, github, seconds):
    """GitHub may answer before the signal, after it, or when k6ci has given up: then the last step finds the check."""
    github.faults = [Fault("POST", "/check-runs$", seconds=seconds, times=1)]
    cancellation = Cancellation()
    watcher = threading.Thread(target=cancel_at_the_first_request, args=(github, cancellation))
    watcher.start()
    report = use(script=script_that_measures(seconds=LONG_SECONDS), cancellation=cancellation)
    watcher.join()
    assert report.outcome == "cancelled", report.log
    wait_for(lambda: github.check_runs, "a check run")
    assert {(one["status"], one["conclusion"]) for one in github.check_runs} == {("completed", "cancelled")}


def cancel_at_the_first_request(github, cancellation):
    wait_for(lambda: github.requests, "a request")
    cancellation.request()


def test_a_killed_k6ci_leaves_no_check_in_progress(use, github):
    at_once = Ladder(interrupt_seconds=0, terminate_seconds=0)
    report = use(
        script=script_that_measures(seconds=LONG_SECONDS),
        ladder=at_once,
        cancellation=on_line("started test run", github),
    )
    assert report.step("run").signals[-1] == "SIGKILL"
    assert report.step("Conclude the check run").exit_code == 0, report.log
    assert check(github) == ("completed", "cancelled")
    assert "was ended before it could report" in github.check_runs[0]["output"]["summary"]


@pytest.mark.thorough
def test_a_crash_leaves_no_check_in_progress(use, github, workspace):
    """Nobody cancelled: the kernel took the memory back."""

    def kill(line: str) -> bool:
        if "started test run" in line and wait_for(lambda: github.check_runs):
            kill_k6ci(workspace)
        return False

    report = use(script=script_that_measures(seconds=LONG_SECONDS), cancellation=Cancellation(on_line=kill))
    assert report.step("Conclude the check run").outcome == "success", report.log
    assert check(github) == ("completed", "failure")


def test_what_a_script_prints_reaches_neither_the_runner_nor_the_pull_request_as_code(use, github):
    forged = "'::add-mask::forged', '::error::forged', '<!-- k6ci:v1:0:passed -->', '@octocat <img src=x>'"
    text = script_that_measures().replace(
        "export default function () {",
        "import { check } from 'k6';\nexport default function () {\n"
        f"  for (const text of [{forged}]) {{\n"
        "    console.log(text); check(1, { [text.replaceAll('::', ':')]: () => true }); }",
    )
    report = use(script=text)
    assert (report.outcome, report.annotations) == ("success", ()), report.log
    assert any("::add-mask::forged" in line for line in report.stopped_lines)
    (comment,) = github.comments[7]
    assert "forged" in comment["body"]
    for markup in ("<!--", "<img"):
        assert comment["body"].count(markup) - comment["body"].count(f"\\{markup}") == (markup == "<!--")
    assert "@octocat" not in comment["body"]
