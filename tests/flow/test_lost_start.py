"""A start whose answer is lost: the run is found by its load test, time and script, and never a stranger's is."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator

import pytest

from k6ci.runs.run_note import Job, RunNote
from story import LONG, PASSING, interrupt
from waiting import wait_for

pytestmark = pytest.mark.measured_processes

START = "POST /cloud/v6/load_tests/*/start"


def stored(k6ci, emulator, text: str) -> int:
    """The id of the load test of a.js, once a first run has made it."""
    k6ci.write(a=text)
    assert k6ci("check", "a.js", on=emulator).code == 0
    emulator.set_fault(START, status=503, count=None)
    assert k6ci("run", "a.js", on=emulator).code == 98
    emulator.clear_faults()
    return emulator.state()["load_tests"][0]["id"]


@contextlib.contextmanager
def paused(process: subprocess.Popen[str]) -> Iterator[None]:
    """k6ci stands still meanwhile: no request of its own comes between those of somebody else."""
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


def start(emulator, load_test_id: int) -> int:
    """Somebody else starts what is stored now."""
    answer = emulator.api("POST", f"/cloud/v6/load_tests/{load_test_id}/start")
    answer.raise_for_status()
    return int(answer.json()["id"])


def test_a_run_of_another_script_is_not_taken_for_ours(k6ci, emulator):
    """It began after our request, on our load test; we have no run, and say so."""
    load_test_id = stored(k6ci, emulator, PASSING)
    emulator.set_fault(START, status=503, count=None)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        with paused(process):
            emulator.clear_faults()
            emulator.replace_script(LONG, load_test_id=load_test_id, when="now")
            stranger = start(emulator, load_test_id)
            emulator.set_fault(START, status=503, count=None)
        told = k6ci.ended(process)
    assert told.code == 98, told.text
    assert told.run["run_id"] is None
    assert emulator.run_record(stranger)["abort_requested"] is False


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_run_of_the_same_script_is_ours_only_if_it_is_the_only_one_that_may_be(k6ci, emulator, is_marked):
    """Two unmarked runs cannot be told apart: 98, both go on. One that another job has marked is left out: 143."""
    load_test_id = stored(k6ci, emulator, LONG)
    emulator.set_fault(START, kind="cut_after", count=None)
    emulator.set_fault("GET /cloud/v6/load_tests/*/test_runs", kind="delay", delay_seconds=0.8, count=None)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(lambda: len(emulator.state()["runs"]) == 1)
        with paused(process):
            emulator.clear_faults()
            stranger = start(emulator, load_test_id)
            emulator.set_fault(START, kind="cut_after", count=None)
            emulator.set_fault("GET /cloud/v6/load_tests/*/test_runs", kind="delay", delay_seconds=0.8, count=None)
        if is_marked:
            note = RunNote(Job("github.com/acme/shop/9/other", "1"), "0" * 16).text()
            emulator.api("PATCH", f"/cloud/v6/test_runs/{stranger}", json={"note": note}).raise_for_status()
            k6ci.running_id(emulator)
            wait_for(lambda: told_so_far(k6ci).count('"run_id": null') == 1)  # that of the first run, which is kept
            interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == (143 if is_marked else 98), told.text
    assert emulator.run_record(stranger)["abort_requested"] is False
    ours = [run["id"] for run in emulator.state()["runs"] if run["id"] != stranger]
    assert [emulator.run_record(run_id)["abort_requested"] for run_id in ours] == [is_marked]


def told_so_far(k6ci) -> str:
    return (k6ci.folder / "k6ci-report" / "run.json").read_text()


def test_a_lost_start_under_a_signal_is_found_and_stopped(k6ci, emulator):
    """Every answer is lost; the signal comes between."""
    k6ci.write(a=LONG)
    emulator.set_fault(START, kind="cut_after", count=None)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(lambda: len(emulator.state()["runs"]) == 1)
        interrupt(process, signal.SIGINT)
        told = k6ci.ended(process)
    assert told.code == 130, told.text
    (run,) = emulator.state()["runs"]
    assert run["status"] == "aborted"


@pytest.mark.parametrize("status", [409, 429])
def test_a_refusal_after_a_lost_answer_does_not_lead_to_a_second_run(k6ci, emulator, status):
    """The first request took effect unseen and its run may be what takes the last place: look before starting anew."""
    k6ci.write(a=PASSING.replace("'1s'", "'4s'"))
    emulator.set_fault(START, kind="cut_after")
    emulator.set_fault(START, status=status, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert "all test slots are in use" not in told.text
    assert len(emulator.state()["runs"]) == 1
