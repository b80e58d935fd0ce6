"""One emulator for all attacks of a module, and raw requests to it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

import scripts
from archives import archive
from emulation import EmulatorHandle, emulator_in_thread
from waiting import PATIENCE_SECONDS

V6 = "/cloud/v6"


@pytest.fixture(scope="module")
def attacked() -> Iterator[EmulatorHandle]:
    """One emulator for all attacks: a test finds what an earlier one has broken."""
    with emulator_in_thread() as emulator:
        yield emulator
        assert_alive(emulator)
        assert not [one for one in emulator.exchanges if (one.status or 0) >= 500]


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
