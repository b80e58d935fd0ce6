"""Which earlier runs of a load test a run is compared with, and why others are not. Pure.

The history are runs of the default branch, by the notes that k6ci wrote. Runs that confirmed another one are no part of
it: they resemble the run that they confirmed more than runs of other days do.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Final

from k6ci.cloud.models import TestRun
from k6ci.runs.run_note import Revision, run_note_in

_MAJOR_MINOR: Final = re.compile(r"v?(\d+\.\d+)(?:\.|\Z|[-+])")
_EARLIEST: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
OTHER_OPTIONS: Final = "with other options"
OTHER_K6: Final = "with another version of k6"
ENDED_EARLY: Final = "ended early"
OVERLOADED: Final = "with overloaded load generators"
WITHOUT_METRICS: Final = "without metrics"


@dataclasses.dataclass(frozen=True)
class Selection:
    """The comparable runs, oldest first, what each executed, and why others are not comparable, with their number."""

    runs: tuple[TestRun, ...] = ()
    revisions: tuple[Revision, ...] = ()
    ignored: tuple[tuple[str, int], ...] = ()


def is_same_k6(one: TestRun, other: TestRun) -> bool:
    """Whether two runs used the same k6 by major and minor version, as far as the cloud tells."""
    ours, theirs = _major_minor(one), _major_minor(other)
    return not ours or not theirs or ours == theirs


def select(new: TestRun, revision: Revision, earlier: Iterable[TestRun], *, limit: int) -> Selection:
    """The newest `limit` comparable runs of the default branch that were created before the new one.

    Which k6 the new run uses is known later (`is_same_k6`).

    Args:
        new: the run to compare, which may have just started.
        revision: what it executes.
        earlier: the runs of its load test, in any order.
        limit: the maximum number of runs.
    """
    found: list[tuple[TestRun, Revision]] = []
    ignored: collections.Counter[str] = collections.Counter()
    for run in sorted(earlier, key=lambda one: one.created or _EARLIEST):
        note = run_note_in(run.note)
        if run.id == new.id or note is None or not _is_before(run, new):
            continue
        if not note.revision.is_default_branch or note.revision.is_confirmation:
            continue
        reason = _reason(run, note.revision, revision)
        if reason is None:
            found.append((run, note.revision))
        elif reason:
            ignored[reason] += 1
    kept = found[-limit:]
    return Selection(
        tuple(run for run, _ in kept), tuple(one for _, one in kept), tuple(sorted(ignored.items(), key=_by_count))
    )


def newest_starred(new: TestRun, earlier: Iterable[TestRun]) -> TestRun | None:
    """The newest starred run before the new one, whatever it executed: somebody chose it."""
    starred = [
        run
        for run in earlier
        if run.is_starred and run.id != new.id and run.status == "completed" and _is_before(run, new)
    ]
    return max(starred, key=lambda one: one.created or _EARLIEST, default=None)


def ignored_sentence(ignored: Sequence[tuple[str, int]]) -> str:
    """`Not compared: 2 runs with other options, 1 run ended early.`; empty if nothing was ignored."""
    listed = ", ".join(f"{count} {'run' if count == 1 else 'runs'} {why}" for why, count in ignored)
    return f"Not compared: {listed}." if listed else ""


def _by_count(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _is_before(run: TestRun, new: TestRun) -> bool:
    return run.created is None or new.created is None or run.created <= new.created


def _reason(run: TestRun, executed: Revision, wanted: Revision) -> str | None:
    """Why a run is not comparable; None if it is, empty if it is not worth a word, because it still runs."""
    if not run.is_terminal:
        return ""
    if run.status != "completed" or run.result not in ("passed", "failed"):
        return ENDED_EARLY
    if not wanted.options or not wanted.options.startswith(executed.options or "-"):
        return OTHER_OPTIONS
    return None


def _major_minor(run: TestRun) -> str:
    found = _MAJOR_MINOR.match((run.k6_versions or {}).get("k6", ""))
    return found[1] if found else ""
