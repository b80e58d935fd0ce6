"""What a run shows can be overridden, its script replaced, and everything deleted."""

from __future__ import annotations

import time

import pytest

import scripts
from emulation import EmulatorHandle

pytestmark = pytest.mark.unmeasured


V6 = "/cloud/v6"


def test_a_run_shows_its_overrides(emulator: EmulatorHandle) -> None:
    """Unknown statuses, a null result, an endless status; the control route shows the real state."""
    run_id = emulator.start_script(scripts.INSTANT)
    emulator.wait_for_status(run_id)
    emulator.set_run(run_id, status="hibernating", result="perhaps", result_details={"type": "perhaps"})
    shown = emulator.api("GET", f"{V6}/test_runs/{run_id}").json()
    assert (shown["status"], shown["result"]) == ("hibernating", "perhaps")
    assert shown["status_details"]["type"] == shown["status_history"][-1]["type"] == "hibernating"
    assert emulator.run_record(run_id)["status"] == "completed"
    emulator.set_run(run_id, status="completed", result=None)
    assert emulator.api("GET", f"{V6}/test_runs/{run_id}").json()["result"] is None
    emulator.control("POST", f"runs/{run_id}", json={"clear": True})
    assert emulator.api("GET", f"{V6}/test_runs/{run_id}").json()["result"] == "passed"


@pytest.mark.parametrize("text", [scripts.INSTANT, scripts.ENDLESS], ids=["over", "going-on"])
def test_an_endless_status_ends_with_the_abort(emulator: EmulatorHandle, text: str) -> None:
    """Whether or not the script has ended, the run then is aborted by a user."""
    run_id = emulator.start_script(text)
    emulator.wait_for_status(run_id, "running", "completed")
    emulator.set_run(run_id, until_abort=True, status="running", result=None)
    time.sleep(0.2)
    assert emulator.api("GET", f"{V6}/test_runs/{run_id}").json()["status"] == "running"
    assert emulator.api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 204
    run = emulator.wait_for_status(run_id)
    assert (run["status"], run["result"]) == ("aborted", "error")
    assert run["status_details"]["extra"]["by_user"]


def test_a_run_held_before_running_cannot_be_aborted(emulator: EmulatorHandle) -> None:
    """The shown status decides: 409 while it is `queued`."""
    run_id = emulator.start_script(scripts.INSTANT)
    emulator.set_run(run_id, status="queued")
    assert emulator.api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 409


def test_another_job_can_replace_the_script_before_the_start(emulator: EmulatorHandle) -> None:
    """The race of two jobs with the same load test: the run executes, and returns, the other script."""
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    test_id = emulator.api("POST", home, files={"name": (None, "race"), "script": scripts.INSTANT}).json()["id"]
    other = scripts.script("vus: 1, iterations: 7", "")
    emulator.replace_script(other)
    run_id = emulator.api("POST", f"{V6}/load_tests/{test_id}/start").json()["id"]
    assert emulator.api("GET", f"{V6}/test_runs/{run_id}/script").text == other
    emulator.wait_for_status(run_id)
    assert emulator.value(run_id, "iterations", "increase") == 7
    emulator.replace_script(scripts.CROSSING, load_test_id=test_id, when="now")
    assert emulator.api("GET", f"{V6}/load_tests/{test_id}/script").text == scripts.CROSSING


def test_a_reset_deletes_everything_and_stops_all_runs(emulator: EmulatorHandle) -> None:
    """Ids go on: a new run never has the ID of an old one."""
    emulator.set_fault("GET /never", count=1)
    run_id = emulator.start_script(scripts.ENDLESS)
    emulator.wait_for_status(run_id, "running")
    emulator.reset()
    state = emulator.state()
    assert (state["runs"], state["load_tests"], state["faults"]) == ([], [], [])
    assert len(state["projects"]) == 2
    assert emulator.api("GET", f"{V6}/test_runs/{run_id}").status_code == 404
    assert emulator.start_script(scripts.INSTANT) > run_id
