"""Runs that k6 executes itself and reports through the legacy API."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

import binaries
import scripts
from archives import archive
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from legacy_k6 import COUNTING, EACH_OLD, V6, k6, progress, running
from waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.unmeasured


# Runs that k6 executes itself


@pytest.mark.parametrize("binary", EACH_OLD)
@pytest.mark.parametrize(
    "argv",
    [("cloud", "run", "--local-execution", "--address="), ("run", "-o", "cloud", "--address=")],
    ids=["local-execution", "output"],
)
@pytest.mark.parametrize(
    ("text", "exit_code", "status", "result", "number"),
    [
        (COUNTING, 0, "completed", "passed", 3),
        (scripts.CROSSING, 99, "completed", "failed", 3),
        (scripts.ABORTING_ON_FAIL, 99, "aborted", "failed", 8),
        (scripts.ABORTING_ITSELF, 108, "aborted", "error", 5),
        (scripts.THROWING_IN_SETUP, 107, "aborted", "error", 7),
    ],
    ids=["passing", "crossing", "abort-on-fail", "aborting-itself", "throwing-in-setup"],
)
def test_a_local_execution_is_a_run_like_any_other(
    emulator: EmulatorHandle, tmp_path: Path, binary: Path, argv, text, exit_code, status, result, number
) -> None:
    """k6 measures and evaluates; statuses, results and metrics are read through v6 and v5."""
    (tmp_path / "script.js").write_text(text)
    process = k6(binary, emulator, tmp_path, *argv, "script.js")
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == exit_code, errors
    (run,) = emulator.state()["runs"]
    run = emulator.wait_for_status(run["id"])
    assert (run["status"], run["result"]) == (status, result)
    assert progress(emulator, run["id"])["run_status"] == number
    assert f"{emulator.emulator.stack_url}/a/k6-app/runs/{run['id']}" in output
    if text is COUNTING:
        assert emulator.value(run["id"], "iterations", "increase") == 3
        assert emulator.value(run["id"], "mine", "increase") == 3
        assert emulator.value(run["id"], "checks", "ratio") == 1.0
        assert emulator.value(run["id"], "level", "max") == 4
        assert emulator.value(run["id"], "took", "histogram_avg") == pytest.approx(10)
        assert emulator.value(run["id"], "took", "histogram_max") == 20
        assert emulator.value(run["id"], "took", "histogram_quantile(0.5)") == pytest.approx(10, rel=0.01)
        (row,) = emulator.measured(run["id"], "mine", "increase by (scenario, group)")
        assert row["metric"]["scenario"] == "default"


def test_a_local_run_that_is_aborted_in_the_cloud_stops(emulator: EmulatorHandle, tmp_path: Path) -> None:
    """Its pushes get 403 with code 4, after which k6 stops if it is configured to: 105."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    quick = {"K6_CLOUD_AGGREGATION_WAIT_PERIOD": "1s", "K6_CLOUD_AGGREGATION_PERIOD": "1s"}
    process = k6(
        binaries.wheel(),
        emulator,
        tmp_path,
        *("cloud", "run", "--local-execution", "--address=", "script.js"),
        K6_CLOUD_STOP_ON_ERROR="true",
        **quick,
    )
    run = wait_for(lambda: running(emulator))
    wait_for(lambda: emulator.value(run["id"], "iterations", "increase"))
    assert emulator.api("POST", f"{V6}/test_runs/{run['id']}/abort").status_code == 204
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 105, errors
    ended = emulator.wait_for_status(run["id"])
    assert ended["status_details"]["extra"]["by_user"]


def test_an_interrupt_ends_a_local_run(emulator: EmulatorHandle, tmp_path: Path) -> None:
    """k6 reports run_status 5 when it is interrupted, and ends with 105."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    process = k6(binaries.wheel(), emulator, tmp_path, "cloud", "run", "--local-execution", "--address=", "script.js")
    run = wait_for(lambda: running(emulator))
    assert process.stderr is not None
    assert any(
        "still here" in line for line in iter(process.stderr.readline, "")
    )  # the load goes on, the trap is there
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 105
    assert progress(emulator, run["id"])["run_status"] == 5


def test_a_local_run_that_falls_silent_times_out(tmp_path: Path) -> None:
    """k6 was killed: the run does not go on for ever."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    with emulator_in_thread(wheel_config(silence_seconds=1.5)) as emulator:
        process = k6(binaries.wheel(), emulator, tmp_path, "run", "-o", "cloud", "--address=", "script.js")
        run = wait_for(lambda: running(emulator))
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
        ended = emulator.wait_for_status(run["id"])
        assert (ended["status"], ended["result"]) == ("aborted", "error")
        assert progress(emulator, run["id"])["run_status"] == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff" * 10,
        b"\xff\xff\xff\xff\x0f" + b"\0" * 10,
        b"\x80\x80\x80\x08\x00\x00" + b"\xfe\x01\x00" * 2_000_000,
        b"\x04\x0c\x1a\x7f\x7f\x7f",
        b"\x03\x08\x1a\x01\x0b",
        os.urandom(5_000),
    ],
    ids=["empty", "nothing", "no length", "huge", "bomb", "cut short", "unknown form", "noise"],
)
def test_s15_an_invalid_push_is_rejected(emulator: EmulatorHandle, body: bytes) -> None:
    """Snappy and protobuf are read with limits; run and server go on."""
    reference = emulator.api("POST", "/v1/tests", json={"name": "local"}).json()["reference_id"]
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
    begun = time.monotonic()
    answer = emulator.api("POST", f"/v2/metrics/{reference}", content=body, headers=headers)
    assert answer.status_code in (204, 400), answer.text
    assert time.monotonic() - begun < PATIENCE_SECONDS
    finish = {"result_status": 0, "run_status": 3, "thresholds": {}}
    assert emulator.api("POST", f"/v1/tests/{reference}", json=finish).status_code == 204
    assert emulator.wait_for_status(int(reference))["result"] == "passed"


def test_only_local_executions_accept_reports(emulator: EmulatorHandle) -> None:
    """A run that the cloud executes accepts neither pushes nor an end."""
    run_id = emulator.start_script(scripts.ENDLESS)
    finish = {"result_status": 0, "run_status": 3, "thresholds": {}}
    for path, options in ((f"/v1/tests/{run_id}", {"json": finish}), (f"/v2/metrics/{run_id}", {"content": b"\0"})):
        answer = emulator.api("POST", path, **options)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, 4)
    assert emulator.wait_for_status(run_id, "running")["result"] is None


def test_many_uploads_at_once_are_as_many_runs(emulator: EmulatorHandle) -> None:
    """Each starts a run of its own; none waits for another."""
    sent: list[str] = []

    def send(number: int) -> None:
        with httpx.Client(base_url=emulator.url, headers=emulator.client.headers, trust_env=False) as client:
            files = {"file": ("archive.tar", archive(scripts.INSTANT))}
            sent.append(
                client.post("/v1/archive-upload", data={"name": f"{number}"}, files=files).json()["reference_id"]
            )

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(set(sent)) == 8
    for reference in sent:
        assert emulator.wait_for_status(int(reference))["result"] == "passed"
    assert json.dumps(emulator.state())
