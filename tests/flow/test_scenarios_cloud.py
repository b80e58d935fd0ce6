"""Rows of docs/scenarios.md about the cloud: limits, budgets, outages before and during the run, results that lack."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from emulation import EmulatorHandle
from story import LONG, PASSING, HurriedClock, Teller
from waiting import PATIENCE_SECONDS, wait_for

POLLS = "GET /cloud/v6/test_runs/*"


@pytest.mark.parametrize("status", [403, 409, 429])
def test_row_09_a_full_subscription_is_waited_for(k6ci: Teller, emulator: EmulatorHandle, status):
    """Said so, without another upload; the run starts as soon as a place is free."""
    other = emulator.start_script(LONG, "in the way")
    emulator.wait_for_status(other, "running")
    emulator.set_concurrency(1, status=status)
    k6ci.write(a=PASSING)
    with k6ci.process("run", "a.js", "--concurrency-timeout", "60s", on=emulator) as process:
        wait_for(lambda: emulator.journal("/start")[1:])
        emulator.api("POST", f"/cloud/v6/test_runs/{other}/abort").raise_for_status()
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    assert "concurrent" in told.text
    assert len(emulator.state()["runs"]) == 2
    uploads = [entry for entry in emulator.journal("/load_tests") if entry["request_bytes"] > 5000]
    assert len(uploads) == 1


def test_row_09_a_wait_that_is_over_is_13(k6ci: Teller, emulator: EmulatorHandle):
    """With the reason; nothing was started."""
    emulator.set_concurrency(0, status=429)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--concurrency-timeout", "2s", on=emulator)
    assert told.code == 13, told.text
    assert "allows 0 concurrent" in told.text
    at_once = k6ci("run", "a.js", "--concurrency-timeout", "0s", on=emulator)
    assert at_once.code == 13, at_once.text
    assert emulator.state()["runs"] == []


@pytest.mark.parametrize("inputs", [["--max-vuh", "0.01"], ["--max-vuh-suite", "0.05"]])
def test_row_10_a_budget_is_kept_before_anything_is_uploaded(k6ci: Teller, emulator: EmulatorHandle, inputs):
    """By the cloud's own estimate, of one run and of a suite."""
    k6ci.write(a=LONG, b=LONG)
    told = k6ci("run", "a.js", "b.js", *inputs, on=emulator)
    assert told.code == 13, told.text
    assert "VUh" in told.text
    assert inputs[1] in told.text
    assert emulator.state()["load_tests"] == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"vu_max_per_test": 1}, "2 VUs"),
        ({"duration_max_per_test": 20}, "allows 20"),
        ({"vuh_max_per_month": 1}, "VUh"),
    ],
)
def test_row_10_limits_of_the_project_are_kept_before_anything_is_uploaded(
    k6ci: Teller, emulator: EmulatorHandle, limits, said
):
    """As the project has them, or as the cloud says when it validates the options."""
    emulator.api("PATCH", f"/cloud/v6/projects/{emulator.project_id}/limits", json=limits).raise_for_status()
    vus = 40 if "vuh_max_per_month" in limits else 2
    k6ci.write(a=LONG.replace("vus: 1", f"vus: {vus}"))
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert said in told.text
    assert emulator.state()["load_tests"] == []


def test_row_10_a_run_that_the_month_does_not_pay_for_is_not_green(k6ci: Teller, emulator: EmulatorHandle):
    """What was spent is known to the cloud alone, which ends the run for it."""
    limits = {"vuh_max_per_month": 1}
    emulator.api("PATCH", f"/cloud/v6/projects/{emulator.project_id}/limits", json=limits).raise_for_status()
    emulator.control("POST", "spent", json={"project_id": emulator.project_id, "vuh": 0.99})
    k6ci.write(a=LONG)
    told = k6ci("run", "a.js", on=emulator)
    assert (told.code, told.run["verdict"]) == (97, "aborted"), told.text
    assert "spent this month" in told.run["reason"]


def test_row_10_estimate_and_real_cost_are_shown(k6ci: Teller, emulator: EmulatorHandle):
    """Both in the report and on the console."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--max-vuh", "5", on=emulator)
    assert told.code == 0, told.text
    assert "estimated 0.0167 VUh" in told.text
    assert "cost: 0.0167 VUh" in told.text
    assert told.run["vuh"] == told.run["vuh_estimate"] == 0.0167


@pytest.mark.real_pauses
@pytest.mark.parametrize("status", [429, 500, 503])
def test_row_11_a_short_outage_before_the_start_is_waited_out(k6ci: Teller, emulator: EmulatorHandle, status):
    """As long as the cloud asks for; and one run, however often the start was repeated."""
    emulator.set_fault("GET */projects/*", status=status)
    emulator.set_fault("POST */validate_options", status=status, retry_after_seconds=1)
    emulator.set_fault("POST *load_tests", "cut_before")
    emulator.set_fault("POST */start", status=status, count=2, retry_after_seconds=0)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    first, second = (dt.datetime.fromisoformat(entry["time"]) for entry in emulator.journal("/validate_options"))
    assert (second - first).total_seconds() >= 1.0
    assert len(emulator.state()["runs"]) == 1
    keys = {entry["headers"]["k6-idempotency-key"] for entry in emulator.journal("/start")}
    assert status == 429 or len(keys) == 1  # 429 says that nothing was started


@pytest.mark.parametrize("kind", ["cut_after", "malformed", "missing_keys"])
def test_row_11_a_start_without_a_usable_answer_is_looked_for_and_not_repeated_as_another_run(
    k6ci: Teller, emulator: EmulatorHandle, kind
):
    """Every answer is lost; the run is found among those of the load test."""
    emulator.set_fault("POST */start", kind, count=None, keys=["id", "status"])
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert len(emulator.state()["runs"]) == 1


@pytest.mark.parametrize("host", ["http://127.0.0.1:9", "https://k6.example.invalid"])
def test_row_11_no_cloud_at_all_is_14(k6ci: Teller, emulator: EmulatorHandle, host):
    """Refused connections and names that nobody knows."""
    k6ci.write(a=PASSING)
    with k6ci.process("run", "a.js", on=emulator, K6_CLOUD_HOST_V6=host) as process:
        told = k6ci.ended(process)
    assert told.code == 14, told.text
    assert "does not answer as it should" in told.text
    assert "HTTPS_PROXY" in told.text


def test_row_12_an_outage_during_the_run_ends_at_our_own_deadline_and_the_run_is_stopped(
    k6ci: Teller, emulator: EmulatorHandle
):
    """Never green; the stop is asked for although nothing else answers."""
    emulator.set_fault(POLLS, status=500, count=None, when_status="running")
    k6ci.write(a=LONG)
    begun = time.monotonic()
    told = k6ci("run", "a.js", "--timeout", "4s", on=emulator)
    assert time.monotonic() - begun < PATIENCE_SECONDS
    assert told.code in (97, 98), told.text
    (run,) = emulator.state()["runs"]
    assert emulator.run_record(run["id"])["abort_requested"] is True
    assert told.run["run_url"] in told.text


def test_row_12_a_short_outage_during_the_run_is_waited_out(k6ci: Teller, emulator: EmulatorHandle):
    """One request among many may fail."""
    for kind in ("status", "cut_before", "malformed", "missing_keys", "content_type"):
        emulator.set_fault(POLLS, kind, when_status="running")
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text


@pytest.mark.parametrize("polls", [1, 3])
def test_row_27_a_late_result_is_waited_for(k6ci: Teller, emulator: EmulatorHandle, polls):
    """Completed without a result is not the end."""
    emulator.set_run_scenario(result_late_polls=polls)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert told.run["result"] == "passed"


def test_row_27_a_result_that_never_comes_is_unknown_and_red(k6ci: Teller, emulator: EmulatorHandle, monkeypatch):
    """Mock: the clock hurries, for the wait is half a minute."""
    monkeypatch.setattr("k6ci.cli.SystemClock", lambda: HurriedClock(10))
    emulator.set_run_scenario(result_late_polls=None)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 97, told.text
    assert (told.run["verdict"], told.run["status"], told.run["result"]) == ("unknown", "completed", None)


@pytest.mark.parametrize(
    ("status", "abort_from", "code"),
    [
        ("created", "created", 97),
        ("queued", "created", 97),
        ("initializing", "created", 97),
        ("queued", "running", 98),
        # An abort that is refused to the end takes half a minute.
        pytest.param("created", "running", 98, marks=pytest.mark.thorough),
        pytest.param("initializing", "running", 98, marks=pytest.mark.thorough),
    ],
)
def test_row_41_a_load_zone_that_is_off_line_is_not_waited_for_for_ever(
    k6ci: Teller, emulator: EmulatorHandle, status, abort_from, code
):
    """The queue has a limit of its own: stopped where the cloud takes it, else its page is named."""
    emulator.set_run_scenario(hold=status, abort_from=abort_from)
    k6ci.write(a=PASSING)
    with k6ci.process("run", "a.js", "--queue-timeout", "2s", on=emulator) as process:
        told = k6ci.ended(process)
    assert told.code == code, told.text
    assert "did not begin within 2 s" in told.run["reason"]
    assert repr(status) in told.run["reason"]
    assert told.run["run_url"] in told.text
    (run,) = emulator.state()["runs"]
    assert run["status"] == ("aborted" if code == 97 else status)


def test_row_41_a_load_zone_that_nobody_knows_is_found_before_the_start(k6ci: Teller, emulator: EmulatorHandle):
    """By its name; the known ones are listed."""
    cloud = "cloud: { distribution: { far: { loadZone: 'mars:base:one', percent: 100 } } }, thresholds"
    k6ci.write(a=PASSING.replace("thresholds", cloud))
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 12, told.text
    assert "mars:base:one" in told.text
    assert "amazon:us:columbus" in told.text
    assert emulator.state()["runs"] == []
