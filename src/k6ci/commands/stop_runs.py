"""Stops runs for `k6ci abort`, which says which: those of a run file, one by its id, or those of a CI job."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.transport import Transport
from k6ci.commands.context import AppContext
from k6ci.errors import K6ciError, OutcomeUnknownError, SettingsError
from k6ci.runs.run_file import RunEntry
from k6ci.runs.run_note import Job
from k6ci.runs.stale_runs import lost_runs, stale_runs
from k6ci.runs.stop import Stopped, stop_run
from k6ci.settings.model import Settings

_STOP_SECONDS = 60.0


@dataclasses.dataclass(frozen=True)
class StopResult:
    """`ended` are the ids of the runs that have ended; `problems` tells which runs could not be stopped."""

    ended: frozenset[int]
    problems: tuple[K6ciError, ...]


async def stop_runs(
    settings: Settings, context: AppContext, token: str, what: list[RunEntry] | int | Job, entries: Sequence[RunEntry]
) -> StopResult:
    """Stop the runs of entries of a run file, the run with an id, or those of a job and of `entries`.

    Raises:
        K6ciError: the API origin is not allowed, or the stack cannot be determined; nothing was stopped.
    """
    problems: list[K6ciError] = []
    ended: set[int] = set()
    async with CloudClient(Transport(settings.host, token), context.clock) as client:
        stacks = {entry.stack_id for entry in (what if isinstance(what, list) else entries)}
        if not stacks or (isinstance(what, Job) and settings.stack is not None):
            stacks.add(await _stack_id(client, settings))
        for stack_id in sorted(stacks):
            client.stack_id = stack_id
            own = [entry for entry in (what if isinstance(what, list) else entries) if entry.stack_id == stack_id]
            if isinstance(what, Job):
                run_ids = await _stale_ids(client, context, what, own, problems)
            else:
                run_ids = [what] if isinstance(what, int) else await _run_ids(client, context, own, problems)
            async with anyio.create_task_group() as group:  # at once: one after the other would outlast an after_script
                for run_id in run_ids:
                    group.start_soon(_stop, client, run_id, context, problems, ended)
    return StopResult(frozenset(ended), tuple(problems))


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
