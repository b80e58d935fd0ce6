"""One emulator for all attacks of a module, raw requests to it, and random ones by hypothesis."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import scripts
from archives import archive
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from examples import examples
from waiting import PATIENCE_SECONDS

V6 = "/cloud/v6"
ODD_TEXTS = [
    *("default", "shared-iterations", "2026-11-28T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
    *("1m", "-1s", "status", "delay", "* *", "queued", ""),
    *("DAILY", "YEARLY", "* * * * *", "0 0 31 2 *", "UTC", "Europe/Berlin", "../UTC"),
]


@pytest.fixture(scope="module")
def attacked() -> Iterator[EmulatorHandle]:
    """One emulator for all attacks: a test finds what an earlier one has broken."""
    with emulator_in_thread() as emulator:
        yield emulator
        assert_alive(emulator)
        assert not [one for one in emulator.exchanges if (one.status or 0) >= 500]


@pytest.fixture(scope="module")
def attacked_runs() -> Iterator[tuple[EmulatorHandle, dict[str, object]]]:
    """An emulator with a run of each kind, and their ids; it must still work at the end."""
    with emulator_in_thread(wheel_config(user_email="user@example.com", user_password="x")) as emulator:
        run = emulator.start_script(scripts.INSTANT, "first")
        local = emulator.api("POST", "/v1/tests", json={"name": "local"}).json()["reference_id"]
        test = emulator.wait_for_status(run)["test_id"]
        yield emulator, {"run": run, "test": test, "local": local}
        emulator.reset()
        assert_alive(emulator)


def tries(number: int, *suppressed: HealthCheck) -> settings:
    """At most so many random requests, which share the fixtures of the test."""
    checks = [HealthCheck.function_scoped_fixture, *suppressed]
    return settings(max_examples=examples(number), deadline=None, suppress_health_check=checks)


def assert_alive(emulator: EmulatorHandle) -> None:
    """Check that another run passes."""
    run_id = emulator.start_script(archive(scripts.INSTANT), f"alive {time.monotonic()}")
    assert emulator.wait_for_status(run_id)["result"] == "passed"


def request(emulator: EmulatorHandle, method: str, path: str, *headers: str, token: str | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{emulator.emulator.port}"]
    lines += [f"Authorization: Bearer {token or emulator.token}", f"X-Stack-Id: {emulator.emulator.stack_id}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@contextlib.contextmanager
def connected(emulator: EmulatorHandle, head: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", emulator.emulator.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head)
        yield connection
