"""The emulator's control routes and access: authentication, journal, log tail, paging, bad requests, start and stop."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import socket
import time
from typing import Any

import anyio
import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from k6ci.emulator import running_emulator
from k6ci.errors import SettingsError
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.unmeasured

V6 = "/cloud/v6"


def tail(emulator: EmulatorHandle, run_id: int, *, scheme: str = "token", token: str | None = None) -> ClientConnection:
    """Open the log tail as k6 does."""
    address = f'{emulator.emulator.tail_url}?query={{test_run_id="{run_id}"}}&start=0'
    return connect(address, additional_headers={"Authorization": f"{scheme} {token or emulator.token}"}, proxy=None)


def test_a_fault_can_reject_the_websocket(emulator: EmulatorHandle) -> None:
    """A client must cope with a log tail that cannot be opened."""
    run_id = emulator.start_script(scripts.INSTANT)
    emulator.set_fault("GET /api/v1/tail", status=503)
    with pytest.raises(InvalidStatus):
        tail(emulator, run_id)


@pytest.mark.parametrize("scheme", ["token", "Token", "Bearer"])
def test_the_tail_sends_the_log_of_the_script(shared_emulator: EmulatorHandle, scheme: str) -> None:
    """Loki frames with level and text, from the beginning of the run."""
    run_id = shared_emulator.start_script(scripts.PASSING, f"tail {scheme}")
    with tail(shared_emulator, run_id, scheme=scheme) as log:
        frame = json.loads(log.recv(timeout=PATIENCE_SECONDS))
    (stream, *_) = frame["streams"]
    assert stream["stream"]["level"] == "info"
    assert stream["stream"]["test_run_id"] == str(run_id)
    nanoseconds, text = stream["values"][0]
    assert text == "hello from the script"
    assert abs(int(nanoseconds) / 1e9 - time.time()) < 60
    assert frame["dropped_entries"] is None


def test_the_tail_is_closed_without_token_run_or_query(shared_emulator: EmulatorHandle) -> None:
    """Without the token, for a run that does not exist, or without a query."""
    run_id = shared_emulator.start_script(scripts.INSTANT, "strangers")
    for attempt in ({"token": secrets.token_hex(8)}, {"scheme": "Basic"}):
        with pytest.raises(InvalidStatus):
            tail(shared_emulator, run_id, **attempt)
    for missing in (1, 10**17):
        with pytest.raises(InvalidStatus):
            tail(shared_emulator, missing)


def test_a_token_that_a_script_prints_is_masked_in_its_log(emulator: EmulatorHandle) -> None:
    """The emulator stores nothing unredacted, the log included."""
    text = scripts.script("vus: 1, iterations: 1", f"console.log('the token is {emulator.token}');")
    run_id = emulator.start_script(text)
    with tail(emulator, run_id) as log:
        frame = log.recv(timeout=PATIENCE_SECONDS)
    assert "the token is ***" in str(frame)
    assert emulator.token not in str(frame)


@pytest.mark.parametrize("path", [f"{V6}/projects", "/_emulator/state", "/_emulator/journal", "/nowhere"])
def test_requests_without_the_token_or_with_a_foreign_host_are_rejected(
    shared_emulator: EmulatorHandle, path: str
) -> None:
    """401 without or with a wrong token; 403 for a foreign Host, even with the right token."""
    url = shared_emulator.url + path
    with httpx.Client(trust_env=False) as stranger:
        assert stranger.get(url).status_code == 401
        assert stranger.get(url, headers={"Authorization": f"Bearer {secrets.token_hex(8)}"}).status_code == 401
    assert shared_emulator.api("GET", path, headers={"Host": "evil.example"}).status_code == 403


def test_the_journal_holds_requests_without_bodies_or_secrets(emulator: EmulatorHandle) -> None:
    """Times, sizes, masked headers; a wrong token is masked wherever it appears."""
    wrong = secrets.token_hex(16)
    emulator.api("GET", f"{V6}/projects", headers={"Authorization": f"Bearer {wrong}", "X-Echo": f"<{wrong}>"})
    emulator.start_script(f"// {emulator.token}\n{scripts.INSTANT}")
    emulator.api("GET", f"{V6}/projects", params={"name": emulator.token})
    entries = emulator.journal()
    assert [entry["status"] for entry in entries[:3]] == [401, 201, 200]
    assert entries[1]["request_bytes"] > 100
    assert all(entry["duration_seconds"] >= 0 and entry["time"].endswith("Z") for entry in entries)
    assert entries[0]["headers"]["x-echo"] == "<***>"
    assert not re.search(f"{wrong}|{emulator.token}", json.dumps(entries))
    emulator.control("DELETE", "journal")
    assert emulator.journal() == []


def test_the_observer_sees_whole_exchanges(emulator: EmulatorHandle) -> None:
    """In-process only: tests search the exchanges for leaks and compare them with the OpenAPI document."""
    body = {"project_id": emulator.project_id, "options": {"vus": 1, "duration": "1s"}}
    emulator.api("POST", f"{V6}/validate_options", json=body)
    exchange = emulator.last_exchange()
    assert (exchange.method, exchange.status) == ("POST", 200)
    assert exchange.url == f"{emulator.url}{V6}/validate_options"
    assert json.loads(exchange.request_body) == body
    assert json.loads(exchange.response_body)["vuh_usage"] > 0
    assert ("authorization", f"Bearer {emulator.token}") in exchange.request_headers
    assert dict(exchange.response_headers)["content-type"] == "application/json"


def test_pages_follow_each_other_through_the_next_link(emulator: EmulatorHandle) -> None:
    """Seven load tests in pages of three, each once, in the requested order; the last page has no link."""
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    for name in "gedcfba":
        emulator.api("POST", home, files={"name": (None, name)})
    names, url = [], f"{home}?$top=3&$orderby=name desc&$count=true"
    while url:
        page = emulator.api("GET", url).json()
        assert page["@count"] == 7
        names += [load_test["name"] for load_test in page["value"]]
        url = page.get("@nextLink", "")
        assert url.startswith((emulator.url, "")) if url else True
    assert names == sorted(names, reverse=True)
    assert len(names) == 7


@pytest.mark.parametrize(
    "query",
    ["$top=1001", "$top=-1", "$top=x", "$skip=-1", "$orderby=size", "$orderby=name up", "$count=maybe", "top=1"],
)
def test_bad_paging_is_rejected(shared_emulator: EmulatorHandle, query: str) -> None:
    """Also without the `$`: an unknown name is an error and not ignored."""
    assert shared_emulator.api("GET", f"{V6}/projects?{query}").status_code == 400


def test_a_query_parameter_given_twice_is_rejected(shared_emulator: EmulatorHandle) -> None:
    """It is not defined which of the two values counts."""
    assert shared_emulator.api("GET", f"{V6}/projects?name=a&name=b").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("POST", "validate_options", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "validate_options", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 400),
        ("POST", "validate_options", {"json": {"options": {"x": "x" * 3_000_000}}}, 413),
        ("POST", "projects", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 400),
        ("POST", "projects", {"json": {"name": "x" * 3_000_000}}, 413),
        ("POST", "projects/3101/load_tests", {"json": {"name": "x"}}, 400),
        ("POST", "projects/3101/load_tests", {"files": {"name": (None, "x" * 301)}}, 400),
        ("POST", "projects/3101/load_tests", {"files": {"name": (None, "x"), "k6_version": (None, "two")}}, 400),
        ("POST", "projects/99/load_tests", {"files": {"name": (None, "x")}}, 404),
        ("PUT", "projects", {}, 405),
        ("HEAD", "projects", {}, 405),
        ("PUT", "projects/3101/load_tests", {}, 405),
        ("HEAD", "projects/3101/load_tests", {}, 405),
        ("GET", "load_tests/abc", {}, 404),
        ("GET", "load_tests/abc/script", {}, 404),
        ("GET", "test_runs/-1", {}, 404),
    ],
)
def test_bad_requests_get_the_error_of_their_kind(
    shared_emulator: EmulatorHandle, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    """Always JSON, always with a code that is a string."""
    answer = shared_emulator.api(method, f"{V6}/{path}", **options)
    assert answer.status_code == status
    if method != "HEAD":
        assert isinstance(answer.json()["error"]["code"], str)
    if status == 405:
        assert answer.headers["allow"] == "GET, POST"


def test_the_auth_resource_knows_its_stack_only(shared_emulator: EmulatorHandle) -> None:
    """It validates a token and returns the stack ID for a URL."""
    stack = shared_emulator.emulator.stack_url
    answer = shared_emulator.api("GET", f"{V6}/auth", headers={"X-Stack-Url": f"{stack}/"}).json()
    assert answer == {"stack_id": 4711, "default_project_id": shared_emulator.project_id}
    for url in ("https://other.grafana.net", ""):
        assert shared_emulator.api("GET", f"{V6}/auth", headers={"X-Stack-Url": url}).status_code == 403


def test_a_port_in_use_is_a_settings_error() -> None:
    """The port is a setting, so its error is SettingsError."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        config = wheel_config(port=holder.getsockname()[1])
        with pytest.raises(SettingsError, match="port"), emulator_in_thread(config):
            raise AssertionError("it must not start")


def test_an_error_of_the_block_is_raised_unchanged() -> None:
    """It is not wrapped into an exception group, and the port is free again."""

    async def fail() -> int:
        async with running_emulator(wheel_config()) as emulator:
            raise LookupError(str(emulator.port))

    with pytest.raises(LookupError) as caught:
        anyio.run(fail)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", int(str(caught.value))))


def test_the_end_waits_for_no_client() -> None:
    """Open websockets, held polls and running scripts are all stopped within moments."""
    with contextlib.ExitStack() as clients:
        with emulator_in_thread(wheel_config(abort_grace_seconds=0.5)) as emulator:
            run_id = emulator.start_script(scripts.ENDLESS)
            emulator.wait_for_status(run_id, "running")
            log = clients.enter_context(tail(emulator, run_id))
            log.recv(timeout=PATIENCE_SECONDS)
            begun = time.monotonic()
        assert time.monotonic() - begun < PATIENCE_SECONDS


def test_the_environment_selects_this_emulator(emulator: EmulatorHandle) -> None:
    """All variables with which k6 1.x and 2.x use it as the cloud."""
    environ = emulator.environment()
    for name in ("K6_CLOUD_HOST", "K6_CLOUD_HOST_V6", "K6_CLOUD_LOGS_TAIL_URL"):
        assert "://127.0.0.1:" in environ[name]
    assert environ["K6_CLOUD_TOKEN"] == emulator.token
    assert environ["K6_CLOUD_STACK_ID"].isdigit()
    assert environ["K6_NO_USAGE_REPORT"] == "true"
    assert emulator.token not in repr(emulator.emulator)
