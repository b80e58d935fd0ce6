"""The log tail: a websocket that sends the log of a run as Loki does.

Source: cloudapi/logs.go of grafana/k6 v1.1.0. It follows the run until the client disconnects or the emulator stops.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import anyio
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from k6ci.emulator.http_error import HttpError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.websockets import WebSocket

    from k6ci.emulator.log_buffer import LogBuffer, LogLine
    from k6ci.emulator.services import EmulatorServices

_QUERY = re.compile(r'\{\s*test_run_id\s*=\s*"(\d{1,18})"\s*\}')
_POLICY_VIOLATION = 1008
_FRAME_LINES = 500
_DIGITS = 20


def routes(services: EmulatorServices) -> list[WebSocketRoute]:
    """Return the route of the log tail, at the path of the real service."""

    async def tail(websocket: WebSocket) -> None:
        found = _QUERY.fullmatch(websocket.query_params.get("query", ""))
        start = websocket.query_params.get("start", "0")
        try:
            run = services.state.run(int(found[1]) if found else 0)
        except HttpError:
            await websocket.close(_POLICY_VIOLATION)
            return
        await websocket.accept()
        seen = max(0, int(start) - 1) if start.isascii() and start.isdigit() and len(start) < _DIGITS else 0
        async with anyio.create_task_group() as group:
            group.start_soon(_send_lines, websocket, run.log, seen)
            await _until_closed(websocket)
            group.cancel_scope.cancel()

    return [WebSocketRoute("/api/v1/tail", tail)]


async def _until_closed(websocket: WebSocket) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return


async def _send_lines(websocket: WebSocket, log: LogBuffer, seen: int) -> None:
    while True:
        await log.wait_for_more(seen)
        lines = log.after(seen)[:_FRAME_LINES]
        dropped = [{"labels": dict(lines[0].labels), "timestamp": str(lines[0].nanoseconds - 1)}]
        frame = {"streams": streams_of(lines), "dropped_entries": dropped if log.has_dropped_after(seen) else None}
        seen = lines[-1].nanoseconds
        try:
            await websocket.send_text(json.dumps(frame))
        except (WebSocketDisconnect, RuntimeError):
            return


def streams_of(lines: Sequence[LogLine]) -> list[dict[str, object]]:
    """Return Loki streams, one for each sequence of lines with the same labels; the order of the lines is kept."""
    return [
        {"stream": dict(key), "values": [[str(line.nanoseconds), line.message] for line in group]}
        for key, group in itertools.groupby(lines, key=lambda line: tuple(line.labels.items()))
    ]
