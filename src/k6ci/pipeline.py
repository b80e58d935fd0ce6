"""The story of `run`, top to bottom, one line a step; each step has a module of its own."""

from __future__ import annotations

import contextlib
import functools
import pathlib

from k6ci import files
from k6ci.errors import K6ciError, SettingsError
from k6ci.platforms.surroundings import Surroundings
from k6ci.preflight import Ready, preflight
from k6ci.preflight.budget import within_budget
from k6ci.publish import announce
from k6ci.results.assemble import cancelled_report, failed_report, skipped_report, suite_report
from k6ci.results.model import Report
from k6ci.runs import runfile
from k6ci.runs.api import Equipment
from k6ci.runs.interruption import Interruption
from k6ci.runs.observer import Audience
from k6ci.runs.runfile import RunFile
from k6ci.runs.seal import Seal
from k6ci.settings.model import Settings
from k6ci.suite import log_tail, naming_caution, orders_of, run_suite, with_estimates
from k6ci.target import Target, open_target

_NO_SCRIPT = "No script matches, and allow-empty is set."
_NO_SECRETS = "This is a pull request from a fork, which gets no secrets"
SKIPPED_FORK = f"{_NO_SECRETS} (fork-policy: skip)."


def is_fork_without_secret(settings: Settings, around: Surroundings) -> bool:
    """Whether this job cannot test, for a reason that is nobody's mistake."""
    return settings.token is None and around.platform.is_fork and settings.target == "cloud"


async def run(
    settings: Settings, around: Surroundings, audience: Audience, interruption: Interruption, place: int = 1
) -> Report:
    """Run every script in the cloud and report; K6ciErrors become reports, anything else is a bug and is raised.

    `place` is that of this process among those that use the same report directory.
    """
    notes = settings.notes
    if is_fork_without_secret(settings, around):
        if settings.fork_policy == "skip":
            return skipped_report(SKIPPED_FORK, is_emulated=False, warnings=notes)
        notes = (*notes, f"{_NO_SECRETS}; `fork-policy: skip` ends such a job without a failure.")
    async with contextlib.AsyncExitStack() as resources:
        try:
            target = await resources.enter_async_context(open_target(settings, around))
        except K6ciError as error:
            return failed_report(error, is_emulated=True, warnings=())
        try:
            return await _run(target, around, audience, interruption, resources, place)
        except K6ciError as error:
            warnings = (*notes, *around.platform.cautions)
            return failed_report(error, is_emulated=target.is_emulated, warnings=warnings)


async def _run(
    target: Target,
    around: Surroundings,
    audience: Audience,
    interruption: Interruption,
    resources: contextlib.AsyncExitStack,
    place: int,
) -> Report:
    settings = target.settings
    with interruption.scope() as work:
        ready = await preflight(settings, around, resources)
        planned = await orders_of(settings, ready, around)
        names = {order.archive.script: order.name for order in planned}
        estimates, cautions = await within_budget(ready, settings, names)
        orders = with_estimates(planned, estimates)
        if settings.target == "cloud":
            cautions = (*cautions, *await naming_caution(orders, around))
    if work.cancelled_caught and interruption.exit_code is not None:
        return cancelled_report(interruption.exit_code, is_emulated=target.is_emulated, warnings=settings.notes)
    warnings = (*ready.warnings, *cautions)
    for warning in warnings:
        audience.warned(warning)
    if not orders:
        return skipped_report(_NO_SCRIPT, is_emulated=target.is_emulated, warnings=warnings)
    for order in orders:
        audience.estimated(order.archive.script, order.vuh_estimate or 0.0)
    run_file = _run_file(settings, ready, around, place)
    for warning in run_file.warnings:
        audience.warned(warning)
    equipment = _equipment(settings, ready, around, interruption, run_file)
    reports = await run_suite(settings, orders, equipment, audience)
    return suite_report(reports, is_emulated=target.is_emulated, warnings=(*warnings, *run_file.warnings))


def _run_file(settings: Settings, ready: Ready, around: Surroundings, place: int) -> RunFile:
    path, job = settings.report_dir / runfile.NAME, around.platform.job
    root = pathlib.Path(files.checkout_root(around.folder, around.environ))
    try:
        return RunFile(path, Seal.of(ready.token, job.identity if job is not None else ""), root=root, place=place)
    except OSError as error:
        raise SettingsError(
            f"report-dir: the run file {path} cannot be written: {error.strerror}.",
            "Make room, or name another folder: a run that is written down nowhere is not started.",
        ) from None


def _equipment(
    settings: Settings, ready: Ready, around: Surroundings, interruption: Interruption, run_file: RunFile
) -> Equipment:
    return Equipment(
        ready.client,
        around.clock,
        run_file,
        interruption,
        functools.partial(_announce, run_file, around),
        log_tail(settings, ready),
        around.platform.job,
    )


def _announce(run_file: RunFile, around: Surroundings) -> None:
    with contextlib.suppress(OSError):  # the run file has them, too
        announce(
            [entry.run_id for entry in run_file.started if entry.run_id is not None],
            [entry.run_url for entry in run_file.started if entry.run_url],
            around,
        )
