"""Idempotency keys: a request that repeats a key within ten minutes gets the ID that the first one created."""

from __future__ import annotations

import datetime as dt

KEPT = dt.timedelta(minutes=10)
KEYS_LIMIT = 10_000


class IdempotencyKeys:
    """The created ids by operation and idempotency key."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], tuple[dt.datetime, int]] = {}

    def find(self, operation: str, key: str | None, now: dt.datetime) -> int | None:
        """Return the ID that the first request with this key created; None for an unknown or absent key."""
        if key is None:
            return None
        created, created_id = self._ids.get((operation, key), (now - KEPT, 0))
        return created_id if now - created < KEPT else None

    def keep(self, operation: str, key: str | None, created_id: int, now: dt.datetime) -> None:
        """Store the ID that a request created; nothing without a key."""
        if key is None:
            return
        if len(self._ids) >= KEYS_LIMIT:
            self._ids = {known: one for known, one in self._ids.items() if now - one[0] < KEPT}
        if len(self._ids) < KEYS_LIMIT:
            self._ids[operation, key] = (now, created_id)
