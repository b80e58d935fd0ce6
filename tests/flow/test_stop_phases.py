"""A signal in every phase of a run: it ends soon, with the signal's code, a report, and nothing left running."""

from __future__ import annotations

import contextlib
import signal
import time

import pytest

from examples import pairs
from story import LONG, PASSING, Told, interrupt

pytestmark = pytest.mark.measured_processes

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
LONGEST_SECONDS = 10.0
# The request that a phase waits for.
ROUTES = {
    "archive": "GET /cloud/v6/projects/*",
    "upload": "POST /cloud/v6/projects/*/load_tests",
    "start": "POST /cloud/v6/load_tests/*/start",
    "readback": "GET /cloud/v6/test_runs/*/script",
    "collect": "GET /cloud/v5/*",
}


def wait_for(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def left_running(emulator) -> list[int]:
    """Runs that nobody stops any more."""
    return [run["id"] for run in emulator.state()["runs"] if run["status"] not in ("completed", "aborted")]


def check(told: Told, number: signal.Signals, seconds: float) -> None:
    assert seconds < LONGEST_SECONDS, told.text
    assert told.code == CODES[number], told.text
    assert (told.result["verdict"], told.result["exit_code"]) == ("cancelled", told.code)
    assert "cancelled" in told.summary


@pytest.mark.parametrize(("phase", "number"), pairs(["archive", "upload", "readback", "collect"], list(CODES)))
def test_a_signal_in_a_phase_that_takes_long_ends_it(k6ci, emulator, phase, number):
    """The cloud answers after 20 s in this phase only."""
    k6ci.write(a=PASSING if phase == "collect" else LONG)
    emulator.set_fault(ROUTES[phase], kind="delay", delay_seconds=20.0, count=None)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(lambda: any(fault["hits"] for fault in emulator.state()["faults"]))
        time.sleep(0.3)
        sent = time.monotonic()
        interrupt(process, number)
        told = k6ci.ended(process, within_seconds=15)
        seconds = time.monotonic() - sent
    check(told, number, seconds)
    assert left_running(emulator) == []


@pytest.mark.parametrize("number", list(CODES))
def test_a_signal_during_the_start_waits_for_its_answer_but_not_for_ever(k6ci, emulator, number):
    """An answer that comes in 3 s is waited for, and the run is stopped; 143 and the others say so."""
    k6ci.write(a=LONG)
    emulator.set_fault(ROUTES["start"], kind="delay", delay_seconds=3.0)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(lambda: any(fault["hits"] for fault in emulator.state()["faults"]))
        sent = time.monotonic()
        interrupt(process, number)
        told = k6ci.ended(process, within_seconds=15)
        seconds = time.monotonic() - sent
    check(told, number, seconds)
    assert left_running(emulator) == []
    assert told.run_file["runs"][0]["has_ended"] is True


def test_a_start_that_is_not_answered_in_time_is_98_and_abort_looks_for_it(k6ci, emulator):
    """Nobody knows whether there is a run; the run file holds what is needed to find it."""
    k6ci.write(a=LONG)
    emulator.set_fault(ROUTES["start"], kind="delay", delay_seconds=8.0)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(lambda: any(fault["hits"] for fault in emulator.state()["faults"]))
        sent = time.monotonic()
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process, within_seconds=15)
        assert time.monotonic() - sent < LONGEST_SECONDS
    assert told.code == 98, told.text
    assert "did not say whether the run was started" in told.run["reason"]
    assert told.run_file["runs"][0]["run_id"] is None


def test_a_signal_while_the_run_is_queued_stops_it(k6ci, emulator):
    """The cloud refuses to abort what does not run yet (409): it is asked again until it takes the request."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        emulator.set_run(run_id, status="queued", until_abort=True)
        emulator.set_fault("POST /cloud/v6/test_runs/*/abort", status=409, count=3)
        time.sleep(1.0)
        sent = time.monotonic()
        interrupt(process, signal.SIGTERM)
        time.sleep(0.5)
        emulator.control("POST", f"runs/{run_id}", json={"clear": True})
        told = k6ci.ended(process, within_seconds=15)
        seconds = time.monotonic() - sent
    check(told, signal.SIGTERM, seconds)
    assert emulator.run_record(run_id)["status"] == "aborted"


@pytest.mark.parametrize(("signals", "longest"), [(1, 9.5), (2, 6.0), (3, 5.0)])
def test_more_signals_end_it_sooner_with_the_report_and_the_page(k6ci, emulator, signals, longest):
    """The cloud does not stop the run: 98, and the run's page stands in the report and in the log."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        emulator.set_fault("* /cloud/*", kind="delay", delay_seconds=30.0, count=None)
        time.sleep(0.5)
        sent = time.monotonic()
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGTERM][:signals]:
            interrupt(process, number)
            time.sleep(0.4)
        told = k6ci.ended(process, within_seconds=15)
        seconds = time.monotonic() - sent
    assert seconds < longest, told.text
    assert told.code == 98, told.text
    assert told.run["run_url"] in told.run["remedy"]
    assert told.run["run_url"] in told.text
    assert told.run_file["runs"][0]["run_id"] == run_id


def test_githubs_ladder_of_signals_leaves_a_report_before_the_kill(k6ci, emulator):
    """SIGINT, 7.5 s, SIGTERM, 2.5 s, kill: a cloud that says nothing does not cost the report."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        k6ci.running_id(emulator)
        emulator.set_fault("* /cloud/*", kind="delay", delay_seconds=30.0, count=None)
        interrupt(process, signal.SIGINT)
        with contextlib.suppress(Exception):
            process.wait(7.5)
        if process.poll() is None:
            interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process, within_seconds=2.5)
    assert told.code == 98, told.text
    assert told.result["verdict"] == "unknown"
