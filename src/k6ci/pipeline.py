"""The story of `run`, top to bottom, one line a step; each step has a module of its own."""

from __future__ import annotations

import contextlib
import functools

from k6ci.errors import K6ciError
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
from k6ci.settings.model import Settings
from k6ci.suite import log_tail, naming_caution, orders_of, run_suite, with_estimates
from k6ci.target import Target, open_target

_NO_SCRIPT = "No script matches, and allow-empty is set."
_NO_SECRETS = "This is a pull request from a fork, which gets no secrets"
SKIPPED_FORK = f"{_NO_SECRETS} (fork-policy: skip)."


def is_fork_without_secret(settings: Settings, around: Surroundings) -> bool:
    """Whether this job cannot test, for a reason that is nobody's mistake."""
    return settings.token is None and around.platform.is_fork and settings.target == "cloud"


async def run(settings: Settings, around: Surroundings, audience: Audience, interruption: Interruption) -> Report:
    """Run every script in the cloud and report; K6ciErrors become reports, anything else is a bug and is raised."""
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
            return await _run(target, around, audience, interruption, resources)
        except K6ciError as error:
            warnings = (*notes, *around.platform.cautions)
            return failed_report(error, is_emulated=target.is_emulated, warnings=warnings)


async def _run(
    target: Target,
    around: Surroundings,
    audience: Audience,
    interruption: Interruption,
    resources: contextlib.AsyncExitStack,
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
    equipment = _equipment(settings, ready, around, interruption)
    reports = await run_suite(settings, orders, equipment, audience)
    return suite_report(reports, is_emulated=target.is_emulated, warnings=warnings)


def _equipment(settings: Settings, ready: Ready, around: Surroundings, interruption: Interruption) -> Equipment:
    run_file = RunFile(settings.report_dir / runfile.NAME, ready.client.origin, ready.stack_id)
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
