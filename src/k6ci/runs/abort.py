"""Finds and stops runs of other processes: those of a run file, one by its ID, those of earlier attempts of a job."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.errors import K6ciError, OutcomeUnknownError
from k6ci.runs.run_note import Job
from k6ci.runs.run_record import RunEntry
from k6ci.runs.stale_runs import lost_runs, stale_runs
from k6ci.runs.stop import Stopped, stop_run

_STOP_SECONDS = 60.0

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What to stop: runs of a run file, a run by its ID, or what earlier attempts of a job left running."""

    entries: tuple[RunEntry, ...] = ()
    run_id: int | None = None
    job: Job | None = None


@dataclasses.dataclass(frozen=True)
class _Found:
    """Runs to stop, and why others could not be found."""

    run_ids: tuple[int, ...] = ()
    problems: tuple[K6ciError, ...] = ()


@dataclasses.dataclass(frozen=True)
class Stops:
    """The ids of the runs that have ended, and why others could not be stopped."""

    ended: frozenset[int] = frozenset()
    problems: tuple[K6ciError, ...] = ()


async def stop_runs(client: CloudClient, clock: Clock, wanted: Wanted, say: Say) -> Stops:
    """Find and stop what is wanted in the stack of the client; `say` gets a line for each run."""
    found = await _find(client, clock, wanted, say)
    stops = await _stop_each(client, clock, found.run_ids, say)
    return Stops(stops.ended, (*found.problems, *stops.problems))


async def _find(client: CloudClient, clock: Clock, wanted: Wanted, say: Say) -> _Found:
    """The runs of the client's stack that are wanted."""
    if wanted.run_id is not None:
        return _Found((wanted.run_id,))
    found = [await _find_entry(client, entry, say) for entry in wanted.entries if entry.stack_id == client.stack_id]
    if wanted.job is not None:
        found.append(await _find_stale(client, clock, wanted.job))
    run_ids = tuple(dict.fromkeys(run_id for one in found for run_id in one.run_ids))
    problems = tuple(problem for one in found for problem in one.problems)
    if wanted.job is not None and not run_ids and not problems:
        say("No earlier attempt of this job has left a run behind: nothing to stop.")
    return _Found(run_ids, problems)


async def _find_stale(client: CloudClient, clock: Clock, job: Job) -> _Found:
    try:
        return _Found(tuple(run.id for run in await stale_runs(client, job, clock.now())))
    except CallError as error:
        return _Found(problems=(explained(error, client.origin),))


async def _find_entry(client: CloudClient, entry: RunEntry, say: Say) -> _Found:
    """The run of an entry; one whose start was never answered is looked for among the runs of its load test."""
    if entry.run_id is not None:
        return _Found((entry.run_id,))
    try:
        found = tuple(run.id for run in await lost_runs(client, entry) if not run.is_terminal)
    except (CallError, OSError, ValueError, TypeError) as error:
        return _Found(problems=(_not_found(entry, str(error)),))
    if len(found) > 1:
        return _Found(problems=(_not_found(entry, f"{len(found)} runs of this script were started since then"),))
    if not found:
        say(f"{entry.script}: no run is running, so there is nothing to stop.")
    return _Found(found)


def _not_found(entry: RunEntry, problem: str) -> K6ciError:
    return OutcomeUnknownError(
        f"{entry.script}: could not determine whether its run was started, and which one it is: {problem}.",
        f"Look at the runs of the load test {entry.load_test_name!r} (id {entry.load_test_id}) and stop what is still "
        "running.",
    )


async def _stop_each(client: CloudClient, clock: Clock, run_ids: tuple[int, ...], say: Say) -> Stops:
    """Stop the runs, all at once: one after the other, those of a suite would outlast an after_script."""
    ended: list[int] = []
    problems: list[K6ciError] = []

    async def stop(run_id: int) -> None:
        stopped = await stop_run(client, run_id, clock, within_seconds=_STOP_SECONDS)
        if stopped.run is not None and stopped.run.is_terminal:
            ended.append(run_id)
        if stopped.is_confirmed:
            say(f"Test run {run_id}: {_ended_as(stopped)}.")
        else:
            problems.append(_not_stopped(run_id, stopped))

    async with anyio.create_task_group() as group:
        for run_id in run_ids:
            group.start_soon(stop, run_id)
    return Stops(frozenset(ended), tuple(problems))


def _ended_as(stopped: Stopped) -> str:
    if stopped.run is None or not stopped.run.is_terminal:
        return "the cloud accepted the request to stop it"
    return f"it has ended with status {stopped.run.status} and result {stopped.run.result}"


def _not_stopped(run_id: int, stopped: Stopped) -> K6ciError:
    return OutcomeUnknownError(
        f"Test run {run_id} could not be stopped: {stopped.problem}.",
        "It may still be running: stop it on its page in Grafana Cloud k6, or try again.",
    )
