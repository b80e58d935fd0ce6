"""The run file (`run.json`): what exists in the cloud because of this process, so that another one can stop it.

Written whole and atomically before the start of each run and after each change. It holds no secret.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import tempfile
from typing import Final

from k6ci.errors import SettingsError

NAME: Final = "run.json"
_SCHEMA_VERSION: Final = 1


@dataclasses.dataclass(frozen=True)
class RunEntry:
    """One run: intended (`run_id` None), started, or ended.

    `start_requested` is RFC 3339 in UTC; the digests are those of `readback.Fingerprint`.
    """

    script: str
    project_id: int
    load_test_id: int
    load_test_name: str
    idempotency_key: str
    start_requested: str
    run_id: int | None = None
    run_url: str | None = None
    has_ended: bool = False
    archive_digest: str = ""
    entry_digest: str = ""


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """The content of a run file: the API origin and stack that the runs belong to, and the runs."""

    api: str
    stack_id: int
    runs: tuple[RunEntry, ...] = ()


class RunFile:
    """Keeps the record of a suite on disk."""

    def __init__(self, path: pathlib.Path, api: str, stack_id: int) -> None:
        self.path = path
        self._record = RunRecord(api, stack_id)
        self._write()

    @property
    def started(self) -> tuple[RunEntry, ...]:
        """The runs that exist in the cloud, in their order."""
        return tuple(entry for entry in self._record.runs if entry.run_id is not None)

    def put(self, entry: RunEntry) -> None:
        """Add a run, or replace the one with the same idempotency key; on disk when this returns."""
        kept = [other for other in self._record.runs if other.idempotency_key != entry.idempotency_key]
        self._record = dataclasses.replace(self._record, runs=(*kept, entry))
        self._write()

    def drop(self, entry: RunEntry) -> None:
        """Forget a run that was never started."""
        kept = [other for other in self._record.runs if other.idempotency_key != entry.idempotency_key]
        self._record = dataclasses.replace(self._record, runs=tuple(kept))
        self._write()

    def _write(self) -> None:
        document = {"schema_version": _SCHEMA_VERSION, **dataclasses.asdict(self._record)}
        write_atomically(self.path, json.dumps(document, indent=2) + "\n")


def read_record(path: pathlib.Path) -> RunRecord:
    """The record of another process.

    Raises:
        SettingsError: no such file, or not a run file of a version that we know.
    """
    remedy = "Name the run.json of the report directory, or the id of the test run."
    try:
        document = json.loads(path.read_bytes())
        if document.pop("schema_version") != _SCHEMA_VERSION:
            raise SettingsError(f"{path} was written by another version of k6ci.", remedy)
        runs = tuple(RunEntry(**entry) for entry in document.pop("runs"))
        return RunRecord(runs=runs, **document)
    except OSError as error:
        raise SettingsError(f"The run file {path} cannot be read: {error.strerror}.", remedy) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(f"{path} is not a run file.", remedy) from None


def write_atomically(path: pathlib.Path, text: str) -> None:
    """Replace a file as a whole: a reader, or a crash, sees the old content or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        pathlib.Path(temporary).chmod(0o644)
        pathlib.Path(temporary).replace(path)
    except BaseException:
        pathlib.Path(temporary).unlink(missing_ok=True)
        raise
