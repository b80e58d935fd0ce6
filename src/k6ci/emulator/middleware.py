"""The ASGI middleware around all routes: Host check, faults, authentication, request journal and observer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from k6ci.emulator.authentication import presented_token
from k6ci.emulator.config import Exchange
from k6ci.emulator.fault_responses import CapturedResponse, fault_response
from k6ci.emulator.faults import Fault, FaultKind
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.json_documents import FiniteJSONResponse
from k6ci.emulator.script import SIZE_LIMIT_BYTES
from k6ci.emulator.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from k6ci.emulator.authentication import Authenticator
    from k6ci.emulator.connections import Connections
    from k6ci.emulator.services import EmulatorServices

_UNAUTHORIZED = 401
_CONTROL = "/_emulator"
# Above the limit of every route; up to it, routes respond with 413 while the client still reads.
REQUEST_LIMIT_BYTES = SIZE_LIMIT_BYTES + 10_000_000


@dataclass
class _Traffic:
    """What was received and sent for one request. Bodies are kept only for an observer."""

    keeps_bodies: bool
    request_body: bytearray = field(default_factory=bytearray)
    response_body: bytearray = field(default_factory=bytearray)
    request_bytes: int = 0
    response_bytes: int = 0
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False
    is_whole: bool = False
    on_end: Callable[[], None] | None = None

    def end(self) -> None:
        """Record the exchange, once: before the last byte is sent, so that the client finds it in the journal."""
        if self.on_end is not None:
            on_end, self.on_end = self.on_end, None
            on_end()

    def received(self, message: Message) -> None:
        body = message.get("body", b"")
        self.is_whole = not message.get("more_body", False)
        self.request_bytes += len(body)
        if self.keeps_bodies:
            self.request_body += body

    def sent(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.response_headers = tuple(Headers(raw=message["headers"]).items())
        elif message["type"] == "websocket.accept":
            self.status = 101
        elif message["type"] in {"http.response.body", "websocket.send"}:
            body = message.get("body") or (message.get("text") or "").encode()
            self.response_bytes += len(body)
            if self.keeps_bodies:
                self.response_body += body
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self.end()
        elif message["type"] == "websocket.close" and self.status is None:
            self.status = 403  # the status that uvicorn sends for a close before the accept


class RequestMiddleware:
    """Wraps the application."""

    def __init__(
        self, app: ASGIApp, services: EmulatorServices, authenticator: Authenticator, connections: Connections
    ) -> None:
        self._app = app
        self._services = services
        self._authenticator = authenticator
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request and record it."""
        clock, observer = self._services.clock, self._services.config.observer
        headers, begun, now = Headers(scope=scope), clock.monotonic(), clock.now()
        secret = presented_token(headers)
        if secret:
            self._services.journal.learn_secret(secret)
        traffic = _Traffic(keeps_bodies=observer is not None)
        method, path = scope.get("method", "GET"), scope["path"]
        is_control, has_reached = path.startswith(_CONTROL), self._services.state.has_reached
        fault = None if is_control else self._services.faults.hit(method, path, has_reached)

        def record() -> None:
            self._services.journal.add(
                time=format_timestamp(now),
                method=method,
                path=path,
                query=scope.get("query_string", b"").decode("latin-1"),
                headers=headers.items(),
                status=None if traffic.is_cut else traffic.status,
                duration_seconds=clock.monotonic() - begun,
                request_bytes=traffic.request_bytes,
                response_bytes=traffic.response_bytes,
                fault=None if fault is None else fault.kind.value,
            )
            if observer is not None:
                observer(_exchange(method, scope, headers, traffic))

        traffic.on_end = record
        try:
            # A request is cancelled only when the emulator stops, after its connection was cut; nobody could receive a
            # response. The same holds when a client disconnects in the middle of its request.
            with contextlib.suppress(anyio.get_cancelled_exc_class(), ClientDisconnect):
                receive = self._recording_receive(scope, receive, traffic)
                await self._handle(scope, receive, _recording_send(scope, receive, send, traffic), fault, traffic)
        finally:
            traffic.end()

    async def _handle(self, scope: Scope, receive: Receive, send: Send, fault: Fault | None, traffic: _Traffic) -> None:
        if fault is not None:
            if fault.kind is not FaultKind.LATE:
                await self._services.clock.sleep(fault.request.delay_seconds)
            if fault.kind is FaultKind.CUT_BEFORE:
                await self._cut(scope, receive, traffic)
                return
        headers = Headers(scope=scope)
        try:
            self._authenticator.check_host(headers)
            if fault is not None and fault.kind is FaultKind.STATUS:
                await _respond(scope, receive, send, fault_response(fault, headers))
                return
            self._authenticator.check(scope["path"], headers)
        except HttpError as error:
            await _respond(scope, receive, send, error_response(error))
            return
        if fault is None or fault.kind is FaultKind.DELAY:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._cut(scope, receive, traffic)  # a websocket has no single response
        else:
            await self._respond_with_fault(scope, receive, send, fault, traffic)

    async def _respond_with_fault(
        self, scope: Scope, receive: Receive, send: Send, fault: Fault, traffic: _Traffic
    ) -> None:
        """Handle the request, and send the captured response late, with a defect, or not at all."""
        captured = CapturedResponse()
        await self._app(scope, receive, captured)
        if fault.kind is FaultKind.CUT_AFTER:
            await self._cut(scope, receive, traffic)
            return
        if fault.kind is FaultKind.LATE:
            await self._services.clock.sleep(fault.request.delay_seconds)
        await _respond(scope, receive, send, captured.with_fault(fault, self._services.faults.choose))

    def _recording_receive(self, scope: Scope, receive: Receive, traffic: _Traffic) -> Receive:
        """Wrap `receive` with limits of size and time; the connection is cut when the body exceeds one."""
        deadline = self._services.clock.monotonic() + self._services.config.body_seconds

        async def recording() -> Message:
            if scope["type"] != "http" or traffic.is_whole:
                return await receive()
            message: Message = {"type": "http.disconnect"}
            with anyio.move_on_after(deadline - self._services.clock.monotonic()) as waiting:
                message = await receive()
            traffic.received(message)
            if waiting.cancelled_caught or traffic.request_bytes > REQUEST_LIMIT_BYTES:
                traffic.is_cut = True
                self._connections.cut(scope.get("client"))
                return {"type": "http.disconnect"}
            return message

        return recording

    async def _cut(self, scope: Scope, receive: Receive, traffic: _Traffic) -> None:
        traffic.is_cut = True
        traffic.end()
        self._connections.cut(scope.get("client"))
        while (await receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
            continue


def error_response(error: HttpError) -> Response:
    """Return the response of an HttpError."""
    headers = {"www-authenticate": "Bearer"} if error.status == _UNAUTHORIZED else {}
    if error.retry_after_seconds is not None:
        headers["retry-after"] = str(error.retry_after_seconds)
    return FiniteJSONResponse(error.body(), error.status, headers)


def _recording_send(scope: Scope, receive: Receive, send: Send, traffic: _Traffic) -> Send:
    """Wrap `send`: the request is read to its end first, so that a client that is still writing gets the response."""

    async def recording(message: Message) -> None:
        while scope["type"] == "http" and not traffic.is_whole:
            await receive()
        traffic.sent(message)
        await send(message)

    return recording


async def _respond(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await response(scope, receive, send)


def _exchange(method: str, scope: Scope, headers: Headers, traffic: _Traffic) -> Exchange:
    query = scope.get("query_string", b"").decode("latin-1")
    raw: Any = scope.get("raw_path") or scope["path"].encode()
    url = f"{scope['scheme']}://{headers.get('host', '')}{raw.decode('latin-1')}{'?' if query else ''}{query}"
    return Exchange(
        method=method,
        url=url,
        request_headers=tuple(headers.items()),
        request_body=bytes(traffic.request_body),
        status=None if traffic.is_cut else traffic.status,
        response_headers=traffic.response_headers,
        response_body=bytes(traffic.response_body),
    )
