"""The responses of faults: an error document, or the captured response of the route with a defect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.responses import Response

from k6ci.emulator.faults import Fault, FaultKind
from k6ci.emulator.http_error import error_body
from k6ci.emulator.json_documents import FiniteJSONResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Message


class CapturedResponse:
    """An ASGI `send` that captures a response instead of sending it."""

    def __init__(self) -> None:
        self._status = 200
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Capture one message of the response."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = dict(Headers(raw=message["headers"]).items())
        else:
            self._body += message.get("body", b"")

    def with_fault(self, fault: Fault, choose: Callable[[Sequence[str]], str]) -> Response:
        """Return the captured response with the defect of a fault; `choose` picks a key when the fault names none."""
        body, media_type = bytes(self._body), self._headers.get("content-type", "application/json")
        if fault.kind is FaultKind.CONTENT_TYPE:
            media_type = "text/html; charset=utf-8"
        elif fault.kind is FaultKind.MALFORMED:
            body = body[: len(body) // 2]
        elif fault.kind is FaultKind.MISSING_KEYS:
            body = _without_keys(body, fault.request.keys, choose)
        # RFC 9110 8.6: a response without a body has no content type.
        return Response(body, self._status, {"content-type": media_type} if body else None)


def fault_response(fault: Fault, request_headers: Headers) -> Response:
    """Return the error document of a fault of the kind `status`."""
    retry = fault.request.retry_after_seconds
    headers = None if retry is None else {"retry-after": str(retry)}
    echo = f" You sent: {request_headers.get('authorization', 'nothing')}" if fault.request.echo else ""
    body = error_body(fault.request.status, f"A fault is configured for this request.{echo}")
    return FiniteJSONResponse(body, fault.request.status, headers)


def _without_keys(body: bytes, keys: Sequence[str], choose: Callable[[Sequence[str]], str]) -> bytes:
    """Remove keys from a JSON body (`cost.total_vuh` is a nested key, lists are searched); keep other bodies."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    for key in keys or ([choose(sorted(document))] if isinstance(document, dict) and document else []):
        _drop(document, key.split("."))
    return json.dumps(document).encode()


def _drop(part: Any, path: Sequence[str]) -> None:
    if isinstance(part, list):
        for item in part:
            _drop(item, path)
    elif isinstance(part, dict):
        if len(path) == 1:
            part.pop(path[0], None)
        else:
            _drop(part.get(path[0]), path[1:])
