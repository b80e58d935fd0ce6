"""Keeps the run file (`run.json`): the runs that this process started, so that another one can stop or watch them.

Written whole and atomically before the start of each run and after each change. Runs of other processes in the same
folder stay in it until they have ended.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import pathlib
from collections.abc import Collection, Sequence
from typing import Final

from k6ci.errors import SettingsError
from k6ci.runs.folderlock import is_live, locked_folder
from k6ci.runs.run_record import RunEntry, UnverifiedError, parsed_record, read_content, read_record, write_record
from k6ci.runs.seal import Seal

_LONGEST_RUN: Final = dt.timedelta(days=2)


class RunFile:
    """Keeps the runs of this process in the file, beside those of others that have not ended."""

    def __init__(self, path: pathlib.Path, seal: Seal, *, root: pathlib.Path, place: int = 1) -> None:
        self.path, self.place = path, place
        self._seal, self._root = seal, root
        self._own: dict[str, RunEntry] = {}
        self._dropped: set[str] = set()
        self._others: list[RunEntry] = []
        self._written = b""
        self.warnings: tuple[str, ...] = ()
        with locked_folder(path.parent):
            self._adopt()
            self._write()

    @property
    def started(self) -> tuple[RunEntry, ...]:
        """The runs of this process that exist in the cloud, in their order."""
        return tuple(entry for entry in self._own.values() if entry.run_id is not None)

    def put(self, entry: RunEntry) -> None:
        """Add a run, or replace the one with the same idempotency key; on disk when this returns."""
        self._own[entry.idempotency_key] = entry
        self._others = [other for other in self._others if other.idempotency_key != entry.idempotency_key]
        self._save()

    def drop(self, entry: RunEntry) -> None:
        """Forget a run that was never started."""
        self._own.pop(entry.idempotency_key, None)
        self._dropped.add(entry.idempotency_key)
        self._save()

    def _save(self) -> None:
        with locked_folder(self.path.parent):
            # Gone, or changed by another program: what is known is written again.
            with contextlib.suppress(SettingsError):
                content = read_content(self.path, root=self._root)
                if content != self._written:
                    self._others = self._others_in(content)
            self._write()

    def _others_in(self, content: bytes) -> list[RunEntry]:
        found = parsed_record(self.path, content, self._seal)
        known = self._own.keys() | self._dropped
        return [entry for entry in found if entry.idempotency_key not in known]

    def _adopt(self) -> None:
        """Take over what an earlier process has left; a file that cannot be verified is renamed, and ignored."""
        if not os.path.lexists(self.path):
            return
        try:
            content = read_content(self.path, root=self._root)
            self._others = [entry for entry in self._others_in(content) if _is_open(entry) or self._is_live(entry)]
        except UnverifiedError as error:
            self.warnings = (*_named(error.runs, "another CI job"), self._put_aside(error))
        except SettingsError as error:
            self.warnings = (self._put_aside(error),)
        self.warnings += _named([entry for entry in self._others if not self._is_live(entry)], "an earlier k6ci")

    def _is_live(self, entry: RunEntry) -> bool:
        return entry.place != self.place and is_live(self.path.parent, entry.place)

    def _put_aside(self, error: SettingsError) -> str:
        aside = self.path.with_name("run.old.json")
        with contextlib.suppress(OSError):
            self.path.replace(aside)
        return f"{error.cause} It was ignored, and is kept as {aside.name}."

    def _write(self) -> None:
        self._written = write_record(self.path, (*self._others, *self._own.values()), self._seal, self._root)


def note_ended(path: pathlib.Path, run_ids: Collection[int], seal: Seal, *, root: pathlib.Path) -> None:
    """Note in a run file that these runs have ended; a file that cannot be changed stays as it is."""
    with contextlib.suppress(OSError, SettingsError), locked_folder(path.parent):
        runs = read_record(path, seal, root=root)
        write_record(
            path,
            [dataclasses.replace(run, has_ended=run.has_ended or run.run_id in run_ids) for run in runs],
            seal,
            root,
        )


def _is_open(entry: RunEntry) -> bool:
    """Whether its run may still be running: not when it has ended, or was started longer ago than a run can last."""
    try:
        age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(entry.start_requested)
    except (ValueError, TypeError):
        return not entry.has_ended
    return not entry.has_ended and age < _LONGEST_RUN


def _named(entries: Sequence[RunEntry], whose: str) -> tuple[str, ...]:
    return tuple(
        f"{entry.script}: {whose} left a run that may still be running: {_which(entry)}"
        for entry in entries
        if not entry.has_ended
    )


def _which(entry: RunEntry) -> str:
    if entry.run_id is None:
        return f"look at the load test {entry.load_test_name!r} (id {entry.load_test_id})."
    where = f" ({entry.run_url})" if entry.run_url else ""
    return f"test run {entry.run_id}{where}. `k6ci abort {entry.run_id}` stops it."
