"""Rows of docs/scenarios.md about the end: what was measured, what crossed, who aborted, and how it is told."""

from __future__ import annotations

import re

import pytest

from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from story import CROSSING, EACH_K6, PASSING, THROWING, HurriedClock, Teller

FAILING_CHECKS = PASSING.replace(", thresholds: { checks: ['rate>0.9'] }", "").replace("x === 1", "x === 2")


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_23_iterations_that_all_throw_are_not_green(k6ci: Teller, k6):
    """The cloud reports passed without metrics; a threshold without samples is `no data`, with a warning."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=THROWING)
        told = k6ci("run", "a.js", "--k6-path", k6, on=cloud)
        allowed = k6ci("run", "a.js", "--k6-path", k6, "--allow-no-samples", on=cloud)
    assert told.code == 97, told.text
    assert told.run["result"] == "passed"
    assert "iterations recorded no metrics" in told.run["reason"]
    assert allowed.code == 0
    assert allowed.run["thresholds"][0]["is_met"] is None
    assert any("was not evaluated: no data" in warning for warning in allowed.run["warnings"])


def test_row_24_failing_checks_without_a_threshold_are_told_and_gated_on_demand(k6ci: Teller, emulator: EmulatorHandle):
    """Green as in k6, with a warning and the failing checks; red as soon as a gate is set."""
    unchecked = "import http from 'k6/http';\nexport default () => { http.get('http://127.0.0.1:9/'); };"
    k6ci.write(a=FAILING_CHECKS, b=unchecked)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("no thresholds" in warning for warning in told.run["warnings"])
    assert "check failed: one is one" in told.text
    gated = k6ci("run", "a.js", "--min-checks-rate", "0.9", on=emulator)
    assert (gated.code, gated.run["verdict"]) == (99, "failed")
    assert "min-checks-rate" in gated.run["reason"]
    assert k6ci("run", "b.js", "--min-checks-rate", "0.9", on=emulator).code == 97  # no check at all
    k6ci.write(a=PASSING)
    assert k6ci("run", "a.js", "--min-checks-rate", "1", on=emulator).code == 0
    assert k6ci("check", "--min-checks-rate", "many", on=emulator).code == 10


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_25_crossed_thresholds_keep_their_code_and_the_report_comes_first(k6ci: Teller, k6):
    """99, with limit, value and distance; on GitHub the summary is there when the step fails."""
    summary = k6ci.folder / "summary"
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=CROSSING)
        github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
        told = k6ci("run", "a.js", "--k6-path", k6, on=cloud, **github)
    assert told.code == 99, told.text
    (threshold,) = told.run["thresholds"]
    assert (threshold["is_met"], threshold["value"], threshold["limit"]) == (False, 1.0, 1.1)
    assert threshold["distance"] == pytest.approx(-0.1)
    assert summary.read_text() == told.summary
    row = next(line for line in told.summary.splitlines() if "rate\\>1.1" in line or "rate>1.1" in line)
    assert "❌" in row
    assert told.text.index("FAILED (EMULATED, exit code 99)") < told.text.index("::error title=")


@pytest.mark.parametrize(
    ("ended_by", "code", "verdict", "said"),
    [
        ("user", 97, "aborted", "by someone.else@example.com"),
        ("system", 97, "aborted", "aborted by the system., code 8000"),
        ("script", 97, "aborted", "The script aborted the test., code 8035"),
        ("limit", 97, "aborted", "exceeded a limit of the subscription"),
        ("threshold", 99, "failed", "abortOnFail was crossed"),
    ],
)
def test_row_26_an_aborted_run_is_never_green_and_says_who_did_it(
    k6ci: Teller, emulator: EmulatorHandle, ended_by, code, verdict, said
):
    """From the cloud's own history and details."""
    emulator.set_run_scenario(ended_by=ended_by, after_seconds=0.2)
    k6ci.write(a=PASSING.replace("'1s'", "'30s'"))
    told = k6ci("run", "a.js", on=emulator)
    assert (told.code, told.run["verdict"]) == (code, verdict), told.text
    assert said in told.run["reason"]
    assert told.run["history"][-1]["status"] == "aborted"


def test_row_42_eight_hours_are_about_a_hundred_lines(k6ci: Teller, emulator: EmulatorHandle, monkeypatch):
    """Mock: the clock hurries, 8 h pass in 8 s; the beats grow rarer, the status and the share are in them."""
    monkeypatch.setattr("k6ci.cli.SystemClock", lambda: HurriedClock(3600))
    emulator.set_run_scenario(hold="running", hold_seconds=8.5)
    soak = PASSING.replace("duration: '1s'", "iterations: 5, maxDuration: '8h'").replace(
        "vus: 1,", "scenarios: { soak: { executor: 'shared-iterations', vus: 1,"
    )
    k6ci.write(a=soak.replace("'8h',", "'8h' } },"))
    told = k6ci("run", "a.js", "--timeout", "20h", "--queue-timeout", "20h", on=emulator, CI="true")
    beats = re.findall(r"^k6ci: (\d+):\d\d:\d\d running", told.text, flags=re.MULTILINE)
    assert told.code == 0, told.text
    assert len(beats) > 20, told.text
    assert len(told.text.splitlines()) < 150
    assert int(beats[-1]) >= 7
