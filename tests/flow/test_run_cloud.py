"""Strange clouds: faults, lost answers, words that nobody knows; never green, never two runs."""

from __future__ import annotations

import pytest

from emulation import emulator_in_thread, wheel_config
from story import LONG, PASSING

RUN = "GET /cloud/v6/test_runs/*"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_short_outage_at_any_step_is_waited_out(k6ci, emulator, status):
    """One failure on every route: retried, Retry-After honoured, one run only."""
    k6ci.write(a=PASSING)
    for route in (
        "GET /cloud/v6/projects/*",
        "POST /cloud/v6/validate_options",
        "POST *load_tests",
        "POST *start",
        RUN,
    ):
        emulator.set_fault(route, status=status, retry_after_seconds=0)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert len(emulator.state()["runs"]) == 1


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "malformed", "content_type"])
def test_a_lost_or_broken_answer_to_the_start_is_one_run(k6ci, emulator, kind):
    """The idempotency key makes the repetition safe."""
    k6ci.write(a=PASSING)
    emulator.set_fault("POST *start", kind=kind)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert len(emulator.state()["runs"]) == 1


REQUESTS = """
import http from 'k6/http';
import { group, sleep } from 'k6';
export const options = { vus: 2, duration: '3s' };
export default function () {
  const url = '%s', tags = { name: '%s' };
  group('browse', () => { http.get(url); group('again', () => http.get(url, { tags })); });
  sleep(0.1);
}
"""


def test_a_run_whose_start_was_never_answered_is_found_again(k6ci, emulator):
    """Every answer to the start is lost, but the run is there: it is watched like any other."""
    k6ci.write(a=PASSING)
    emulator.set_fault("POST *start", kind="cut_after", count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert len(emulator.state()["runs"]) == 1


def test_a_start_that_cannot_be_looked_for_is_98(k6ci, emulator):
    """Nobody knows whether the run exists: the load test is named."""
    k6ci.write(a=LONG)
    emulator.set_fault("POST *start", kind="cut_after", count=None)
    emulator.set_fault("GET /cloud/v6/load_tests/*/test_runs", status=500, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 98, told.text
    assert "did not say whether the run was started" in told.run["reason"]
    assert "a.js" in told.run["remedy"]


def test_a_start_that_only_fails_is_98_after_a_look(k6ci, emulator):
    """5xx until the retries are used up: no run is to be seen, but a request was sent, and nobody said no."""
    k6ci.write(a=PASSING)
    emulator.set_fault("POST *start", status=503, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 98, told.text
    assert "no such run is listed" in told.run["reason"]
    assert emulator.state()["runs"] == []


@pytest.mark.parametrize(("status", "code"), [(402, 13), (403, 12), (409, 13), (413, 13), (500, 14)])
def test_a_refusal_before_the_start_has_its_own_code(k6ci, emulator, status, code):
    """Quota, visibility and failure are different things to mend."""
    k6ci.write(a=PASSING)
    emulator.set_fault("POST /cloud/v6/validate_options", status=status, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == code, told.text
    assert emulator.state()["runs"] == []


def test_a_name_that_is_taken_in_between_is_looked_up_again(k6ci, emulator):
    """409 on create, although the look-up found nothing: another job was faster, and its load test is used."""
    k6ci.write(a=PASSING)
    emulator.set_fault("POST *load_tests", status=409)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 14, told.text
    assert "is taken, but no load test has it" in told.text
    emulator.clear_faults()
    name = k6ci("run", "a.js", on=emulator).run["load_test_name"]
    assert name.endswith("/a.js")
    again = k6ci("run", "a.js", on=emulator)
    assert "script replaced in load test" in again.text
    assert len(emulator.state()["load_tests"]) == 1


@pytest.mark.parametrize(
    ("shown", "code", "verdict"),
    [
        ({"result": "splendid"}, 97, "unknown"),
        ({"result": "error", "result_details": {"type": "x", "message": "it broke", "code": 8016}}, 97, "error"),
        ({"status": "aborted", "result": None}, 97, "aborted"),
        ({"status": "aborted", "result": "passed"}, 97, "aborted"),
        ({"result": "failed"}, 99, "failed"),
    ],
)
def test_what_the_cloud_says_decides_and_unknown_is_never_green(k6ci, shown, code, verdict):
    """The run itself passes each time; the words on the wire are others."""
    with emulator_in_thread(wheel_config()) as cloud:
        k6ci.write(a=PASSING.replace("'1s'", "'3s'"))
        with k6ci.process("run", "a.js", on=cloud) as process:
            run_id = k6ci.running_id(cloud)
            cloud.set_run(run_id, **shown)
            told = k6ci.ended(process)
    assert told.code == code, told.text
    assert told.run["verdict"] == verdict
    if "result_details" in shown:
        assert "it broke, code 8016" in told.run["reason"]
    if shown == {"result": "failed"}:
        assert any("by our own computation no threshold is crossed" in one for one in told.run["warnings"])


@pytest.mark.parametrize("status", ["running", "vanished"])
def test_a_run_that_does_not_end_is_stopped_at_the_deadline(k6ci, emulator, status):
    """Also when the status is a word that nobody knows."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", "--timeout", "4s", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        emulator.set_run(run_id, status=status, until_abort=True)
        told = k6ci.ended(process)
    assert told.code == 97, told.text
    assert "did not end in time; it was stopped" in told.run["reason"]
    assert emulator.run_record(run_id)["status"] == "aborted"


def test_a_script_that_cannot_be_read_back_is_a_warning(k6ci, emulator):
    """Not readable is not "not ours"."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET /cloud/v6/test_runs/*/script", status=403, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("could not be read back" in warning for warning in told.run["warnings"])


def test_metrics_that_do_not_answer_leave_the_cloud_to_decide(k6ci, emulator):
    """Promise 1: status, result and execution time decide, with a warning."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET /cloud/v5/*", status=403, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("Could not confirm" in warning for warning in told.run["warnings"])
    assert told.run["metrics"]["iterations"] is None


def test_some_metrics_that_do_not_answer_leave_gaps(k6ci, emulator):
    """The list comes, the queries fail: samples are not known, and nothing is made up."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET /cloud/v5/*query_aggregate*", status=404, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert told.run["thresholds"][0]["note"] == "not known: no answer"


def test_charts_and_tables_are_those_of_the_run(k6ci, emulator):
    """One value per whole second of the run; what is counted in the steps is a part of the total."""
    url = f"{emulator.emulator.api_url}/x"
    k6ci.write(a=REQUESTS % (url, "a name | of <its> own"))
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    series = told.run["time_series"]
    assert series["step_seconds"] == 1
    assert 2 <= len(series["requests_per_second"]) <= 6
    counted = sum(series["requests_per_second"])
    assert told.run["metrics"]["requests"] / 2 <= counted <= told.run["metrics"]["requests"] + 1
    assert max(filter(None, series["vus"])) == told.run["metrics"]["vus_max"] == 2
    assert set(series["failure_rate"]) >= {1.0}
    assert series["generator_cpu_percent"] == []
    names = {(one["name"], one["method"], one["failures"] == one["requests"] > 0) for one in told.run["endpoints"]}
    assert names == {(url, "GET", True), ("a name | of <its> own", "GET", True)}
    assert [one["name"] for one in told.run["groups"]] == ["::browse", "::browse::again"]
    assert told.files["report.html"].count("<figure>") == 4
    assert "EMULATED" in told.files["report.html"]
    assert "a name | of &lt;its&gt; own" in told.files["report.html"]
    assert told.files["summary.md"].count("```mermaid") == 2


def test_charts_that_cannot_be_read_are_a_warning(k6ci, emulator):
    """The verdict, the thresholds and the exit code are those of the run."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET /cloud/v5/*query_range*", status=403, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert told.run["time_series"] is None
    assert told.run["thresholds"][0]["is_met"] is True
    assert [one for one in told.run["warnings"] if one.startswith("Charts and tables are incomplete: ")]


def test_a_personal_token_is_advised_against_in_ci(k6ci):
    """`started_by` is set for personal tokens only; they leave with their owner."""
    with emulator_in_thread(wheel_config(user_email="someone@example.org")) as cloud:
        k6ci.write(a=PASSING)
        told = k6ci("run", "a.js", on=cloud, CI="true")
    assert told.code == 0
    assert told.run["started_by"] == "someone@example.org"
    assert any("personal one" in warning for warning in told.run["warnings"])
