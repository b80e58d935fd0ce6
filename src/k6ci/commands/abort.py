"""`k6ci abort`: stops a run from another process: by its run file, by its ID, or what an earlier attempt has left."""

from __future__ import annotations

import os
import pathlib
from typing import Annotated, Final

import anyio
import typer

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.transport import Transport
from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, SettingsError, combined
from k6ci.preflight.token import check_token
from k6ci.runs.abort import Stops, Wanted, stop_runs
from k6ci.runs.run_file import note_ended
from k6ci.runs.run_record import RUN_FILE_NAME, RunEntry, UnverifiedError, read_record
from k6ci.runs.seal import Seal
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve


def abort(
    context: AppContext,
    raw_inputs: RawInputs,
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN_FILE|RUN_ID", help="Run file or run ID. Default: run.json in the report folder."),
    ] = None,
    *,
    is_stale: Annotated[
        bool, typer.Option("--stale", help="Stop runs that earlier attempts of this CI job left running.")
    ] = False,
) -> CommandResult:
    """Stop what `run` names: a run ID, a run file, or (None) the run file of the report directory.

    With `is_stale`: what earlier attempts of this CI job have started, and what the run file still names.

    Raises:
        K6ciError: the token or the stack are not known, or a run could not be stopped (98).
    """
    settings = resolve(raw_inputs, context.environ, context.folder)
    default_path = context.folder / settings.report_dir / RUN_FILE_NAME
    if is_stale:
        return _abort_stale(settings, context, default_path, run)
    if run is None and not os.path.lexists(default_path):
        context.say(f"There is no {default_path}, so there is nothing to stop.")
        return ExitCode.PASSED
    token = _token(settings, context)
    if run is not None and run.isascii() and run.isdigit():
        return _stop(Wanted(run_id=int(run)), settings, context, token)
    path = default_path if run is None else context.folder / run
    find = _default_entries if run is None else _open_entries
    entries = find(settings, context, path, token)
    if entries:
        return _stop(Wanted(entries), settings, context, token, path)
    if entries is not None:
        context.say("Every run of that file has ended already: nothing to stop.")
    return ExitCode.PASSED


def _abort_stale(settings: Settings, context: AppContext, path: pathlib.Path, run: str | None) -> CommandResult:
    job = context.platform.job
    if run is not None or job is None:
        raise SettingsError(
            "--stale: this is no job of a CI system that k6ci knows." if job is None else "--stale takes no run.",
            "Use it in a job of GitHub Actions or GitLab CI; elsewhere, name the run's id or its run.json.",
        )
    token = _token(settings, context)
    entries = _default_entries(settings, context, path, token) if os.path.lexists(path) else None
    return _stop(Wanted(entries or (), job=job), settings, context, token, path)


def _open_entries(settings: Settings, context: AppContext, path: pathlib.Path, token: str) -> tuple[RunEntry, ...]:
    """The runs of a run file that have not ended."""
    found = read_record(path, _seal(context, token), root=context.checkout.root)
    entries = tuple(entry for entry in found if not entry.has_ended)
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


def _default_entries(
    settings: Settings, context: AppContext, path: pathlib.Path, token: str
) -> tuple[RunEntry, ...] | None:
    """The open runs of the default run file; None if it is ignored: in CI the checkout may have brought it."""
    try:
        return _open_entries(settings, context, path, token)
    except UnverifiedError as error:
        if context.platform.job is None:
            raise
        context.say(f"warning: {error.cause} It was ignored: nothing to stop.")
        return None


def _token(settings: Settings, context: AppContext) -> str:
    token = check_token(settings, context.environ, context.platform.secrets_place, context.redactor)
    problems = (*settings.problems, *token.problems)
    if problems or token.value is None:
        raise combined(problems, (*settings.notes, *token.warnings))
    return token.value.value


def _stop(
    wanted: Wanted, settings: Settings, context: AppContext, token: str, path: pathlib.Path | None = None
) -> CommandResult:
    """Stop what is wanted; what has ended is noted in the run file at `path`."""
    stops = anyio.run(_stop_all, wanted, settings, context, token)
    if path is not None and stops.ended:
        note_ended(path, stops.ended, _seal(context, token), root=context.checkout.root)
    if stops.problems:
        raise combined(stops.problems)
    return ExitCode.PASSED


async def _stop_all(wanted: Wanted, settings: Settings, context: AppContext, token: str) -> Stops:
    """Stop what is wanted in every stack that has some of it."""
    stops: list[Stops] = []
    async with CloudClient(Transport(settings.host, token), context.clock) as client:
        stacks = {entry.stack_id for entry in wanted.entries}
        if not stacks or (wanted.job is not None and settings.stack is not None):
            stacks.add(await _stack_id(client, settings))
        for stack_id in sorted(stacks):
            client.stack_id = stack_id
            stops.append(await stop_runs(client, context.clock, wanted, context.say))
    ended = frozenset(run_id for one in stops for run_id in one.ended)
    return Stops(ended, tuple(problem for one in stops for problem in one.problems))


async def _stack_id(client: CloudClient, settings: Settings) -> int:
    """The number of the stack of the settings."""
    stack = settings.stack
    if stack is None:
        raise SettingsError("stack: to stop a run by its ID, its stack is needed.", "Set K6_CLOUD_STACK_ID.")
    if stack.value.number is not None:
        return stack.value.number
    try:
        return (await client.authenticate(stack.value.url or "")).stack_id
    except CallError as error:
        raise explained(error, client.origin) from None


COMMAND: Final = Command(
    "abort",
    abort,
    "Stop a test run that another process started.",
    inputs=("stack", "project-id", "config", "report-dir"),
)
