"""The form of the run file (`run.json`): its entries, and how it is read and written.

It has no secret in it, and is sealed: a file that was written with another token, changed, or taken from another CI job
is not obeyed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

import pydantic

from k6ci import files, strict_json
from k6ci.cloud.models import TestRun
from k6ci.errors import SettingsError
from k6ci.runs.plan import RunPlan
from k6ci.runs.seal import KEY, Seal

RUN_FILE_NAME: Final = "run.json"
_SCHEMA_VERSION: Final = 3
# Version 2 has neither the plan of a run nor the moment from which its timeouts count: enough to stop it.
_READABLE_VERSIONS: Final = (2, _SCHEMA_VERSION)
_MAX_BYTES: Final = 8 * 2**20
_REMEDY: Final = "Name the run.json of the report directory, or the ID of the test run."

_Id = Annotated[int, pydantic.Strict(), pydantic.Field(gt=0, lt=2**63)]
_Text = Annotated[str, pydantic.Strict(), pydantic.Field(max_length=4000)]


@pydantic.dataclasses.dataclass(frozen=True, config=pydantic.ConfigDict(extra="forbid"))
class RunEntry:
    """One run: intended (`run_id` None), started, or ended. Moments are RFC 3339 in UTC.

    Attributes:
        api: the origin of the API; with `stack_id`, where the run is.
        start_requested: when its start was first requested.
        archive_digest, entry_digest: of the uploaded script (script_verification.Fingerprint).
        place: the number of its process in the folder (folderlock.py).
        stack_url: for the address of its page.
        timeouts_since: when the start was requested that was answered, from which the timeouts of the plan count.
        plan: what whoever watches and evaluates the run needs to know; None in files of version 2.
    """

    script: _Text
    api: _Text
    stack_id: _Id
    project_id: _Id
    load_test_id: _Id
    load_test_name: _Text
    idempotency_key: _Text
    start_requested: _Text
    run_id: _Id | None = None
    run_url: _Text | None = None
    has_ended: bool = False
    archive_digest: _Text = ""
    entry_digest: _Text = ""
    place: _Id = 1
    stack_url: _Text | None = None
    timeouts_since: _Text | None = None
    plan: RunPlan | None = None

    def of_run(self, run: TestRun) -> RunEntry:
        """The entry of the run that was started, with the address of its page."""
        page = f"{self.stack_url}/a/k6-app/runs/{run.id}" if self.stack_url else None
        return dataclasses.replace(self, run_id=run.id, run_url=run.test_run_details_page_url or page)


class UnverifiedError(SettingsError):
    """A run file that is ignored; `runs` are its open runs if it is valid, but of another CI job."""

    runs: tuple[RunEntry, ...] = ()


def read_record(path: pathlib.Path, seal: Seal, *, root: pathlib.Path) -> tuple[RunEntry, ...]:
    """The runs of a file, if it is one of ours.

    Raises:
        UnverifiedError: it was not written with this token, or for another CI job, or it is no run file at all.
        SettingsError: it cannot be read.
    """
    return parsed_record(path, read_content(path, root=root), seal)


def read_content(path: pathlib.Path, *, root: pathlib.Path) -> bytes:
    """The content of a file, which may be no run file, and too long by a byte.

    Raises:
        UnverifiedError: it is a link or a special file.
        SettingsError: it cannot be read.
    """
    try:
        return files.read_bytes(path, root=root, max_bytes=_MAX_BYTES)
    except files.UnsafePathError as error:
        raise UnverifiedError(f"{error.strerror}.", _REMEDY) from None
    except OSError as error:
        raise SettingsError(f"The run file {path} cannot be read: {error.strerror}.", _REMEDY) from None


def parsed_record(path: pathlib.Path, content: bytes, seal: Seal) -> tuple[RunEntry, ...]:
    """The runs in the content of a file; raises UnverifiedError as `read_record` does."""
    document = _document(path, content)
    if not seal.fits(document):
        raise UnverifiedError(
            f"{path} was not written with this token, or was changed since.",
            "Use the token that its runs were started with, or name the ID of the test run.",
        )
    try:
        runs = _RUNS.validate_python(document["runs"])
    except (pydantic.ValidationError, KeyError):
        raise UnverifiedError(f"{path} is not a run file.", _REMEDY) from None
    if document.get("job") != seal.job:
        of_other_job = UnverifiedError(f"{path} belongs to another CI job ({document.get('job') or 'none'}).", _REMEDY)
        of_other_job.runs = tuple(entry for entry in runs if not entry.has_ended)
        raise of_other_job
    return runs


_RUNS: Final = pydantic.TypeAdapter(tuple[RunEntry, ...])


def _document(path: pathlib.Path, data: bytes) -> dict[str, Any]:
    try:
        document = strict_json.loads(data) if len(data) <= _MAX_BYTES else None
    except ValueError:
        document = None
    if not isinstance(document, dict) or not {"schema_version", "runs"} <= document.keys():
        raise UnverifiedError(f"{path} is not a run file.", _REMEDY)
    if document["schema_version"] not in _READABLE_VERSIONS:
        raise UnverifiedError(f"{path} was written by another version of k6ci.", _REMEDY)
    if KEY not in document:
        raise UnverifiedError(f"{path} has no seal.", _REMEDY)
    return document


def remove_if_ended(path: pathlib.Path, *, root: pathlib.Path) -> None:
    """Remove a run file whose runs have all ended, whoever wrote it: without a use it needs no seal."""
    with contextlib.suppress(OSError, SettingsError):
        runs = _document(path, files.read_bytes(path, root=root, max_bytes=_MAX_BYTES))["runs"]
        if isinstance(runs, list) and all(isinstance(run, dict) and run.get("has_ended") is True for run in runs):
            files.remove(path, root=root)


def write_record(path: pathlib.Path, entries: Sequence[RunEntry], seal: Seal, root: pathlib.Path) -> bytes:
    """Write a sealed run file, atomically; its content."""
    runs = [_values(entry) for entry in entries]
    sealed = seal.sealed({"schema_version": _SCHEMA_VERSION, "job": seal.job, "runs": runs})
    # One run per line: a suite writes all of its runs three times each, and `indent` costs ten times as much.
    rest = json.dumps({name: value for name, value in sealed.items() if name != "runs"}).strip("{}")
    lines = ",\n".join(json.dumps(run) for run in runs)
    content = f'{{{rest}, "runs": [\n{lines}\n]}}\n'.encode()
    files.write_text(path, content, root=root)
    return content


def _values(entry: RunEntry) -> dict[str, Any]:
    """The values of an entry by their names, as `dataclasses.asdict` has them, without copies of what they hold."""
    plan = entry.plan
    if plan is None:
        return vars(entry)
    parts = {"sample_tags": vars(plan.sample_tags), "timeouts": vars(plan.timeouts)}
    return {**vars(entry), "plan": {**vars(plan), **parts}}
