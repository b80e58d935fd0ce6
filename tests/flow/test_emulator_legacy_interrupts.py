"""Interrupts of k6 on the legacy API: what they leave in the emulator."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread
from legacy_k6 import EACH_OLD, V6, k6, running
from waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.unmeasured


# Ctrl-C


@pytest.mark.parametrize("binary", EACH_OLD)
def test_a_second_interrupt_ends_k6_at_once(emulator: EmulatorHandle, tmp_path: Path, binary: Path) -> None:
    """While the stop fails k6 keeps waiting; the second SIGINT ends it with 105, and the run is still listed."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    emulator.set_fault("POST /v1/tests/*/stop", status=500, count=None)
    process = k6(binary, emulator, tmp_path, "cloud", "run", "script.js")
    run = wait_for(lambda: running(emulator))
    wait_for(lambda: emulator.journal("/v1/test-progress"))  # before its first poll, k6 installs its trap
    process.send_signal(signal.SIGINT)
    wait_for(lambda: emulator.journal("/stop"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 105, errors
    assert [one["id"] for one in emulator.api("GET", f"{V6}/test_runs").json()["value"]] == [run["id"]]


@pytest.mark.parametrize("binary", EACH_OLD)
@pytest.mark.parametrize("kind", ["late", "delay"])
def test_an_interrupt_during_the_upload_leaves_nothing_unlisted(tmp_path: Path, binary: Path, kind: str) -> None:
    """k6 has no signal handler yet and is killed; a run that was started is listed and can be aborted."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    with emulator_in_thread() as emulator:
        emulator.set_fault("POST /v1/archive-upload", kind, delay_seconds=1.0)
        process = k6(binary, emulator, tmp_path, "cloud", "run", "script.js")
        hit = {
            "late": lambda: running(emulator),
            "delay": lambda: emulator.control("GET", "faults")["value"][0]["hits"],
        }
        wait_for(hit[kind])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == -signal.SIGINT  # 130 in a shell
        time.sleep(1.3)  # the response would be sent by now
        going = [run for run in emulator.state()["runs"] if run["status"] not in ("completed", "aborted")]
        listed = [run["id"] for run in emulator.api("GET", f"{V6}/test_runs").json()["value"]]
        assert {run["id"] for run in going} <= set(listed)
        assert len(going) == 1 or kind == "delay"
        for run in going:
            emulator.wait_for_status(run["id"], "running")
            assert emulator.api("POST", f"{V6}/test_runs/{run['id']}/abort").status_code == 204
            assert emulator.wait_for_status(run["id"])["status"] == "aborted"


def test_half_an_upload_stores_nothing(emulator: EmulatorHandle) -> None:
    """A client that dies while it sends leaves neither a load test nor a run."""
    head = f"POST /v1/archive-upload HTTP/1.1\r\nHost: 127.0.0.1:{emulator.emulator.port}\r\n"
    head += f"Authorization: Token {emulator.token}\r\nContent-Length: 9000\r\n"
    head += "Content-Type: multipart/form-data; boundary=b"
    with socket.create_connection(("127.0.0.1", emulator.emulator.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(f"{head}\r\n\r\n--b\r\n".encode())
        time.sleep(0.2)
    time.sleep(0.3)
    assert (emulator.state()["runs"], emulator.state()["load_tests"]) == ([], [])
