"""Suites: names of their own, so many at a time, one verdict, one report; what one script does costs no other."""

from __future__ import annotations

import json
import signal

import pytest

from emulation import emulator_in_thread, wheel_config
from story import CROSSING, LONG, PASSING, interrupt
from waiting import wait_for


def overlapping(runs: list[dict]) -> int:
    """The most runs that were going on at one time, by the cloud's own times."""
    moments = [(run["created"], 1) for run in runs] + [(run["ended"] or "9", -1) for run in runs]
    most = now = 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most


@pytest.mark.parametrize(("given", "most"), [([], 1), (["--max-parallel", "3"], 3)])
def test_scripts_run_so_many_at_a_time_in_one_report(k6ci, emulator, given, most):
    """Six scripts of one second."""
    for number in range(6):
        k6ci.write(**{f"s{number}": PASSING})
    told = k6ci("run", "s*.js", *given, on=emulator)
    assert told.code == 0, told.text
    assert [run["script"] for run in told.result["runs"]] == [f"s{number}.js" for number in range(6)]
    assert "6 of 6 scripts passed." in told.result["reason"]
    runs = emulator.state()["runs"]
    assert len(runs) == len({run["test_id"] for run in runs}) == 6
    assert overlapping(runs) == most
    assert told.summary.count("### ✅") == 6


def test_the_lines_of_a_suite_say_whose_they_are(k6ci, emulator):
    """Runs that go on together talk together."""
    k6ci.write(a=PASSING.replace("sleep(0.1)", "console.log('from a'); sleep(0.4)"), b=PASSING)
    told = k6ci("run", "a.js", "b.js", "--max-parallel", "2", on=emulator)
    assert told.code == 0, told.text
    assert "k6ci: a.js: log info: from a" in told.text
    assert "k6ci: b.js: 0:0" in told.text


def test_one_verdict_for_all_and_the_worst_is_named(k6ci, emulator):
    """A crossed threshold among passes: 99, the others have run all the same."""
    k6ci.write(a=PASSING, b=CROSSING, c=PASSING)
    told = k6ci("run", "*.js", on=emulator)
    assert told.code == 99, told.text
    assert "2 of 3 scripts passed; the worst is b.js" in told.result["reason"]
    assert [run["exit_code"] for run in told.result["runs"]] == [0, 99, 0]


def test_fail_fast_starts_nothing_more(k6ci, emulator):
    """What was not run is skipped, and does not hide the reason."""
    k6ci.write(a=CROSSING, b=PASSING)
    told = k6ci("run", "a.js", "b.js", "--fail-fast", on=emulator)
    assert told.code == 99, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["failed", "skipped"]
    assert told.result["runs"][1]["reason"] == "Not run, because a.js did not pass (fail-fast)."
    assert len(emulator.state()["runs"]) == 1


def test_fail_fast_stops_what_runs(k6ci, emulator):
    """The other run costs no more."""
    k6ci.write(a=CROSSING, b=LONG)
    told = k6ci("run", "a.js", "b.js", "--fail-fast", "--max-parallel", "2", on=emulator)
    assert told.code == 99, told.text
    assert told.result["runs"][1]["reason"].startswith("Stopped, because a.js")
    assert sorted(run["status"] for run in emulator.state()["runs"]) == ["aborted", "completed"]


def test_a_signal_stops_every_run_of_a_suite(k6ci, emulator):
    """Three are going on, two wait: all five have a report, none is left."""
    for number in range(5):
        k6ci.write(**{f"s{number}": LONG})
    with k6ci.process("run", "s*.js", "--max-parallel", "3", on=emulator) as process:
        wait_for(lambda: sum(run["status"] == "running" for run in emulator.state()["runs"]) == 3)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 143, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["cancelled"] * 5
    assert [run["status"] for run in emulator.state()["runs"]] == ["aborted"] * 3


def test_equal_basenames_have_load_tests_of_their_own(k6ci, emulator):
    """Row 22; also when both scripts choose one name, and when names differ in case only."""
    named = PASSING.replace("vus: 1", "cloud: { name: 'Checkout' }, vus: 1")
    for folder, text in (("a", PASSING), ("b", PASSING), ("c", named), ("d", named.replace("Checkout", "checkout"))):
        (k6ci.folder / folder).mkdir()
        (k6ci.folder / folder / "test.js").write_text(text)
    told = k6ci("run", "*/test.js", "--max-parallel", "4", on=emulator)
    assert told.code == 0, told.text
    names = [run["load_test_name"] for run in told.result["runs"]]
    assert len({name.casefold() for name in names}) == 4
    assert names[2].startswith("Checkout (")
    again = k6ci("run", "*/test.js", "--max-parallel", "4", on=emulator)
    assert [run["load_test_name"] for run in again.result["runs"]] == names
    assert len(emulator.state()["load_tests"]) == 4


@pytest.mark.parametrize(
    ("environ", "leg"),
    [
        ({"GITHUB_ACTIONS": "true", "K6CI_MATRIX": '{"zone": "eu", "vus": 10, "on": true}'}, "eu, 10, true"),
        ({"GITHUB_ACTIONS": "true", "K6CI_MATRIX": "null"}, None),
        ({"GITHUB_ACTIONS": "true", "K6CI_MATRIX": "{"}, None),
        ({"GITLAB_CI": "true", "CI_NODE_TOTAL": "2", "CI_JOB_NAME": "load: [eu, 10]"}, "eu, 10"),
        ({"GITLAB_CI": "true", "CI_NODE_TOTAL": "3", "CI_JOB_NAME": "load 2/3"}, "2/3"),
        ({"GITLAB_CI": "true", "CI_JOB_NAME": "load 2/3"}, None),
    ],
)
def test_the_legs_of_a_matrix_have_load_tests_of_their_own(k6ci, emulator, environ, leg):
    """By their values, which stay the same when the matrix grows; not by their number."""
    k6ci.write(a=PASSING)
    repository = {"GITHUB_REPOSITORY": "acme/shop", "CI_PROJECT_PATH": "acme/shop"}
    told = k6ci("run", "a.js", on=emulator, **environ, **repository)
    assert told.code == 0, told.text
    assert told.run["load_test_name"] == "acme/shop/a.js" + (f" ({leg})" if leg else "")


def test_every_script_is_checked_before_any_is_uploaded(k6ci, emulator):
    """Row 20: k6 refuses two, the cloud one more; all are listed, nothing is stored."""
    k6ci.write(a="syntax error (", b=PASSING, c="import './missing.js';")
    told = k6ci("run", "*.js", on=emulator)
    assert told.code == 16, told.text
    assert told.text.index("k6 refuses a.js") < told.text.index("k6 refuses c.js")
    emulator.set_fault("POST *validate_options", status=400, count=None)
    k6ci.write(a=PASSING, c=PASSING)
    told = k6ci("run", "*.js", on=emulator)
    assert told.code == 16, told.text
    assert [f"refuses the options of {name}.js" in told.text for name in "abc"] == [True] * 3
    assert emulator.state()["load_tests"] == []


def test_a_suite_without_scripts_is_an_error_or_skipped_when_asked_for(k6ci, emulator):
    """Row 21: the pattern and the folder are named."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "none/*.js", on=emulator)
    assert told.code == 10, told.text
    assert f"'none/*.js' matches no file in {k6ci.folder}" in told.result["reason"]
    assert k6ci("run", "gone.js", "--allow-empty", on=emulator).code == 10
    told = k6ci("run", "none/*.js", "--allow-empty", on=emulator)
    assert (told.code, told.result["verdict"]) == (0, "skipped"), told.text
    assert "No script matches" in told.result["reason"]
    assert emulator.state()["runs"] == []
    assert k6ci("run", "a.js", "none/*.js", "--allow-empty", on=emulator).code == 0


@pytest.mark.parametrize(("policy", "code", "verdict"), [("fail", 11, "error"), ("skip", 0, "skipped")])
def test_a_pull_request_from_a_fork_fails_or_is_skipped_with_the_reason(k6ci, emulator, policy, code, verdict):
    """Row 2: without a secret nothing runs, and green is only what was asked for."""
    k6ci.write(a=PASSING)
    event = k6ci.folder / "event.json"
    sides = {"head": {"repo": {"full_name": "eve/shop"}}, "base": {"repo": {"full_name": "acme/shop"}}}
    event.write_text(json.dumps({"pull_request": sides}))
    on_github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(event)}
    told = k6ci("run", "a.js", "--fork-policy", policy, on=emulator, K6_CLOUD_TOKEN="", **on_github)
    assert (told.code, told.result["verdict"]) == (code, verdict), told.text
    assert "pull request from a fork, which gets no secrets" in told.text
    on_gitlab = {"CI": "true", "GITLAB_CI": "true", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}
    environ = {**on_gitlab, "CI_MERGE_REQUEST_PROJECT_ID": "1", "K6_CLOUD_TOKEN": ""}
    assert k6ci("run", "a.js", "--fork-policy", policy, on=emulator, **environ).code == code
    environ = {**on_gitlab, "CI_MERGE_REQUEST_PROJECT_ID": "2", "K6_CLOUD_TOKEN": ""}
    assert k6ci("run", "a.js", "--fork-policy", policy, on=emulator, **environ).code == 11
    assert emulator.state()["runs"] == []


def test_a_fork_with_a_secret_runs_like_any_other(k6ci):
    """A maintainer may have started it; the policy is about want of secrets, not about forks."""
    with emulator_in_thread(wheel_config()) as cloud:
        k6ci.write(a=PASSING)
        environ = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2", "CI_MERGE_REQUEST_PROJECT_ID": "1"}
        told = k6ci("run", "a.js", "--fork-policy", "skip", on=cloud, **environ)
    assert (told.code, told.result["verdict"]) == (0, "passed"), told.text
