"""`k6ci abort`: stops a run from another process: by its run file, by its id, or what an earlier attempt has left."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Sequence
from typing import Annotated, Final

import anyio
import typer

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.transport import Transport
from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, K6ciError, OutcomeUnknownError, SettingsError, combined
from k6ci.preflight.token import check_token
from k6ci.runs.run_file import RUN_FILE_NAME, RunEntry, UnverifiedError, note_ended, read_record
from k6ci.runs.run_note import Job
from k6ci.runs.seal import Seal
from k6ci.runs.stale_runs import lost_runs, stale_runs
from k6ci.runs.stop import Stopped, stop_run
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve

_STOP_SECONDS = 60.0


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
    ended: set[int] = set()
    problems = anyio.run(functools.partial(_stop_all, settings, context, token, what, entries, ended))
    if path is not None and ended:
        note_ended(path, ended, _seal(context, token), root=context.checkout.root)
    if problems:
        raise combined(problems)
    return ExitCode.PASSED


def _token(settings: Settings, context: AppContext) -> str:
    token = check_token(settings, context.environ, context.platform.secrets_place, context.redactor)
    problems = (*settings.problems, *token.problems)
    if problems or token.value is None:
        raise combined(problems, (*settings.notes, *token.warnings))
    return token.value.value


async def _stop_all(
    settings: Settings,
    context: AppContext,
    token: str,
    what: list[RunEntry] | int | Job,
    entries: Sequence[RunEntry],
    ended: set[int],
) -> list[K6ciError]:
    """Stop the runs of entries, of an id, or of a job; what could not be stopped comes back as problems."""
    try:
        transport = Transport(settings.host, token)
    except K6ciError as error:
        return [error]
    problems: list[K6ciError] = []
    async with CloudClient(transport, context.clock) as client:
        try:
            stacks = {entry.stack_id for entry in (what if isinstance(what, list) else entries)}
            if not stacks or (isinstance(what, Job) and settings.stack is not None):
                stacks.add(await _stack_id(client, settings))
        except K6ciError as error:
            return [error]
        for stack_id in sorted(stacks):
            client.stack_id = stack_id
            own = [entry for entry in (what if isinstance(what, list) else entries) if entry.stack_id == stack_id]
            if isinstance(what, Job):
                run_ids = await _stale_ids(client, context, what, own, problems)
            else:
                run_ids = [what] if isinstance(what, int) else await _run_ids(client, context, own, problems)
            async with anyio.create_task_group() as group:  # all at once: a suite's would outlast an after_script
                for run_id in run_ids:
                    group.start_soon(_stop, client, run_id, context, problems, ended)
    return problems


async def _stale_ids(
    client: CloudClient, context: AppContext, job: Job, entries: list[RunEntry], problems: list[K6ciError]
) -> list[int]:
    """The runs that earlier attempts of a job have left, and those of a run file that lies there still."""
    run_ids = await _run_ids(client, context, entries, problems)
    try:
        run_ids += [run.id for run in await stale_runs(client, job, context.clock.now())]
    except CallError as error:
        problems.append(explained(error, client.origin))
    if not run_ids and not problems:
        context.say("No earlier attempt of this job has left a run behind: nothing to stop.")
    return list(dict.fromkeys(run_ids))


async def _run_ids(
    client: CloudClient, context: AppContext, entries: list[RunEntry], problems: list[K6ciError]
) -> list[int]:
    """The runs of entries; one whose start was never answered is looked for among the runs of its load test."""
    run_ids: list[int] = []
    for entry in entries:
        if entry.run_id is not None:
            run_ids.append(entry.run_id)
            continue
        try:
            found = [run.id for run in await lost_runs(client, entry) if not run.is_terminal]
            problem = None if len(found) <= 1 else f"{len(found)} runs of this script were started since then"
        except (CallError, OSError, ValueError, TypeError) as error:
            found, problem = [], str(error)
        if problem is not None:
            problems.append(_not_told(entry, problem))
        elif not found:
            context.say(f"{entry.script}: no run is running, so there is nothing to stop.")
        else:
            run_ids += found
    return run_ids


def _not_told(entry: RunEntry, problem: str) -> K6ciError:
    return OutcomeUnknownError(
        f"{entry.script}: could not determine whether its run was started, and which one it is: {problem}.",
        f"Look at the runs of the load test {entry.load_test_name!r} (id {entry.load_test_id}) and stop what is still "
        "running.",
    )


async def _stop(
    client: CloudClient, run_id: int, context: AppContext, problems: list[K6ciError], ended: set[int]
) -> None:
    stopped = await stop_run(client, run_id, context.clock, within_seconds=_STOP_SECONDS)
    if stopped.run is not None and stopped.run.is_terminal:
        ended.add(run_id)
    if stopped.is_confirmed:
        context.say(f"Test run {run_id}: {_ended_as(stopped)}.")
    else:
        problems.append(_not_stopped(run_id, stopped))


def _ended_as(stopped: Stopped) -> str:
    if stopped.run is None or not stopped.run.is_terminal:
        return "the cloud accepted the request to stop it"
    return f"it has ended with status {stopped.run.status} and result {stopped.run.result}"


def _not_stopped(run_id: int, stopped: Stopped) -> K6ciError:
    return OutcomeUnknownError(
        f"Test run {run_id} could not be stopped: {stopped.problem}.",
        "It may still be running: stop it on its page in Grafana Cloud k6, or try again.",
    )


async def _stack_id(client: CloudClient, settings: Settings) -> int:
    """The number of the stack of the settings."""
    stack = settings.stack
    if stack is None:
        raise SettingsError("stack: to stop a run by its id, its stack is needed.", "Set K6_CLOUD_STACK_ID.")
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
