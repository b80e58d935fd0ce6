"""The story of `run`, top to bottom, one line a step; each step has a module of its own."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import urllib.parse

import anyio

from k6ci import git
from k6ci.cloud.tail import tail_log
from k6ci.errors import ExitCode, K6ciError
from k6ci.platforms.surroundings import Surroundings
from k6ci.preflight import Prepared, Ready, preflight
from k6ci.publish import announce
from k6ci.results.assemble import cancelled_report, failed_report, run_report, suite_report
from k6ci.results.collect import measure
from k6ci.results.model import Measurements, Report, RunReport
from k6ci.runs import runfile
from k6ci.runs.api import ApiRunner
from k6ci.runs.interruption import Interruption
from k6ci.runs.naming import load_test_name, made_unique, repository_of
from k6ci.runs.observer import Observer
from k6ci.runs.order import Order, Outcome
from k6ci.runs.runfile import RunFile
from k6ci.runs.watch import Patience, Tail
from k6ci.settings.model import Settings
from k6ci.settings.parse import is_loopback
from k6ci.target import Target, open_target

_COLLECT_SECONDS = 60.0
_LATE_SECONDS = 2.0


async def run(settings: Settings, around: Surroundings, observer: Observer, interruption: Interruption) -> Report:
    """Run every script in the cloud and report; K6ciErrors become reports, anything else is a bug and is raised."""
    async with contextlib.AsyncExitStack() as resources:
        try:
            target = await resources.enter_async_context(open_target(settings, around))
        except K6ciError as error:
            return failed_report(error, is_emulated=True, warnings=())
        try:
            with interruption.scope():
                ready = await preflight(target.settings, around, resources)
            if interruption.exit_code is not None:
                return cancelled_report(interruption.exit_code, is_emulated=target.is_emulated, warnings=())
            return await _run_all(target, ready, around, observer, interruption)
        except K6ciError as error:
            return failed_report(error, is_emulated=target.is_emulated, warnings=settings.notes)


async def _run_all(
    target: Target, ready: Ready, around: Surroundings, observer: Observer, interruption: Interruption
) -> Report:
    """One script after the other, until a signal says stop."""
    settings = target.settings
    for warning in ready.warnings:
        observer.warned(warning)
    run_file = RunFile(settings.report_dir / runfile.NAME, ready.client.origin, ready.stack_id)
    announcement = functools.partial(_announce, run_file, around)
    tail = _tail(settings, ready, around)
    runner = ApiRunner(ready.client, around.clock, observer, run_file, interruption, announcement, tail)
    reports: list[RunReport] = []
    for order in _orders(settings, ready, around):
        outcome = await runner.run(order)
        measurements = await _collect(ready, outcome, around, interruption)
        reports.append(_reported(settings, outcome, measurements, interruption.exit_code))
    return suite_report(reports, is_emulated=target.is_emulated, warnings=ready.warnings)


def _tail(settings: Settings, ready: Ready, around: Surroundings) -> Tail | None:
    """The log tail, if it is wanted. An emulator's token goes to no real tail, and the other way round."""
    places = {is_loopback(urllib.parse.urlsplit(url).hostname) for url in (settings.host, settings.logs_tail_url)}
    if not settings.show_logs or len(places) > 1:
        return None
    since = int(around.clock.now().timestamp() * 1e9)
    return lambda run_id: tail_log(settings.logs_tail_url, ready.token, run_id, since)


def _orders(settings: Settings, ready: Ready, around: Surroundings) -> list[Order]:
    root = git.root_of(around.folder) or around.folder
    repository = around.platform.repository or repository_of(git.remote_url(around.folder), root)
    names = {
        prepared.archive.script: load_test_name(
            repository, _inside(prepared, around.folder, root), prepared.archive.cloud_options
        )
        for prepared in ready.scripts
    }
    unique = made_unique(names, repository)
    patience = Patience(total=settings.timeout.total_seconds() if settings.timeout else None)
    return [
        Order(prepared.archive, unique[prepared.archive.script], prepared.project_id, ready.stack_url, patience)
        for prepared in ready.scripts
    ]


def _inside(prepared: Prepared, folder: pathlib.Path, root: pathlib.Path) -> pathlib.PurePath:
    """The script's path inside the repository; its bare name when it lies elsewhere."""
    path = (folder / prepared.archive.script).resolve()
    try:
        return path.relative_to(root.resolve())
    except ValueError:
        return pathlib.PurePath(path.name)


async def _collect(ready: Ready, outcome: Outcome, around: Surroundings, interruption: Interruption) -> Measurements:
    """The metrics of an ended run; none when the job is being cancelled, because its time is short."""
    if outcome.run is None or not outcome.run.is_terminal or outcome.problem is not None:
        return Measurements()
    with interruption.scope(), anyio.move_on_after(_COLLECT_SECONDS):
        found = await measure(ready.client, outcome.run.id, outcome.order.archive.thresholds)
        if found.has_samples is False:  # a verdict depends on it, and metrics may arrive a little late
            await around.clock.sleep(_LATE_SECONDS)
            found = await measure(ready.client, outcome.run.id, outcome.order.archive.thresholds)
        return found
    is_cut_short = interruption.exit_code is not None
    return Measurements(problems=("the metrics were not waited for",), is_cut_short=is_cut_short)


def _reported(
    settings: Settings, outcome: Outcome, measurements: Measurements, cancelled_by: ExitCode | None
) -> RunReport:
    return run_report(
        outcome,
        measurements,
        cancelled_by=cancelled_by,
        allows_no_samples=settings.allow_no_samples,
        is_ci=settings.is_ci,
    )


def _announce(run_file: RunFile, around: Surroundings) -> None:
    with contextlib.suppress(OSError):  # the run file has them, too
        announce(
            [entry.run_id for entry in run_file.started if entry.run_id is not None],
            [entry.run_url for entry in run_file.started if entry.run_url],
            around,
        )
