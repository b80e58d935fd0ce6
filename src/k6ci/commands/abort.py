"""`k6ci abort`: stops a run from another process: by its run file, by its id, or what an earlier attempt has left."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from typing import Annotated, Final

import anyio
import typer

from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.stop_runs import stop_runs
from k6ci.errors import ExitCode, SettingsError, combined
from k6ci.preflight.token import check_token
from k6ci.runs.run_file import RUN_FILE_NAME, RunEntry, UnverifiedError, note_ended, read_record
from k6ci.runs.run_note import Job
from k6ci.runs.seal import Seal
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve


def abort(
    context: AppContext,
    raw_inputs: RawInputs,
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN_FILE|RUN_ID]", help="Run file or run id. Default: run.json in the report folder."),
    ] = None,
    *,
    is_stale: Annotated[
        bool, typer.Option("--stale", help="Stop runs that earlier attempts of this CI job left running.")
    ] = False,
) -> CommandResult:
    """Stop what `run` names: a run id, a run file, or (None) the run file of the report directory.

    With `is_stale`: what earlier attempts of this CI job have started, and what the run file still names.

    Raises:
        K6ciError: the token or the stack are not known, or a run could not be stopped (98).
    """
    settings = resolve(raw_inputs, context.environ, context.folder)
    path = context.folder / settings.report_dir / RUN_FILE_NAME
    if is_stale:
        return _abort_stale(settings, context, path, run)
    if run is None and not os.path.lexists(path):
        context.say(f"There is no {path}, so there is nothing to stop.")
        return ExitCode.PASSED
    if run is not None and run.isascii() and run.isdigit():
        return _stopped(settings, context, int(run))
    token = _token(settings, context)
    if run is not None:
        path = context.folder / run
        entries: list[RunEntry] | None = _open_entries(settings, context, path, token)
    else:
        entries = _default_entries(settings, context, path, token)
    if not entries:
        if entries is not None:
            context.say("Every run of that file has ended already: nothing to stop.")
        return ExitCode.PASSED
    return _stopped(settings, context, entries, path=path)


def _open_entries(settings: Settings, context: AppContext, path: pathlib.Path, token: str) -> list[RunEntry]:
    """The runs of a run file that have not ended."""
    found = read_record(path, _seal(context, token), root=context.checkout.root)
    entries = [entry for entry in found if not entry.has_ended]
    for entry in entries:
        if entry.api != settings.host.rstrip("/"):
            raise SettingsError(
                f"A run of the run file belongs to {entry.api}, but the token is for {settings.host}.",
                "Set K6_CLOUD_HOST_V6 and K6_CLOUD_TOKEN to those of the run.",
            )
    return entries


def _seal(context: AppContext, token: str) -> Seal:
    job = context.platform.job
    return Seal.of(token, job.identity if job is not None else "")


def _default_entries(settings: Settings, context: AppContext, path: pathlib.Path, token: str) -> list[RunEntry] | None:
    """The open runs of the default run file; None if it is ignored: in CI the checkout may have brought it."""
    try:
        return _open_entries(settings, context, path, token)
    except UnverifiedError as error:
        if context.platform.job is None:
            raise
        context.say(f"warning: {error.cause} It was ignored: nothing to stop.")
        return None


def _abort_stale(settings: Settings, context: AppContext, path: pathlib.Path, run: str | None) -> CommandResult:
    job = context.platform.job
    if run is not None or job is None:
        raise SettingsError(
            "--stale: this is no job of a CI system that k6ci knows." if job is None else "--stale takes no run.",
            "Use it in a job of GitHub Actions or GitLab CI; elsewhere, name the run's id or its run.json.",
        )
    token = _token(settings, context)
    entries = _default_entries(settings, context, path, token) if os.path.lexists(path) else None
    return _stopped(settings, context, job, entries or [], path=path)


def _stopped(
    settings: Settings,
    context: AppContext,
    what: list[RunEntry] | int | Job,
    entries: Sequence[RunEntry] = (),
    *,
    path: pathlib.Path | None = None,
) -> CommandResult:
    """Stop them; those that have ended are noted in the run file."""
    token = _token(settings, context)
    result = anyio.run(stop_runs, settings, context, token, what, entries)
    if path is not None and result.ended:
        note_ended(path, result.ended, _seal(context, token), root=context.checkout.root)
    if result.problems:
        raise combined(result.problems)
    return ExitCode.PASSED


def _token(settings: Settings, context: AppContext) -> str:
    token = check_token(settings, context.environ, context.platform.secrets_place, context.redactor)
    problems = (*settings.problems, *token.problems)
    if problems or token.value is None:
        raise combined(problems, (*settings.notes, *token.warnings))
    return token.value.value


COMMAND: Final = Command(
    "abort",
    abort,
    "Stop a test run that another process started.",
    inputs=("stack", "project-id", "config", "report-dir"),
)
