"""Run files for tests: entries, jobs that write them, and where they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

from k6ci.runs.run_record import RunEntry

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_JOB": "load-test",
}


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


def report_file(k6ci, name: str = "run.json"):
    """The path of a file in the report directory, which exists."""
    folder = k6ci.folder / "k6ci-report"
    folder.mkdir(exist_ok=True)
    return folder / name
