"""The comparison with earlier runs and the regression gate, end to end; figures are seeded, so that noise is known."""

from __future__ import annotations

import json
import signal

import pytest

from histories import BRANCH, SCRIPT, STEADY, figures
from k6ci.runs.run_note import run_note_in
from waiting import wait_for


def test_an_honest_run_passes_and_shows_its_history(compared, cloud):
    told = compared(figures(305.0), "--compare", "fail")
    assert told.code == 0, told.text
    comparison = told.run["comparison"]
    assert comparison["outcome"] == "ok"
    assert comparison["branch"] == "main"
    assert comparison["runs"] == cloud.history
    p95 = comparison["metrics"][0]
    assert (p95["name"], p95["value"], p95["median"], p95["history"]) == ("p95", 305.0, 300.0, list(STEADY))
    assert p95["spread"] == pytest.approx(0.0175, abs=0.001)
    assert 305 < p95["limit"] < 340
    said = "12 comparable runs, spread 1.7 %: this comparison sees a slowdown of 13 % or more in 95 of 100 cases"
    assert any(note.startswith(said) for note in comparison["notes"]), comparison["notes"]
    assert "| p95 | 305 ms | 300 ms | 1.7 % | +1.7 % | " in told.summary
    assert "Compared with 12 runs on main: ok" in told.text
    assert told.summary.index("| threshold |") < told.summary.index("Compared with")


@pytest.mark.parametrize("values", [figures(420.0), figures(300.0, failed=0.04), figures(300.0, rate=20.0)])
def test_a_slower_run_fails_the_gate(compared, values):
    told = compared(values, "--compare", "fail")
    assert told.code == 17, told.text
    assert told.result["verdict"] == "regressed"
    assert told.run["comparison"]["outcome"] == "regressed"
    assert "REGRESSED (EMULATED, exit code 17)" in told.text
    assert "Slower than its history" in told.result["reason"]


def test_the_output_of_the_step_is_regressed(k6ci, compared, cloud, tmp_path):
    k6ci.write(a=SCRIPT)
    outputs = tmp_path / "outputs"
    cloud.control("DELETE", "run-scenarios")
    cloud.set_run_scenario(metrics=figures(420.0))
    told = k6ci("run", "a.js", on=cloud, K6CI_COMPARE="fail", GITHUB_OUTPUT=str(outputs), **BRANCH)
    assert told.code == 17, told.text
    assert "\nregressed\n" in outputs.read_text()


def test_a_slower_run_is_a_warning_by_default(compared):
    told = compared(figures(420.0))
    assert told.code == 0, told.text
    assert told.result["verdict"] == "passed"
    (warning,) = [one for one in told.run["warnings"] if "Slower" in one]
    assert warning == (
        "Slower than its history, beyond what chance explains: p95 of http_req_duration 420 ms, 40 % above the median "
        "of 12 runs (300 ms)."
    )
    assert warning in told.text


def test_nothing_is_asked_when_it_is_off(compared, cloud):
    before = len(cloud.journal("/cloud/v5/load_tests/"))
    told = compared(figures(420.0), "--compare", "off")
    assert told.code == 0, told.text
    assert told.run["comparison"] is None
    assert len(cloud.journal("/cloud/v5/load_tests/")) == before


def test_a_higher_regression_limit_tolerates_more(compared):
    assert compared(figures(420.0), "--compare", "fail", "--regression-limit", "50%").code == 0


def test_an_improvement_is_shown(compared):
    assert compared(figures(200.0), "--compare", "fail").run["comparison"]["outcome"] == "improved"


def test_a_changed_script_is_compared_with_a_note(compared):
    told = compared(figures(420.0), "--compare", "fail", script=f"{SCRIPT}// another version\n")
    assert told.code == 17, told.text
    assert any("changed since" in note for note in told.run["comparison"]["notes"])


def test_other_options_are_not_comparable(compared):
    told = compared(figures(900.0), "--compare", "fail", script=SCRIPT.replace("iterations: 1", "iterations: 2"))
    assert told.code == 0, told.text
    assert told.run["comparison"]["outcome"] == "not comparable"
    assert "Not comparable: all earlier runs had other options" in told.text


def test_a_cloud_without_the_route_for_several_runs(compared, cloud):
    """Each run is asked for by itself then."""
    cloud.set_fault("GET /cloud/v5/load_tests/*", status=404, count=None)
    try:
        told = compared(figures(420.0), "--compare", "fail")
    finally:
        cloud.clear_faults()
    assert told.code == 17, told.text
    assert told.run["comparison"]["metrics"][0]["history"] == list(STEADY)


def test_a_history_that_cannot_be_read_is_a_note_and_no_verdict(compared, cloud):
    cloud.set_fault("GET /cloud/v6/load_tests/*/test_runs*", status=403, count=None)
    try:
        told = compared(figures(900.0), "--compare", "fail")
    finally:
        cloud.clear_faults()
    assert told.code == 0, told.text
    assert told.run["comparison"]["outcome"] == "too few runs"
    assert "(while listing the earlier runs)" in str(told.run["comparison"]["notes"])


def test_two_more_runs_confirm_a_slower_one(compared, cloud):
    told = compared(figures(420.0), "--compare", "fail", "--confirm-runs", "2")
    assert told.code == 17, told.text
    first, *confirmations = told.result["runs"]
    assert first["verdict"] == "regressed"
    assert first["comparison"]["confirmations"] == [run["run_id"] for run in confirmations]
    assert [run["confirms"] for run in confirmations] == [first["run_id"]] * 2
    notes = [cloud.api("GET", f"/cloud/v6/test_runs/{run['run_id']}").json()["note"] for run in confirmations]
    assert all(run_note_in(note).revision.is_confirmation for note in notes)


def test_two_honest_runs_acquit_a_slower_one(compared):
    told = compared(figures(420.0), "--compare", "fail", "--confirm-runs", "2", then=figures(300.0))
    assert told.code == 0, told.text
    assert told.result["runs"][0]["comparison"]["outcome"] == "ok"
    assert "median of 3 runs" in told.text


def test_confirmation_stays_within_the_budget(compared):
    """The estimate of one run fits, that of three does not."""
    limit = 1.5 * compared(figures(300.0)).run["vuh_estimate"]
    told = compared(figures(420.0), "--compare", "fail", "--confirm-runs", "2", "--max-vuh-suite", f"{limit:.6f}")
    assert told.code == 17, told.text
    assert len(told.result["runs"]) == 1
    assert "beyond max-vuh-suite" in told.text


def test_a_signal_stops_a_confirmation_run(k6ci, cloud):
    """It is a run as any other: 143, stopped, and reported beside the first one."""
    k6ci.write(a=SCRIPT)
    cloud.control("DELETE", "run-scenarios")
    cloud.set_run_scenario(metrics=figures(420.0))
    cloud.set_run_scenario(hold="running")
    known = {run["id"] for run in cloud.state()["runs"]}
    with k6ci.process("run", "a.js", "--compare", "fail", "--confirm-runs", "2", on=cloud, **BRANCH) as process:
        wait_for(lambda: len(cloud.state()["runs"]) == len(known) + 2, "a confirmation run")
        new = [run for run in cloud.state()["runs"] if run["id"] not in known]
        cloud.wait_for_status(new[1]["id"], "running")
        process.send_signal(signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 143, told.text
    assert cloud.run_record(new[1]["id"])["abort_requested"]
    assert [run["verdict"] for run in told.result["runs"]][1] == "cancelled"


def test_the_history_costs_one_request_and_one_per_metric(compared, cloud):
    before = len(cloud.journal())
    compared(figures(300.0))
    asked = [entry["path"] for entry in cloud.journal()[before:] if "/load_tests/" in entry["path"]]
    of_history = [path for path in asked if path.endswith("/test_runs") or "/cloud/v5/" in path]
    assert len(of_history) == 7, of_history


def test_the_command_compares_runs_that_have_ended(k6ci, compared, cloud):
    """By their IDs, or those of the last report; a run that crossed its limit does not fail it."""
    run_id = compared(figures(420.0)).run["run_id"]
    by_report, by_id = k6ci("compare", on=cloud), k6ci("compare", str(run_id), str(cloud.history[-1]), on=cloud)
    assert (by_report.code, by_id.code) == (0, 0), by_id.text
    assert f"test run {run_id} (EMULATED)\nCompared with 12 runs on main: regressed" in by_report.text
    assert f"test run {cloud.history[-1]} (EMULATED)\nCompared with 11 runs on main: ok" in by_id.text
    document = k6ci("compare", str(run_id), "--json", "--regression-limit", "50%", on=cloud)
    (one,) = json.loads(document.text)
    assert (one["run_id"], one["outcome"]) == (run_id, "ok")


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        ([], 10, "result.json cannot be read"),
        (["x"], 10, "x is not the ID of a test run"),
        (["99999999"], 12, "Not found"),
    ],
)
def test_the_command_says_which_run_it_cannot_compare(k6ci, cloud, argv, code, said):
    told = k6ci("compare", *argv, on=cloud)
    assert told.code == code, told.text
    assert said in told.text
