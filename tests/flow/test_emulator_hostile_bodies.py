"""S15: hostile bodies of requests end their own request and nothing else."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Iterator

import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from hostile_clients import V6, assert_alive, connected, request
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def impatient() -> Iterator[EmulatorHandle]:
    """An emulator that waits half a second for a body: too short for honest clients on a busy machine."""
    with emulator_in_thread(wheel_config(body_seconds=0.5)) as emulator:
        yield emulator


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
    head = request(
        impatient,
        method,
        path,
        "Transfer-Encoding: chunked",
        f"Content-Type: {kind}",
        token=None if token == "right" else "no",
    )
    with connected(impatient, head) as connection:
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
        connected(
            attacked, request(attacked, "POST", path, f"Content-Type: {kind}", f"Content-Length: {10**12}")
        ) as flood,
        contextlib.suppress(OSError),
    ):
        flood.sendall(start)
        while sent < 400_000_000:
            flood.sendall(b"x" * 1_000_000)
            sent += 1_000_000
    assert sent < 400_000_000
    assert_alive(attacked)


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
