"""Idempotency keys: a request that repeats a key within ten minutes gets the id that the first request created."""

from __future__ import annotations

import datetime as dt

KEPT = dt.timedelta(minutes=10)
KEYS_LIMIT = 10_000


class IdempotencyKeys:
    """Created ids by operation and idempotency key."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], tuple[dt.datetime, int]] = {}

    def find(self, what: str, key: str | None, now: dt.datetime) -> int | None:
        """Return the id that the first request with that key created, or None."""
        if key is None:
            return None
        earlier, made = self._ids.get((what, key), (now - KEPT, 0))
        return made if now - earlier < KEPT else None

    def keep(self, what: str, key: str | None, made: int, now: dt.datetime) -> None:
        """Remember the id that a request created."""
        if key is None:
            return
        if len(self._ids) >= KEYS_LIMIT:
            self._ids = {known: one for known, one in self._ids.items() if now - one[0] < KEPT}
        if len(self._ids) < KEYS_LIMIT:
            self._ids[what, key] = (now, made)
