"""A signal in every phase of a run: it ends soon, with the signal's code, a report, and nothing left running."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time

import pytest

from examples import pairs
from k6ci.runs.interruption import FIRST_SECONDS, SECOND_SECONDS
from story import LONG, PASSING, Told, interrupt
from waiting import NEVER_SECONDS, wait_for

pytestmark = pytest.mark.measured_processes

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
# The request that a phase waits for.
ROUTES = {
    "archive": "GET /cloud/v6/projects/*",
    "upload": "POST /cloud/v6/projects/*/load_tests",
    "start": "POST /cloud/v6/load_tests/*/start",
    "readback": "GET /cloud/v6/test_runs/*/script",
    "collect": "GET /cloud/v5/*",
}


def left_running(emulator) -> list[int]:
    """Runs that nobody stops any more."""
    return [run["id"] for run in emulator.state()["runs"] if run["status"] not in ("completed", "aborted")]


def check(told: Told, number: signal.Signals) -> None:
    assert told.code == CODES[number], told.text
    assert (told.result["verdict"], told.result["exit_code"]) == ("cancelled", told.code)
    assert "cancelled" in told.summary


@pytest.mark.parametrize(("phase", "number"), pairs(["archive", "upload", "readback", "collect"], list(CODES)))
def test_a_signal_in_a_phase_that_takes_long_ends_it(k6ci, emulator, phase, number):
    """The cloud does not answer in this phase only."""
    k6ci.write(a=PASSING if phase == "collect" else LONG)
    emulator.set_fault(ROUTES[phase], kind="delay", delay_seconds=NEVER_SECONDS, count=None)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, number)
        told = k6ci.ended(process)
    check(told, number)
    assert left_running(emulator) == []


@pytest.mark.parametrize("number", list(CODES))
def test_a_signal_during_the_start_waits_for_its_answer_but_not_for_ever(k6ci, emulator, number):
    """An answer that comes soon is waited for, and the run is stopped; 143 and the others say so."""
    k6ci.write(a=LONG)
    emulator.set_fault(ROUTES["start"], kind="delay", delay_seconds=1.5)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, number)
        told = k6ci.ended(process)
    check(told, number)
    assert left_running(emulator) == []
    assert told.run_file["runs"][0]["has_ended"] is True


def test_a_start_that_is_not_answered_in_time_is_98_and_abort_looks_for_it(k6ci, emulator):
    """Nobody knows whether there is a run; the run file holds what is needed to find it."""
    k6ci.write(a=LONG)
    emulator.set_fault(ROUTES["start"], kind="delay", delay_seconds=NEVER_SECONDS)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
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
        interrupt(process, signal.SIGTERM)
        wait_for(emulator.has_met_a_fault)
        emulator.control("POST", f"runs/{run_id}", json={"clear": True})
        told = k6ci.ended(process)
    check(told, signal.SIGTERM)
    assert emulator.run_record(run_id)["status"] == "aborted"


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGTERM]


def test_more_signals_end_it_sooner_with_the_report_and_the_page(k6ci, emulator):
    """The cloud does not stop the runs: 98, and the runs' pages stand in the reports and in the log.

    Three processes at once get one signal, two and three: what a busy machine adds, it adds to each of them.
    """
    k6ci.write(a=LONG, b=LONG, c=LONG)
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(k6ci.process("run", f"{name}.js", "--report-dir", name, on=emulator)) for name in "abc"
        ]
        wait_for(lambda: [run["status"] for run in emulator.state()["runs"]] == ["running"] * 3)
        emulator.set_fault("* /cloud/*", kind="delay", delay_seconds=NEVER_SECONDS, count=None)
        for sent, number in enumerate(SIGNALS):
            for process in processes[sent:]:
                interrupt(process, number)
            time.sleep(0.4)
        order = ended_in_order(processes)
        texts = [k6ci.ended(process).text for process in processes]
    assert order[-1] is processes[0], "the one with a single signal takes its time"
    assert [process.returncode for process in processes] == [98] * 3, texts
    for name, text in zip("abc", texts, strict=True):
        (run,) = json.loads((k6ci.folder / name / "result.json").read_text())["runs"]
        (entry,) = json.loads((k6ci.folder / name / "run.json").read_text())["runs"]
        assert run["run_url"] in run["remedy"]
        assert run["run_url"] in text
        assert entry["run_id"] == run["run_id"]


def ended_in_order(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """The processes, the first that has ended first."""
    ended: list[subprocess.Popen[str]] = []

    def have_all() -> bool:
        ended.extend(one for one in processes if one not in ended and one.poll() is not None)
        return len(ended) == len(processes)

    wait_for(have_all, "the end of all processes")
    return ended


def test_githubs_ladder_of_signals_leaves_a_report_before_the_kill(k6ci, emulator):
    """SIGINT, 7.5 s, SIGTERM, 2.5 s, kill: k6ci grants itself less. A cloud that says nothing does not cost the report.

    `make storm` measures the seconds.
    """
    assert FIRST_SECONDS < 7.5
    assert SECOND_SECONDS < 2.5
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        k6ci.running_id(emulator)
        emulator.set_fault("* /cloud/*", kind="delay", delay_seconds=NEVER_SECONDS, count=None)
        interrupt(process, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(7.5)
        if process.poll() is None:
            interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 98, told.text
    assert told.result["verdict"] == "unknown"
