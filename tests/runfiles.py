"""Entries of run files for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from k6ci.runs.run_record import RunEntry


def entry_of(api: str, **more: Any) -> RunEntry:
    """An entry of a run on some cloud."""
    fields: dict[str, Any] = {
        "script": "a.js",
        "stack_id": 4711,
        "project_id": 1,
        "load_test_id": 1,
        "load_test_name": "n",
        "idempotency_key": "k",
        "start_requested": dt.datetime.now(dt.UTC).isoformat(),
    }
    return RunEntry(api=api, **{**fields, **more})
