"""The request journal: what was received, when, and the status of its response. No bodies; secrets are masked."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from k6ci.redaction import Redactor

ENTRIES_KEPT = 5_000
TEXT_LIMIT = 2_000
HEADERS_KEPT = 50
LEARNED_SECRETS_LIMIT = 100
MASK = "***"
_ALWAYS_MASKED = frozenset({"authorization", "proxy-authorization", "cookie", "sec-websocket-protocol"})


@dataclass(frozen=True)
class JournalEntry:
    """One request. `status` is None without a response; `fault` is the kind of the fault that hit it, or None."""

    id: int
    time: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    status: int | None
    duration_seconds: float
    request_bytes: int
    response_bytes: int
    fault: str | None

    def describe(self) -> dict[str, object]:
        """Return its JSON."""
        return asdict(self)


class RequestJournal:
    """The last ENTRIES_KEPT requests."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._entries: deque[JournalEntry] = deque(maxlen=ENTRIES_KEPT)
        self._count = 0
        self._learned: set[str] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> list[JournalEntry]:
        """Return the entries, oldest first."""
        return list(self._entries)

    def clear(self) -> None:
        """Delete the entries."""
        self._entries.clear()

    def learn_secret(self, value: str) -> None:
        """Mask a credential that a request presented, valid or not, in all entries from now on."""
        if value not in self._learned and len(self._learned) < LEARNED_SECRETS_LIMIT:
            self._learned.add(value)
            self._redactor.add(value)

    def add(
        self,
        *,
        time: str,
        method: str,
        path: str,
        query: str,
        headers: Iterable[tuple[str, str]],
        status: int | None,
        duration_seconds: float,
        request_bytes: int,
        response_bytes: int,
        fault: str | None,
    ) -> None:
        """Add one request, masked."""

        def mask(text: str) -> str:
            return self._redactor.text(text)[:TEXT_LIMIT]

        self._count += 1
        kept = itertools.islice(headers, HEADERS_KEPT)
        shown = {mask(name): MASK if name in _ALWAYS_MASKED else mask(value) for name, value in kept}
        entry = JournalEntry(
            self._count,
            time,
            mask(method),
            mask(path),
            mask(query),
            shown,
            status,
            round(duration_seconds, 4),
            request_bytes,
            response_bytes,
            fault,
        )
        self._entries.append(entry)
