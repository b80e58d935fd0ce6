"""`k6ci abort`: stops a run from another process: by its run file, by its id, or what an earlier attempt has left."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Sequence

import anyio

from k6ci import files
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.transport import Transport
from k6ci.commands.ending import Ending, Given
from k6ci.errors import ExitCode, K6ciError, OutcomeUnknownError, SettingsError, SeveralProblemsError
from k6ci.platforms.surroundings import Surroundings
from k6ci.preflight.findings import Findings
from k6ci.preflight.stack import checked_token
from k6ci.runs import runfile
from k6ci.runs.leftover import left_over, lost_runs
from k6ci.runs.mark import Job
from k6ci.runs.runfile import RunEntry, UnverifiedError, mark_ended, read_record
from k6ci.runs.seal import Seal
from k6ci.runs.stop import Stopped, stop_run
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve

_STOP_SECONDS = 60.0


def abort(around: Surroundings, given: Given, run: str | None, *, is_stale: bool = False) -> Ending:
    """Stop what `run` names: a run id, a run file, or (None) the run file of the report directory.

    With `is_stale`: what earlier attempts of this CI job have started, and what the run file still holds.

    Raises:
        K6ciError: the token or the stack are not known, or a run could not be stopped (98).
    """
    settings = resolve(given, around.environ, around.folder)
    path = around.folder / settings.report_dir / runfile.NAME
    if is_stale:
        return _abort_stale(settings, around, path, run)
    if run is None and not os.path.lexists(path):
        around.say(f"There is no {path}, so there is nothing to stop.")
        return ExitCode.PASSED
    if run is not None and run.isascii() and run.isdigit():
        return _stopped(settings, around, int(run))
    token = _token(settings, around)
    if run is not None:
        path = around.folder / run
        entries: list[RunEntry] | None = _open_entries(settings, around, path, token)
    else:
        entries = _default_entries(settings, around, path, token)
    if not entries:
        if entries is not None:
            around.say("Every run of that file has ended already: nothing to stop.")
        return ExitCode.PASSED
    return _stopped(settings, around, entries, path=path)


def _open_entries(settings: Settings, around: Surroundings, path: pathlib.Path, token: str) -> list[RunEntry]:
    """The runs of a run file that have not ended."""
    found = read_record(path, _seal(around, token), root=_root(around))
    entries = [entry for entry in found if not entry.has_ended]
    for entry in entries:
        if entry.api != settings.host.rstrip("/"):
            raise SettingsError(
                f"A run of the run file belongs to {entry.api}, but the token is for {settings.host}.",
                "Set K6_CLOUD_HOST_V6 and K6_CLOUD_TOKEN to those of the run.",
            )
    return entries


def _seal(around: Surroundings, token: str) -> Seal:
    job = around.platform.job
    return Seal.of(token, job.identity if job is not None else "")


def _root(around: Surroundings) -> pathlib.Path:
    return pathlib.Path(files.checkout_root(around.folder, around.environ))


def _default_entries(settings: Settings, around: Surroundings, path: pathlib.Path, token: str) -> list[RunEntry] | None:
    """The same of the file that nobody named. In CI the checkout may have brought it: then it is not obeyed (None)."""
    try:
        return _open_entries(settings, around, path, token)
    except UnverifiedError as error:
        if around.platform.job is None:
            raise
        around.say(f"warning: {error.cause} It was ignored: nothing to stop.")
        return None


def _abort_stale(settings: Settings, around: Surroundings, path: pathlib.Path, run: str | None) -> Ending:
    job = around.platform.job
    if run is not None or job is None:
        raise SettingsError(
            "--stale: this is no job of a CI system that k6ci knows." if job is None else "--stale takes no run.",
            "Use it in a job of GitHub Actions or GitLab CI; elsewhere, name the run's id or its run.json.",
        )
    token = _token(settings, around)
    entries = _default_entries(settings, around, path, token) if os.path.lexists(path) else None
    return _stopped(settings, around, job, entries or [], path=path)


def _stopped(
    settings: Settings,
    around: Surroundings,
    what: list[RunEntry] | int | Job,
    entries: Sequence[RunEntry] = (),
    *,
    path: pathlib.Path | None = None,
) -> Ending:
    """Stop them; those that have ended are noted in the run file."""
    token = _token(settings, around)
    ended: set[int] = set()
    problems = anyio.run(functools.partial(_stop_all, settings, around, token, what, entries, ended))
    if path is not None and ended:
        mark_ended(path, ended, _seal(around, token), root=_root(around))
    if problems:
        raise problems[0] if len(problems) == 1 else SeveralProblemsError(problems)
    return ExitCode.PASSED


def _token(settings: Settings, around: Surroundings) -> str:
    findings = Findings(settings.notes, settings.problems)
    token = checked_token(settings, around, findings)
    findings.decide()
    return token or ""


async def _stop_all(
    settings: Settings,
    around: Surroundings,
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
    async with CloudClient(transport, around.clock) as client:
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
                run_ids = await _stale_ids(client, around, what, own, problems)
            else:
                run_ids = [what] if isinstance(what, int) else await _run_ids(client, around, own, problems)
            async with anyio.create_task_group() as group:  # all at once: a suite's would outlast an after_script
                for run_id in run_ids:
                    group.start_soon(_stop, client, run_id, around, problems, ended)
    return problems


async def _stale_ids(
    client: CloudClient, around: Surroundings, job: Job, entries: list[RunEntry], problems: list[K6ciError]
) -> list[int]:
    """The runs that earlier attempts of a job have left, and those of a run file that lies there still."""
    run_ids = await _run_ids(client, around, entries, problems)
    try:
        run_ids += [run.id for run in await left_over(client, job, around.clock.now())]
    except CallError as error:
        problems.append(explained(error, client.origin))
    if not run_ids and not problems:
        around.say("No earlier attempt of this job has left a run behind: nothing to stop.")
    return list(dict.fromkeys(run_ids))


async def _run_ids(
    client: CloudClient, around: Surroundings, entries: list[RunEntry], problems: list[K6ciError]
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
            around.say(f"{entry.script}: no run is going on, so there is nothing to stop.")
        else:
            run_ids += found
    return run_ids


def _not_told(entry: RunEntry, problem: str) -> K6ciError:
    return OutcomeUnknownError(
        f"{entry.script}: whether its run was started, and which one it is, cannot be told: {problem}.",
        f"Look at the runs of the load test {entry.load_test_name!r} (id {entry.load_test_id}) and stop what goes on.",
    )


async def _stop(
    client: CloudClient, run_id: int, around: Surroundings, problems: list[K6ciError], ended: set[int]
) -> None:
    stopped = await stop_run(client, run_id, around.clock, within_seconds=_STOP_SECONDS)
    if stopped.run is not None and stopped.run.is_terminal:
        ended.add(run_id)
    if stopped.is_confirmed:
        around.say(f"Test run {run_id}: {_ended_as(stopped)}.")
    else:
        problems.append(_not_stopped(run_id, stopped))


def _ended_as(stopped: Stopped) -> str:
    if stopped.run is None or not stopped.run.is_terminal:
        return "the cloud has taken the request to stop it"
    return f"it has ended with status {stopped.run.status} and result {stopped.run.result}"


def _not_stopped(run_id: int, stopped: Stopped) -> K6ciError:
    return OutcomeUnknownError(
        f"Test run {run_id} could not be stopped: {stopped.problem}.",
        "It may still be going on: stop it on its page in Grafana Cloud k6, or try again.",
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
