"""S15: hostile connections and floods of work: the emulator goes on."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time

import httpx
import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from hostile_clients import V6, assert_alive, connected, request
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.unmeasured


def _frame(first: int, payload: bytes, *, size: int | None = None, masked: bool = True) -> bytes:
    """Return a websocket frame; `size` is the length in its header."""
    length = len(payload) if size is None else size
    mark = 0x80 if masked else 0
    if length < 126:
        head = struct.pack("!BB", first, mark | length)
    elif length < 65_536:
        head = struct.pack("!BBH", first, mark | 126, length)
    else:
        head = struct.pack("!BBQ", first, mark | 127, length)
    return head + (b"\0\0\0\0" if masked else b"") + payload


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(_frame(0x81, b"x" * 200_000), id="large"),
        pytest.param(_frame(0x81, b"", size=2**62), id="endless"),
        pytest.param(_frame(0x81, b"\xff\xff"), id="no text"),
        pytest.param(_frame(0x81, b"x", masked=False), id="unmasked"),
        pytest.param(_frame(0xF1, b"x"), id="reserved bits"),
        pytest.param(_frame(0x8B, b"x"), id="unknown kind"),
        pytest.param(_frame(0x80, b"x"), id="a continuation of nothing"),
        pytest.param(_frame(0x01, b"x") * 2, id="two beginnings"),
        pytest.param(_frame(0x01, b"x") + _frame(0x00, b"x" * 60_000) * 20, id="endless fragments"),
        pytest.param(_frame(0x89, b"x" * 126), id="a long ping"),
        pytest.param(_frame(0x89, b"") * 5_000, id="a flood of pings"),
        pytest.param(_frame(0x88, b"\x00"), id="half a close"),
        pytest.param(_frame(0x88, b"\x00\x00\xff"), id="an odd close"),
        pytest.param(os.urandom(3_000), id="noise"),
        pytest.param(b"", id="silence"),
    ],
)
def test_s15_invalid_frames_end_their_own_tail(attacked: EmulatorHandle, frames: bytes) -> None:
    """Clients of the log tail send nothing, but can send anything."""
    run_id = attacked.start_script(scripts.INSTANT, f"tail {time.monotonic()}")
    path = f"/api/v1/tail?query=%7Btest_run_id%3D%22{run_id}%22%7D&start=0"
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    head = request(attacked, "GET", path, *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    with connected(attacked, head) as connection:
        assert b" 101 " in connection.recv(4_096)
        with contextlib.suppress(OSError):
            connection.sendall(frames)
            time.sleep(0.1)
    assert_alive(attacked)


@pytest.mark.parametrize(
    "query",
    ["", "query=", "query=%7B%7D", "query=%7Btest_run_id%3D%229%22%7D&start=" + "9" * 5_000, "query=" + "%7B" * 5_000],
)
def test_s15_invalid_tails_are_rejected(attacked: EmulatorHandle, query: str) -> None:
    """No query, no run, huge numbers: closed before it is opened."""
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    head = request(attacked, "GET", f"/api/v1/tail?{query}", *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    with connected(attacked, head) as connection:
        assert b" 101 " not in connection.recv(4_096)


@pytest.mark.parametrize(
    "head",
    [
        b"\0" * 1_000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000,
        b"GET /" + b"x" * 500_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: \xff\r\n\r\n",
    ],
)
def test_s15_invalid_http_is_cut_off(attacked: EmulatorHandle, head: bytes) -> None:
    """Noise, endless headers, impossible lengths."""
    with connected(attacked, b"") as connection, contextlib.suppress(OSError):
        connection.sendall(head)
        connection.settimeout(1)
        connection.recv(1_000)
    assert_alive(attacked)


def test_s15_an_expensive_query_does_not_block_other_requests(attacked: EmulatorHandle) -> None:
    """Two thousand points over a thousand time series."""
    body = "for (let i = 0; i < 900; i++) trend.add(i, { tag: `${i}` });"
    text = scripts.script(
        "vus: 1, iterations: 3",
        body,
        more="import { Trend } from 'k6/metrics';\nconst trend = new Trend('wide');",
    )
    run_id = attacked.start_script(text, "wide")
    attacked.wait_for_status(run_id)
    call = "query_range_k6(query='histogram_quantile(0.5) by (tag)',metric='wide',step=1,"
    span = "start=2026-01-01T00:00:00Z,end=2026-01-01T00:33:00Z)"
    asking = threading.Thread(target=attacked.api, args=("GET", f"/cloud/v5/test_runs/{run_id}/{call}{span}"))
    asking.start()
    longest = 0.0
    with httpx.Client(
        base_url=attacked.url, headers=attacked.client.headers, trust_env=False, timeout=PATIENCE_SECONDS
    ) as other:
        for _ in range(10):
            begun = time.monotonic()
            assert other.get(f"{V6}/projects").is_success
            longest = max(longest, time.monotonic() - begun)
    asking.join(60)
    assert longest < 5  # without a pause between points it is the whole time of the query


def test_s15_more_starts_than_slots_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many starts do not start many processes; a waiting run can be stopped."""
    monkeypatch.setattr("k6ci.emulator.run_executor.SLOTS", 1)
    with emulator_in_thread(wheel_config()) as emulator:
        first = emulator.start_script(scripts.ENDLESS, "first")
        emulator.wait_for_status(first, "running")
        second, third = (
            emulator.start_script(scripts.INSTANT, "second"),
            emulator.start_script(scripts.INSTANT, "third"),
        )
        assert emulator.api("GET", f"{V6}/test_runs/{second}").json()["status"] == "created"
        emulator.api("POST", f"/v1/tests/{second}/stop")
        assert emulator.wait_for_status(second)["status"] == "aborted"
        emulator.api("POST", f"{V6}/test_runs/{first}/abort")
        assert emulator.wait_for_status(third)["result"] == "passed"


def test_s15_the_memory_of_all_scripts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum of all scripts is limited, on every route."""
    monkeypatch.setattr("k6ci.emulator.stack_state.STORED_BYTES", 10_000)
    big = "/" * 9_000 + "\n"
    with emulator_in_thread(wheel_config()) as emulator:
        test = emulator.api(
            "POST", f"{V6}/projects/{emulator.project_id}/load_tests", data={"name": "a"}, files={"script": ("s", big)}
        ).json()
        again = {"data": {"name": "b"}, "files": {"script": ("s", big)}}
        assert emulator.api("POST", f"{V6}/projects/{emulator.project_id}/load_tests", **again).status_code == 413
        put = emulator.api(
            "PUT",
            f"{V6}/load_tests/{test['id']}/script",
            content=big,
            headers={"Content-Type": "application/octet-stream"},
        )
        assert put.status_code == 413
        legacy = {"data": {"name": "a"}, "files": {"file": ("archive.tar", big)}}
        assert emulator.api("POST", "/v1/archive-upload", **legacy).status_code == 413
