"""Serves a stand-in of an API on loopback, with faults: what the stand-ins of GitHub and GitLab have in common."""

from __future__ import annotations

import dataclasses
import http.server
import itertools
import json
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from waiting import PATIENCE_SECONDS


@dataclasses.dataclass
class Fault:
    """What happens to the next `times` requests that match, before or after their effect.

    An answer comes after `seconds`, and not before `until` is set.
    """

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    message: str = "Server Error"
    seconds: float = 0.0
    until: threading.Event | None = None
    is_cut: bool = False
    has_effect: bool = False
    times: int = 1_000_000


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    authorization: str
    body: Any


class RefusedError(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class StandIn:
    """The state of an API, and the requests to it. `url` is where `serving` serves it; `answer` is each API's own."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.url = ""
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.next_link: str | None = None
        self._numbers = itertools.count(1001)
        self._lock = threading.RLock()

    def answer(self, request: Request) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body of the answer; the state changes."""
        raise NotImplementedError

    def fault_of(self, request: Request) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method in ("", request.method) and re.search(fault.path, request.path):
                    fault.times -= 1
                    return fault
        return None

    def link_to(self, request: Request, page: int) -> str:
        """The header `Link` of an answer that another page follows, or the one that a test sets."""
        query = urllib.parse.urlencode({**request.query, "page": page})
        return f'<{self.next_link or f"{self.url}{request.path}?{query}"}>; rel="next"'


Served = TypeVar("Served", bound=StandIn)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: StandIn

    def _serve(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        path = url.path.removeprefix(self.state.prefix).replace("/api/graphql", "/graphql")
        request = Request(
            self.command,
            path,
            dict(urllib.parse.parse_qsl(url.query)),
            self.headers.get("Authorization", ""),
            json.loads(content) if content else None,
        )
        self.state.requests.append(request)
        fault = self.state.fault_of(request)
        if fault is not None:
            time.sleep(fault.seconds)
            if fault.until is not None:
                fault.until.wait(PATIENCE_SECONDS)
        if fault is None or fault.has_effect or not (fault.status or fault.is_cut):
            try:
                status, headers, body = self.state.answer(request)
            except RefusedError as refusal:
                status, headers, body = refusal.status, {}, refusal.body
        if fault is not None:
            if fault.is_cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if fault.status:
                status, headers, body = fault.status, fault.headers, {"message": fault.message}
        self._send(status, headers, json.dumps(body).encode())

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": len(content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 -- names of http.server

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that has gone is no error."""


@contextmanager
def serving(state: Served) -> Iterator[Served]:
    """Serve a stand-in on loopback."""
    handler = type("Handler", (_Handler,), {"state": state})
    with _Server(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}{state.prefix}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
