"""Rows of docs/scenarios.md about jobs that end before their runs: cancel, timeout, kill, hang-up, in every phase."""

from __future__ import annotations

import datetime as dt
import signal
import time

import pytest

from emulation import ROOT, EmulatorHandle, emulator_in_thread, wheel_config
from examples import pairs
from story import EACH_K6, LONG, PASSING, Teller, interrupt
from waiting import NEVER_SECONDS, wait_for

pytestmark = pytest.mark.measured_processes
LOAD_SECONDS = 60.0  # of LONG, if nobody stops it; `make storm` and the bench measure how soon a run is stopped


def ended_at(record: dict) -> float:
    return dt.datetime.fromisoformat(record["ended"]).timestamp()


def running(emulator: EmulatorHandle) -> int:
    return sum(run["status"] == "running" for run in emulator.state()["runs"])


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_13_cancel_stops_the_run_at_once_and_a_second_signal_does_no_harm(k6ci: Teller, k6):
    """GitHub's ladder: SIGINT, then SIGTERM, then the kill that must find nobody any more."""
    with emulator_in_thread(wheel_config(k6=k6, abort_grace_seconds=2.0)) as cloud:
        k6ci.write(a=LONG)
        with k6ci.process("run", "a.js", "--k6-path", k6, on=cloud) as process:
            run_id = k6ci.running_id(cloud)
            sent = interrupt(process, signal.SIGINT)
            time.sleep(0.2)
            if process.poll() is None:
                interrupt(process, signal.SIGTERM)
            told = k6ci.ended(process)
        record = cloud.wait_for_status(run_id) and cloud.run_record(run_id)
    assert told.code == 130, told.text
    assert (told.result["verdict"], told.result["exit_code"]) == ("cancelled", 130)
    assert record["status"] == "aborted"
    assert ended_at(record) - sent < LOAD_SECONDS / 2
    assert told.run_file["runs"][0]["run_id"] == run_id


def test_row_13_there_is_a_second_net_on_both_faces(k6ci):
    """A step that runs when the job was cancelled, and `after_script`."""
    action = (ROOT / "action.yml").read_text()
    template = (ROOT / "ci_templates" / "k6-cloud.gitlab-ci.yml").read_text()
    assert "cancelled()" in action
    assert "k6ci abort" in action
    assert "k6ci abort" in template.split("after_script:")[1]


@pytest.mark.parametrize(
    ("route", "kind"),
    pairs(["POST */validate_options", "GET */load_tests*", "POST */load_tests"], ["delay", "late"]),
)
def test_row_14_a_signal_during_the_upload_starts_nothing(k6ci: Teller, emulator, route, kind):
    """Bare k6 would die here, with the run started or not."""
    k6ci.write(a=LONG)
    emulator.set_fault(route, kind, delay_seconds=NEVER_SECONDS)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, signal.SIGINT)
        told = k6ci.ended(process)
    assert told.code == 130, told.text
    assert [run["run_id"] for run in told.result["runs"]] in ([], [None])
    assert emulator.state()["runs"] == []


@pytest.mark.real_pauses  # the two looks for the run are a second apart
@pytest.mark.parametrize(
    ("kind", "seconds"), [("delay", 1.0), ("late", 1.0), ("late", 8.0), ("delay", 4.3), ("cut_after", 0.5)]
)
def test_row_14_a_signal_during_the_start_finds_the_run_and_stops_it(k6ci: Teller, emulator, kind, seconds):
    """Whether the answer is waited for, comes much too late, or is lost; and nobody else's run is touched."""
    others = emulator.start_script(LONG, "somebody else's")
    k6ci.write(a=LONG)
    emulator.set_fault("POST */start", kind, delay_seconds=seconds)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        time.sleep(0.2)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    own = [run for run in emulator.state()["runs"] if run["id"] != others]
    assert told.code == 143, told.text
    assert [run["status"] for run in own] == ["aborted"]
    assert told.run["run_id"] == own[0]["id"]
    assert emulator.run_record(others)["status"] == "running"


def test_row_15_a_killed_job_leaves_what_another_process_needs_to_stop_its_run(k6ci: Teller, emulator):
    """SIGKILL or a lost runner: run.json is there from before the start on, and `k6ci abort` reads it."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.noted_id(emulator)
        process.kill()
        process.wait()
    assert emulator.run_record(run_id)["status"] == "running"
    told = k6ci("abort", on=emulator)
    assert told.code == 0, told.text
    assert emulator.run_record(run_id)["status"] == "aborted"
    assert k6ci("abort", on=emulator).code == 0


JOB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "77",
    "GITHUB_JOB": "load",
    "GITHUB_SERVER_URL": "https://github.com",
}


def test_row_15_the_next_attempt_of_a_job_stops_what_the_last_one_left(k6ci: Teller, emulator):
    """On another machine, without the run file: the run itself says whose it is. Other jobs' runs go on."""
    k6ci.write(a=LONG)
    started = []
    for run_id, attempt in (("77", "1"), ("78", "1")):
        job = JOB | {"GITHUB_RUN_ID": run_id, "GITHUB_RUN_ATTEMPT": attempt}
        with k6ci.process("run", "a.js", on=emulator, **job) as process:
            wait_for(lambda: running(emulator) > len(started) and emulator.state()["runs"][-1]["note"])
            process.kill()
            process.wait()
        started.append(emulator.state()["runs"][-1]["id"])
    for path in (k6ci.folder / "k6ci-report").iterdir():
        path.unlink()
    told = k6ci("abort", "--stale", on=emulator, **JOB, GITHUB_RUN_ATTEMPT="2")
    assert told.code == 0, told.text
    assert [emulator.run_record(run_id)["status"] for run_id in started] == ["aborted", "running"]


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_16_a_hang_up_is_a_cancel(k6ci: Teller, k6):
    """Self-hosted runners and terminals send SIGHUP."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=LONG)
        with k6ci.process("run", "a.js", "--k6-path", k6, on=cloud) as process:
            run_id = k6ci.running_id(cloud)
            sent = interrupt(process, signal.SIGHUP)
            told = k6ci.ended(process)
        record = cloud.wait_for_status(run_id) and cloud.run_record(run_id)
    assert told.code == 129, told.text
    assert told.result["verdict"] == "cancelled"
    assert ended_at(record) - sent < LOAD_SECONDS / 2


def test_row_16_a_job_that_was_over_is_not_called_stopped(k6ci: Teller, emulator):
    """A signal while the figures are read: the signal's code, the run's own end in the reason."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET /cloud/v5/*", "delay", delay_seconds=NEVER_SECONDS, count=None)
    with k6ci.process("run", "a.js", on=emulator) as process:
        wait_for(emulator.has_met_a_fault)
        interrupt(process, signal.SIGHUP)
        told = k6ci.ended(process)
    assert told.code == 129, told.text
    assert (told.run["status"], told.run["result"]) == ("completed", "passed")
    assert "ended" in told.run["reason"]
    assert "was stopped" not in told.run["reason"]
    assert emulator.journal("/abort") == []
