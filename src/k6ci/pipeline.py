"""The steps of `run`, from settings to the published report; each step has a module of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import urllib.parse
from collections.abc import Mapping

import anyio

from k6ci.checkout import Checkout
from k6ci.clock import Clock
from k6ci.cloud.tail import tail_log
from k6ci.errors import K6ciError, SettingsError
from k6ci.k6.source import K6Source
from k6ci.platforms.facts import Platform
from k6ci.preflight import Ready, preflight
from k6ci.publish import Destination, Published, StartedRuns, announce, begin, publish
from k6ci.redaction import Redactor
from k6ci.results.assemble import cancelled_report, failed_report, skipped_report, suite_report
from k6ci.results.model import Report
from k6ci.results.verdict_input import Policy
from k6ci.runs.api import ApiRunner
from k6ci.runs.interruption import Interruption
from k6ci.runs.listener import SuiteListener
from k6ci.runs.logtail import Tail
from k6ci.runs.run_file import RunFile
from k6ci.runs.run_record import RUN_FILE_NAME
from k6ci.runs.runner import RunServices
from k6ci.runs.seal import Seal
from k6ci.settings.model import Settings
from k6ci.settings.parse import is_loopback
from k6ci.suite import ComparisonPolicy, run_suite
from k6ci.target import open_target

_NO_SCRIPT = "No script matches, and allow-empty is set."
_NO_SECRETS = "This is a pull request from a fork, which gets no secrets"
SKIPPED_FORK = f"{_NO_SECRETS} (fork-policy: skip)."


@dataclasses.dataclass(frozen=True)
class RunInputs:
    """What one `run` is made of; used in this module only: each step gets the parts that it needs."""

    settings: Settings
    environ: Mapping[str, str] = dataclasses.field(repr=False)
    checkout: Checkout
    k6_source: K6Source
    platform: Platform
    clock: Clock
    redactor: Redactor
    listener: SuiteListener
    interruption: Interruption
    destination: Destination


def is_fork_without_secret(settings: Settings, platform: Platform) -> bool:
    """Whether this job cannot test, because forks get no secrets."""
    return settings.token is None and not platform.event.has_secrets and settings.target == "cloud"


async def run(inputs: RunInputs) -> Published:
    """Run every script in the cloud and publish the report; K6ciErrors become reports, anything else is a bug."""
    with inputs.interruption.attached():
        begun = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(_begin, inputs, begun)
            report = await _report(inputs, begun)
        return await publish(report, inputs.destination, inputs.redactor, inputs.interruption)


async def _begin(inputs: RunInputs, begun: anyio.Event) -> None:
    """Announce the command while the load test is prepared; no run starts before that."""
    await begin(inputs.destination, inputs.interruption)
    begun.set()


async def _report(inputs: RunInputs, begun: anyio.Event) -> Report:
    settings, platform = inputs.settings, inputs.platform
    notes = settings.notes
    if is_fork_without_secret(settings, platform):
        if settings.fork_policy == "skip":
            return skipped_report(SKIPPED_FORK, is_emulated=False, warnings=notes)
        notes = (*notes, f"{_NO_SECRETS}; `fork-policy: skip` ends such a job without a failure.")
    async with contextlib.AsyncExitStack() as resources:
        try:
            target = open_target(settings, inputs.k6_source, inputs.redactor)
            targeted = dataclasses.replace(inputs, settings=await resources.enter_async_context(target))
        except K6ciError as error:
            return failed_report(error, is_emulated=settings.is_emulated, warnings=())
        try:
            return await _run(targeted, resources, begun)
        except K6ciError as error:
            return failed_report(error, is_emulated=settings.is_emulated, warnings=(*notes, *platform.cautions))


async def _run(inputs: RunInputs, resources: contextlib.AsyncExitStack, begun: anyio.Event) -> Report:
    settings, interruption, listener = inputs.settings, inputs.interruption, inputs.listener
    with interruption.scope() as work:
        ready = await preflight(
            settings,
            resources,
            environ=inputs.environ,
            checkout=inputs.checkout,
            k6_source=inputs.k6_source,
            platform=inputs.platform,
            clock=inputs.clock,
            redactor=inputs.redactor,
        )
        await begun.wait()
    if work.cancelled_caught and interruption.exit_code is not None:
        return cancelled_report(interruption.exit_code, is_emulated=settings.is_emulated, warnings=settings.notes)
    for warning in ready.warnings:
        listener.warned(warning)
    if not ready.requests:
        return skipped_report(_NO_SCRIPT, is_emulated=settings.is_emulated, warnings=ready.warnings)
    for request in ready.requests:
        listener.estimated(request.archive.script, request.vuh_estimate or 0.0)
    run_file = _run_file(inputs, ready)
    for warning in run_file.warnings:
        listener.warned(warning)
    services = RunServices(
        ready.stack.client,
        inputs.clock,
        run_file,
        interruption,
        functools.partial(_announce, run_file, inputs),
        _log_tail(settings, ready),
        inputs.platform.job,
        inputs.platform.revision,
        inputs.redactor.text,
    )
    reports = await run_suite(
        ready.requests,
        functools.partial(ApiRunner, services),
        services,
        listener,
        Policy(settings.allow_no_samples, settings.min_checks_rate, settings.compare == "fail"),
        ComparisonPolicy(
            is_wanted=settings.compare != "off",
            regression_limit=settings.regression_limit,
            confirmation_runs=int(settings.confirm_runs),
            max_vuh=settings.max_vuh_suite,
        ),
        max_parallel=settings.max_parallel,
        fail_fast=settings.fail_fast,
        is_ci=settings.is_ci,
    )
    return suite_report(reports, is_emulated=settings.is_emulated, warnings=(*ready.warnings, *run_file.warnings))


def _log_tail(settings: Settings, ready: Ready) -> Tail | None:
    """The log of a run, if it is wanted. An emulator's token is sent to no real tail, and the other way round."""
    is_loopback_tail = is_loopback(urllib.parse.urlsplit(settings.logs_tail_url).hostname)
    if not settings.show_logs or is_loopback_tail is not settings.is_emulated:
        return None
    return lambda run_id, since, opened: tail_log(
        settings.logs_tail_url, ready.stack.token.value, run_id, since, opened
    )


def _run_file(inputs: RunInputs, ready: Ready) -> RunFile:
    path, job = inputs.settings.report_dir / RUN_FILE_NAME, inputs.platform.job
    seal = Seal.of(ready.stack.token.value, job.identity if job is not None else "")
    try:
        return RunFile(path, seal, root=inputs.checkout.root, place=inputs.destination.files.number)
    except OSError as error:
        raise SettingsError(
            f"report-dir: the run file {path} cannot be written: {error.strerror}.",
            "Make room, or name another folder: a run that is written down nowhere is not started.",
        ) from None


async def _announce(run_file: RunFile, inputs: RunInputs) -> None:
    started = StartedRuns(
        tuple(entry.run_id for entry in run_file.started if entry.run_id is not None),
        tuple(entry.run_url for entry in run_file.started if entry.run_url),
    )
    await announce(started, inputs.destination, inputs.interruption)
