"""The log tail: what a script says while it runs in the cloud, over a websocket (Loki's tail format).

The token goes to the tail's origin in one header; a redirect is not followed. Facts: k6 v2.2.0, cloudapi/logs.go.
"""

from __future__ import annotations

import dataclasses
import json
import urllib.parse
from collections.abc import AsyncGenerator, Callable
from typing import Final

import websockets.asyncio.client
import websockets.exceptions

import k6ci
from k6ci.cloud.failures import NoAnswerError
from k6ci.settings.parse import is_loopback

_OPEN_SECONDS: Final = 10.0
_LARGEST_FRAME: Final = 2**22
_LONGEST_LINE: Final = 2000


@dataclasses.dataclass(frozen=True)
class LogLine:
    """One line of a script's log, printable and cut to 2000 characters; `at` is nanoseconds since the epoch."""

    level: str
    message: str
    at: int = 0


class _Connect(websockets.asyncio.client.connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """A token does not travel."""
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
    query = urllib.parse.urlencode({"query": f'{{test_run_id="{run_id}"}}', "start": str(since_nanoseconds)})
    host = urllib.parse.urlsplit(url).hostname
    try:
        async with _Connect(
            f"{url}?{query}",
            additional_headers={"Authorization": f"token {token}", "X-K6testrun-Id": str(run_id)},
            user_agent_header=f"k6ci/{k6ci.__version__}",
            open_timeout=_OPEN_SECONDS,
            close_timeout=1,
            max_size=_LARGEST_FRAME,
            proxy=None if is_loopback(host) else True,
        ) as connection:
            opened()
            async for frame in connection:
                for line in _lines(frame):
                    yield line
    # ImportError, ValueError: a proxy of the environment that websockets cannot use.
    except (OSError, ImportError, ValueError, websockets.exceptions.WebSocketException) as error:
        raise NoAnswerError(doing, f"no log tail: {type(error).__name__}") from None


def _lines(frame: str | bytes) -> list[LogLine]:
    """The lines of one frame; what is not Loki's format holds none."""
    try:
        streams = json.loads(frame)["streams"]
        return [
            LogLine(_printable(str(stream["stream"].get("level", "info"))), _printable(str(value[1])), int(value[0]))
            for stream in streams
            for value in stream["values"]
        ]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return []


def _printable(text: str) -> str:
    """No control characters: a script cannot forge sections, colours or lines of the job's log."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST_LINE])
