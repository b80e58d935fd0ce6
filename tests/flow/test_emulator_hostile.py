"""No upload and no request stops the emulator: an invalid upload ends its run, an invalid request is an error."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator

import httpx
import pytest

import scripts
from archives import archive, block
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from waiting import PATIENCE_SECONDS

V6 = "/cloud/v6"
NESTED = b'{"options":' * 20_000 + b"1" + b"}" * 20_000


@pytest.fixture(scope="module")
def attacked() -> Iterator[EmulatorHandle]:
    """One emulator for all attacks: a test finds what an earlier one has broken."""
    with emulator_in_thread() as emulator:
        yield emulator
        _assert_alive(emulator)
        assert not [one for one in emulator.exchanges if (one.status or 0) >= 500]


@pytest.fixture(scope="module")
def impatient() -> Iterator[EmulatorHandle]:
    """An emulator that waits half a second for a body: too short for honest clients on a busy machine."""
    with emulator_in_thread(wheel_config(body_seconds=0.5)) as emulator:
        yield emulator


def _assert_alive(emulator: EmulatorHandle) -> None:
    """Check that another run passes."""
    run_id = emulator.start_script(archive(scripts.INSTANT), f"alive {time.monotonic()}")
    assert emulator.wait_for_status(run_id)["result"] == "passed"


def _request(emulator: EmulatorHandle, method: str, path: str, *headers: str, token: str | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{emulator.emulator.port}"]
    lines += [f"Authorization: Bearer {token or emulator.token}", f"X-Stack-Id: {emulator.emulator.stack_id}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@contextlib.contextmanager
def _connection(emulator: EmulatorHandle, head: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", emulator.emulator.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head)
        yield connection


def _read_to_end(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


@pytest.mark.parametrize(
    "upload",
    [
        pytest.param(archive("", metadata=NESTED), id="nested metadata"),
        pytest.param(archive("", metadata=b"[" * 1_000_000), id="brackets"),
        pytest.param(archive("", block("metadata.json", kind=b"1", link="metadata.json")), id="link to itself"),
        pytest.param(block("metadata.json", kind=b"2", link="metadata.json") + b"\0" * 1024, id="only a loop"),
        pytest.param(
            block("metadata.json", kind=b"1", link="data") + block("data", kind=b"1", link="metadata.json"),
            id="two links",
        ),
        pytest.param(archive("", block("file/a", size=b"\xff" * 12)), id="negative size"),
        pytest.param(archive("", block("file/a", kind=b"S", size=b"\x80" + b"\xff" * 11)), id="huge sparse"),
        pytest.param(archive("", block("file/a") * 20_000), id="too many members"),
        pytest.param(archive("", options={"vus": 10**400}), id="number beyond every type"),
        pytest.param(archive("", options={"duration": 10**400}), id="duration beyond floating point"),
        pytest.param(archive("", options={"scenarios": {"a": {"executor": []}}}), id="executor of a wrong type"),
        pytest.param(archive("", options={"scenarios": {"a": 7}}), id="scenario of a wrong type"),
        pytest.param(archive("", options={"stages": {"a": 1}}), id="stages of a wrong type"),
        pytest.param(archive("", options=[1]), id="options of a wrong type"),
        pytest.param(archive("", dependencies=[1]), id="dependencies of a wrong type"),
        pytest.param(archive("", filename=7), id="file name of a wrong type"),
        pytest.param(archive("", env={"A": {"B": 1}}), id="environment of a wrong type"),
        pytest.param(b"\0" * 257 + b"ustar" + os.urandom(5_000), id="noise behind a magic"),
        pytest.param(zlib.compress(b"\0" * 10_000_000), id="compressed"),
        pytest.param(b"\xff\xfe\0" * 1_000, id="no text"),
        pytest.param(b"const a = " + b"(" * 100_000, id="nested javascript"),
        pytest.param(
            b"export const options = JSON.parse('" + b"[" * 9_000 + b"]" * 9_000 + b"');", id="nested options"
        ),
    ],
)
def test_s15_an_upload_ends_its_own_run_and_nothing_else(attacked: EmulatorHandle, upload: bytes) -> None:
    """The run is aborted with a reason; the server goes on."""
    run = attacked.wait_for_status(attacked.start_script(upload, f"upload {time.monotonic()}"))
    assert (run["status"], run["result"]) == ("aborted", "error")
    assert run["result_details"]["message"]
    assert "unexpected" not in run["result_details"]["message"].split(":")[0]
    assert len(json.dumps(run)) < 20_000
    _assert_alive(attacked)


def test_s15_a_script_may_measure_and_log_anything(attacked: EmulatorHandle) -> None:
    """Numbers at the edge of floating point, endless names, a flood of lines and time series."""
    body = (
        "for (const v of [1e308, -1e308, 5e-324, 0]) { trend.add(v); counter.add(v); gauge.add(v); rate.add(v); }"
        "for (let i = 0; i < 3000; i++) trend.add(1, { tag: `${i}`.padStart(2000, 'x') });"
        "for (let i = 0; i < 5000; i++) console.log(`${i} \\u0000\\ud800 `.repeat(20));"
        "console.log('long'.repeat(500000));"
    )
    more = "".join(f"const {kind.lower()} = new {kind}('{kind.lower()}_of_all');\n" for kind in _KINDS)
    text = scripts.script(
        "vus: 1, iterations: 2", body, more=f"import {{ {', '.join(_KINDS)} }} from 'k6/metrics';\n{more}"
    )
    run_id = attacked.start_script(text, "measuring")
    assert attacked.wait_for_status(run_id)["result"] == "passed"
    for kind, queries in _QUERIES.items():
        for query in queries:
            assert attacked.measured(run_id, f"{kind}_of_all", query)
    assert attacked.api("GET", f"/cloud/v5/test_runs/{run_id}/series", params={"match[]": "trend_of_all"}).is_success
    _assert_alive(attacked)


_KINDS = ("Trend", "Counter", "Gauge", "Rate")
_QUERIES = {
    "trend": ["histogram_avg", "histogram_max", "histogram_min", "histogram_stddev", "histogram_quantile(0.99)"],
    "counter": ["increase", "rate", "max_rate(1)"],
    "gauge": ["avg", "max", "min", "last"],
    "rate": ["ratio", "increase_nz"],
}


def test_s15_a_script_that_never_initialises_ends(attacked: EmulatorHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Init code in an endless loop is stopped after a while."""
    monkeypatch.setattr("k6ci.emulator.execution.INSPECT_SECONDS", 2.0)
    run = attacked.wait_for_status(attacked.start_script("for (;;) {}\n", "looping"))
    assert "did not end" in run["result_details"]["message"]


BODIES = [
    pytest.param(b'{"name":' * 50_000, id="nested objects"),
    pytest.param(b'{"name":' + b"[" * 50_000 + b"]" * 50_000 + b"}", id="nested lists"),
    pytest.param(b'{"name":' + b"9" * 100_000 + b"}", id="a long number"),
    pytest.param(b'{"name":1e999,"options":{"vus":1e999}}', id="infinity"),
    pytest.param(b'{"name":NaN,"options":{"vus":NaN},"set":{"x":NaN}}', id="no number"),
    pytest.param(b'{"name":"\\ud800","options":{"a":"\\ud800"},"set":{"a":"\\ud800"}}', id="half a character"),
    pytest.param(b"\xff\xfe{\0}\0", id="another encoding"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"", id="nothing"),
]
ROUTES = [
    ("POST", f"{V6}/projects"),
    ("PATCH", f"{V6}/projects/3101"),
    ("PATCH", f"{V6}/projects/3101/limits"),
    ("PUT", f"{V6}/projects/3101/labels"),
    ("PUT", f"{V6}/projects/3101/allowed_load_zones"),
    ("POST", f"{V6}/labels"),
    ("POST", "/cloud-resources/v1/load-zones"),
    ("POST", f"{V6}/validate_options"),
    ("POST", "/v1/validate-options"),
    ("POST", "/v1/validate-token"),
    ("POST", "/v1/login"),
    ("POST", "/v1/tests"),
    ("POST", "/_emulator/faults"),
    ("POST", "/_emulator/run-scenarios"),
    ("POST", "/_emulator/concurrency"),
    ("POST", "/_emulator/spent"),
    ("POST", "/_emulator/replace-script"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("body", BODIES)
def test_s15_an_invalid_body_is_rejected(attacked: EmulatorHandle, method: str, path: str, body: bytes) -> None:
    """Every route with a JSON body responds with a 4xx status at once."""
    answer = attacked.api(method, path, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.elapsed.total_seconds() < 30


@pytest.mark.parametrize("status", [{"a": 1}, [], None, 7, "x" * 5_000])
def test_s15_an_override_may_have_any_type(attacked: EmulatorHandle, status: object) -> None:
    """Routes that read the status cope with it, also the legacy progress."""
    run_id = attacked.start_script(scripts.INSTANT, f"shown {status!r}"[:100])
    attacked.wait_for_status(run_id)
    attacked.set_run(run_id, status=status, status_details=status, result=status)
    assert attacked.api("GET", f"{V6}/test_runs/{run_id}").json()["status"] == status
    assert attacked.api("GET", f"/v1/test-progress/{run_id}").is_success
    assert attacked.api("GET", "/_emulator/state").is_success
    attacked.control("POST", f"runs/{run_id}", json={"clear": True})


@pytest.mark.parametrize(
    ("method", "path", "token"),
    [
        ("POST", f"{V6}/validate_options", "right"),
        ("PUT", f"{V6}/load_tests/1/script", "right"),
        ("POST", f"{V6}/projects/3101/load_tests", "right"),
        ("POST", "/v1/archive-upload", "right"),
        ("POST", "/v1/archive-upload", "wrong"),
        ("POST", "/nowhere", "wrong"),
    ],
)
def test_s15_an_endless_body_ends(impatient: EmulatorHandle, method: str, path: str, token: str) -> None:
    """A body in slow chunks is cut off after `body_seconds`, whether or not the route and the token are valid."""
    kind = "multipart/form-data; boundary=b" if "load_tests" in path or "upload" in path else "application/json"
    head = _request(
        impatient,
        method,
        path,
        "Transfer-Encoding: chunked",
        f"Content-Type: {kind}",
        token=None if token == "right" else "no",
    )
    with _connection(impatient, head) as connection:
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - begun < PATIENCE_SECONDS:
                connection.sendall(b"1\r\n \r\n")
                time.sleep(0.05)
    assert time.monotonic() - begun < PATIENCE_SECONDS
    assert impatient.api("GET", f"{V6}/projects").is_success


@pytest.mark.parametrize(
    "path", [f"{V6}/validate_options", f"{V6}/projects/3101/load_tests", "/v1/archive-upload", "/nowhere"]
)
def test_s15_a_body_of_any_size_is_bounded(attacked: EmulatorHandle, path: str) -> None:
    """A flood gets 413 or is cut off; it is never stored."""
    kind = "multipart/form-data; boundary=b" if "load_tests" in path or "upload" in path else "application/json"
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' if "multipart" in kind else b""
    sent = len(start)
    with (
        _connection(
            attacked, _request(attacked, "POST", path, f"Content-Type: {kind}", f"Content-Length: {10**12}")
        ) as flood,
        contextlib.suppress(OSError),
    ):
        flood.sendall(start)
        while sent < 400_000_000:
            flood.sendall(b"x" * 1_000_000)
            sent += 1_000_000
    assert sent < 400_000_000
    _assert_alive(attacked)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "snappy"])
def test_s15_nothing_is_inflated(attacked: EmulatorHandle, encoding: str) -> None:
    """A compressed body is not decompressed, so there is no bomb."""
    bomb = zlib.compress(b"{" + b" " * 50_000_000)
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    assert attacked.api("POST", f"{V6}/validate_options", content=bomb, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 10_000,
        "multipart/form-data; boundary=b; charset=nonsense",
        "multipart/form-data; boundary=\u00e9",
        "text/plain",
    ],
)
@pytest.mark.parametrize("path", [f"{V6}/projects/3101/load_tests", "/v1/archive-upload", "/v1/tests"])
def test_s15_invalid_forms_are_rejected(attacked: EmulatorHandle, path: str, content_type: str) -> None:
    """Without a boundary, with an unknown charset, nested in itself, with thousands of parts."""
    part = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n'
    inner = b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
    for body in (part * 5_000 + b"--b--\r\n", inner * 5_000, b"--b\r\n\r\n\r\n--b--\r\n", b"--b", b"\r\n" * 50_000):
        headers = {"Content-Type": content_type.encode("latin-1")}
        answer = attacked.api("POST", path, content=body, headers=headers)  # type: ignore[arg-type]
        assert 400 <= answer.status_code < 500, answer.text


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
    head = _request(attacked, "GET", path, *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    with _connection(attacked, head) as connection:
        assert b" 101 " in connection.recv(4_096)
        with contextlib.suppress(OSError):
            connection.sendall(frames)
            time.sleep(0.1)
    _assert_alive(attacked)


@pytest.mark.parametrize(
    "query",
    ["", "query=", "query=%7B%7D", "query=%7Btest_run_id%3D%229%22%7D&start=" + "9" * 5_000, "query=" + "%7B" * 5_000],
)
def test_s15_invalid_tails_are_rejected(attacked: EmulatorHandle, query: str) -> None:
    """No query, no run, huge numbers: closed before it is opened."""
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    head = _request(attacked, "GET", f"/api/v1/tail?{query}", *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    with _connection(attacked, head) as connection:
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
    with _connection(attacked, b"") as connection, contextlib.suppress(OSError):
        connection.sendall(head)
        connection.settimeout(1)
        connection.recv(1_000)
    _assert_alive(attacked)


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
