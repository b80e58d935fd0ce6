"""Finds runs that no process watches: one whose start was never answered, and those of earlier attempts of a CI job.

A run is only found by its load test, its time, its script and its note together, so that it is never another job's.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import TestRun
from k6ci.runs.run_note import Job, is_of_earlier_attempt, run_note_in
from k6ci.runs.run_record import RunEntry
from k6ci.runs.script_verification import Fingerprint, executes

# No cloud run lasts longer; listing more would only cost time.
_RECENT: Final = dt.timedelta(days=2)
_MAX_CANDIDATES: Final = 10


async def lost_runs(client: CloudClient, entry: RunEntry) -> list[TestRun]:
    """The runs that the request of an entry may have started; several when it cannot be determined which.

    Of its load test, since its moment, of its script, and with a note of its key, or with none: the note
    is written after the answer.

    Raises:
        CallError, OSError: the cloud does not say.
        ValueError: the moment of the entry is none.
    """
    requested = dt.datetime.fromisoformat(entry.start_requested)
    found = (await client.runs_since(entry.load_test_id, requested))[:_MAX_CANDIDATES]
    noted = [(run, run_note_in(run.note)) for run in found]
    ours = [run for run, note in noted if note is not None and note.key == entry.idempotency_key]
    if ours:
        return ours
    script = Fingerprint(entry.archive_digest, entry.entry_digest)
    return [run for run, note in noted if note is None and await executes(client, run.id, script)]


async def surely_ours(client: CloudClient, entry: RunEntry, run: TestRun) -> TestRun | None:
    """The run that was started: the one that the start's answer named, if the load test has it, or the one found.

    None when the load test has neither, so that what was named may be anybody's run.

    Raises:
        CallError, OSError, ValueError: the cloud does not say.
    """
    listed = await client.runs_since(entry.load_test_id, dt.datetime.fromisoformat(entry.start_requested))
    if any(one.id == run.id for one in listed):
        return run
    found = await lost_runs(client, entry)
    return found[0] if len(found) == 1 else None


async def stale_runs(client: CloudClient, job: Job, now: dt.datetime) -> list[TestRun]:
    """The runs that earlier attempts of this job have started and that go on, by their notes.

    Raises:
        CallError: the runs cannot be listed.
    """
    recent = await client.recent_runs(now - _RECENT)
    return [run for run in recent if not run.is_terminal and is_of_earlier_attempt(run.note, job)]
