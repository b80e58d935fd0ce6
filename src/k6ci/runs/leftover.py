"""Finds runs that nobody watches: one whose start was never answered, and those of an earlier attempt of a CI job.

Never a stranger's: by its load test, its time, its script and its mark, or not at all.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import TestRun
from k6ci.runs.mark import Job, is_left_over, mark_in
from k6ci.runs.readback import Fingerprint, executes
from k6ci.runs.runfile import RunEntry

# No cloud run lasts longer; listing more would only cost time.
_RECENT: Final = dt.timedelta(days=2)
_MOST_CANDIDATES: Final = 10


async def lost_runs(client: CloudClient, entry: RunEntry) -> list[TestRun]:
    """The runs that the request of an entry may have started; more than one when it cannot be told which.

    Of its load test, since its moment, of its script, and with a mark of its key or (the mark comes after the answer)
    with none at all.

    Raises:
        CallError, OSError: it cannot be found out.
        ValueError: the moment of the entry is none.
    """
    requested = dt.datetime.fromisoformat(entry.start_requested)
    found = (await client.runs_since(entry.load_test_id, requested))[:_MOST_CANDIDATES]
    marks = [(run, mark_in(run.note)) for run in found]
    ours = [run for run, mark in marks if mark is not None and mark.key == entry.idempotency_key]
    if ours:
        return ours
    script = Fingerprint(entry.archive_digest, entry.entry_digest)
    return [run for run, mark in marks if mark is None and await executes(client, run.id, script)]


async def surely_ours(client: CloudClient, entry: RunEntry, run: TestRun) -> TestRun | None:
    """The run that was started: the one that the start's answer named, if the load test has it, or the one found.

    None when the load test has neither, so that what was named may be anybody's run.

    Raises:
        CallError, OSError, ValueError: it cannot be found out.
    """
    listed = await client.runs_since(entry.load_test_id, dt.datetime.fromisoformat(entry.start_requested))
    if any(one.id == run.id for one in listed):
        return run
    found = await lost_runs(client, entry)
    return found[0] if len(found) == 1 else None


async def left_over(client: CloudClient, job: Job, now: dt.datetime) -> list[TestRun]:
    """The runs that earlier attempts of this job have started and that go on, by the marks in their notes.

    Raises:
        CallError: the runs cannot be listed.
    """
    recent = await client.recent_runs(now - _RECENT)
    return [run for run in recent if not run.is_terminal and is_left_over(run.note, job)]
