"""What a k6 process wrote: kept in bounded memory, and its last message."""

from __future__ import annotations

import json

MESSAGE_LIMIT = 2_000
OUTPUT_LIMIT_BYTES = 8 << 20


class Tail:
    """The last bytes of an output, in bounded memory."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        self._kept += chunk
        if len(self._kept) > 2 * OUTPUT_LIMIT_BYTES:
            del self._kept[:-OUTPUT_LIMIT_BYTES]

    @property
    def data(self) -> bytes:
        """What was kept."""
        return bytes(self._kept)


def last_message(text: bytes) -> str:
    """The last line of a JSON log, or the line itself when it is something else."""
    lines = text.decode(errors="replace").strip().splitlines()
    if not lines:
        return ""
    try:
        return str(json.loads(lines[-1])["msg"])[:MESSAGE_LIMIT]
    except (ValueError, KeyError, TypeError, RecursionError):
        return lines[-1][:MESSAGE_LIMIT]
