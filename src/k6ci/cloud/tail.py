"""The log tail: what a script logs while it runs in the cloud, over a websocket (Loki's tail format).

The token goes to the tail's origin in one header; a redirect is not followed. Facts: k6 v2.2.0, cloudapi/logs.go.
Frames, lines and numbers are bounded, and others get a turn between them: a flood keeps no other task waiting.
"""

from __future__ import annotations

import dataclasses
import time
import urllib.parse
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Final

import anyio.lowlevel
import websockets.asyncio.client
import websockets.exceptions

import k6ci
from k6ci import strict_json
from k6ci.cloud.failures import CertificateError, NoAnswerError
from k6ci.net.tls import certificate_problem, trusting_context
from k6ci.settings.parse import is_loopback

_OPEN_SECONDS: Final = 10.0
_MAX_FRAME: Final = 2**20
_QUEUED_FRAMES: Final = 4
_LINES_A_TURN: Final = 100
_LONGEST_LINE: Final = 2000
_LONGEST_LEVEL: Final = 20
_MAX_TIME: Final = 2**63 - 1
# The share of a connection's time that reading frames may cost, beside a second at its start.
_MAX_SHARE: Final = 0.2
_FREE_SECONDS: Final = 1.0
_LONGEST_TURN: Final = 0.1
_PIECE_BYTES: Final = 2**12


@dataclasses.dataclass(frozen=True)
class LogLine:
    """One line of a script's log, printable and cut to 2000 characters; `at` is nanoseconds since the epoch."""

    level: str
    message: str
    at: int = 0


class FloodError(NoAnswerError):
    """The tail sends more than can be read meanwhile; a retry would not change that."""

    @property
    def is_transient(self) -> bool:
        """Never."""
        return False


class _Connection(websockets.asyncio.client.ClientConnection):
    """Closes a connection whose frames (pings, too, which are not seen here) cost more time than they may."""

    is_flooded = False
    _spent = _since = 0.0

    def data_received(self, data: bytes) -> None:
        """Read what came in pieces, and stop in the middle of a flood."""
        begun = time.thread_time()  # processor time: a busy machine is not the server's fault
        self._since = self._since or time.monotonic()
        allowed = _FREE_SECONDS + _MAX_SHARE * (time.monotonic() - self._since)
        for at in range(0, len(data), _PIECE_BYTES):
            super().data_received(data[at : at + _PIECE_BYTES])
            turn = time.thread_time() - begun
            if turn > _LONGEST_TURN or self._spent + turn > allowed:
                self.is_flooded = True
                self.transport.abort()
                return
        self._spent += time.thread_time() - begun


class _Connect(websockets.asyncio.client.connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Refuse redirects: the token is sent to one origin only."""
        return exc


async def tail_log(
    url: str, token: str, run_id: int, since_nanoseconds: int, opened: Callable[[], None]
) -> AsyncGenerator[LogLine, None]:
    """The lines of a run from a moment on (nanoseconds since the epoch), as they come; ends with the connection.

    `opened` is called when the connection is there, which may be long before the first line.

    Raises:
        NoAnswerError: no connection, or none any more.
    """
    doing = "tailing the log"
    connection: Any = None
    query = urllib.parse.urlencode({"query": f'{{test_run_id="{run_id}"}}', "start": str(since_nanoseconds)})
    parts = urllib.parse.urlsplit(url)
    try:
        async with _Connect(
            f"{url}?{query}",
            additional_headers={"Authorization": f"token {token}", "X-K6testrun-Id": str(run_id)},
            user_agent_header=f"k6ci/{k6ci.__version__}",
            open_timeout=_OPEN_SECONDS,
            close_timeout=1,
            max_size=_MAX_FRAME,
            max_queue=_QUEUED_FRAMES,
            create_connection=_Connection,
            compression=None,  # the size of a compressed frame is not limited
            ssl=trusting_context() if parts.scheme == "wss" else None,
            proxy=None if is_loopback(parts.hostname) else True,
        ) as connection:
            opened()
            async for frame in connection:
                for number, line in enumerate(lines_of(frame)):
                    if number % _LINES_A_TURN == 0:
                        await anyio.lowlevel.checkpoint()
                    yield line
                await anyio.lowlevel.checkpoint()
    # ImportError, ValueError: a proxy of the environment that websockets cannot use.
    except (OSError, ImportError, ValueError, websockets.exceptions.WebSocketException) as error:
        if problem := certificate_problem(error):
            raise CertificateError(doing, problem) from None
        if connection is not None and connection.is_flooded:
            raise FloodError(doing, "it sends more than can be read") from None
        raise NoAnswerError(doing, f"no log tail: {type(error).__name__}") from None


def lines_of(frame: str | bytes) -> Iterator[LogLine]:
    """The lines of one frame; what is not in Loki's format has none."""
    try:
        document = strict_json.loads(frame.encode() if isinstance(frame, str) else frame)
        streams = document["streams"]
    except (ValueError, KeyError, TypeError):
        return
    for stream in streams if isinstance(streams, list) else ():
        try:
            level, values = str(stream["stream"].get("level", "info"))[:_LONGEST_LEVEL], stream["values"]
        except (KeyError, TypeError, AttributeError):
            continue
        for value in values if isinstance(values, list) else ():
            if (line := _line(level, value)) is not None:
                yield line


def _line(level: str, value: Any) -> LogLine | None:
    try:
        at = int(value[0])
        if not 0 <= at <= _MAX_TIME:
            return None
        return LogLine(_printable(level), _printable(str(value[1])), at)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return None


def _printable(text: str) -> str:
    """No control characters: a script cannot forge sections, colours or lines of the job's log."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST_LINE])
