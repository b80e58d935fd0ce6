"""The scripts of one command as a suite: orders under names of their own, so many runs at a time, one report each.

One task group holds the suite, one scope each run. With fail-fast the first script that does not pass ends the others.
"""

from __future__ import annotations

import dataclasses
import pathlib
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Final

import anyio
import anyio.to_thread

from k6ci import git
from k6ci.checkout import Checkout
from k6ci.cloud.tail import tail_log
from k6ci.errors import ExitCode
from k6ci.platforms.facts import Platform
from k6ci.preflight import Prepared, Ready
from k6ci.results.assemble import failed_run_report, run_report
from k6ci.results.collect import measure
from k6ci.results.model import Measurements, RunReport, Verdict
from k6ci.runs.api import ApiRunner, Equipment
from k6ci.runs.deadline import GRACE_SECONDS, Deadline
from k6ci.runs.logtail import Tail
from k6ci.runs.naming import load_test_name, made_unique, repository_of
from k6ci.runs.observer import Audience
from k6ci.runs.order import Order, Outcome
from k6ci.runs.watch import Patience
from k6ci.settings.model import Settings
from k6ci.settings.parse import is_loopback
from k6ci.settings.sources import Rank

_COLLECT_SECONDS: Final = 60.0
_SHORTEST_COLLECT_SECONDS: Final = 2.0
_LATE_SECONDS: Final = 2.0


async def orders_of(settings: Settings, ready: Ready, checkout: Checkout, platform: Platform) -> list[Order]:
    """An order for each script, in their order, each with a name that no other has."""
    found, remote = await anyio.to_thread.run_sync(_repository, checkout, abandon_on_cancel=True)
    root = found or checkout.folder
    repository = platform.repository or repository_of(remote, root)
    names = {
        prepared.archive.script: load_test_name(
            repository,
            _inside(prepared, checkout.folder, root),
            _wanted_name(settings, prepared),
            platform.leg,
        )
        for prepared in ready.scripts
    }
    unique = made_unique(names, repository)
    patience = Patience(
        total=settings.timeout.total_seconds() if settings.timeout else None,
        queue=settings.queue_timeout.total_seconds(),
        place=settings.concurrency_timeout.total_seconds(),
    )
    return [
        Order(
            prepared.archive,
            unique[prepared.archive.script],
            prepared.project_id,
            ready.stack_url,
            patience,
        )
        for prepared in ready.scripts
    ]


def with_estimates(orders: Sequence[Order], estimates: Mapping[str, float]) -> list[Order]:
    """The orders with what the cloud expects each run to cost."""
    return [dataclasses.replace(order, vuh_estimate=estimates[order.archive.script]) for order in orders]


def log_tail(settings: Settings, ready: Ready) -> Tail | None:
    """The log tail, if it is wanted. An emulator's token goes to no real tail, and the other way round."""
    is_loopback_tail = is_loopback(urllib.parse.urlsplit(settings.logs_tail_url).hostname)
    if not settings.show_logs or is_loopback_tail is not settings.is_emulated:
        return None
    return lambda run_id, since, opened: tail_log(settings.logs_tail_url, ready.token, run_id, since, opened)


async def run_suite(
    settings: Settings, orders: Sequence[Order], equipment: Equipment, audience: Audience
) -> list[RunReport]:
    """Run every order, at most `max-parallel` at a time; a signal ends them all, each with a report of its own."""
    reports: dict[int, RunReport] = {}
    # Not a limiter: it would let in whoever comes first, and the scripts are to begin in their order.
    places = anyio.Semaphore(settings.max_parallel)

    async def one(number: int, order: Order) -> None:
        try:
            reports[number] = report = await _report_of(settings, order, equipment, audience, is_alone=len(orders) == 1)
        finally:
            places.release()
        if settings.fail_fast and report.decision.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            equipment.interruption.halt(f"{order.archive.script} did not pass (fail-fast)")

    async with anyio.create_task_group() as group:
        for number, order in enumerate(orders):
            await places.acquire()
            group.start_soon(one, number, order)
    return [reports[number] for number in sorted(reports)]


async def _report_of(
    settings: Settings, order: Order, equipment: Equipment, audience: Audience, *, is_alone: bool
) -> RunReport:
    runner = ApiRunner(equipment, audience.of(order.archive.script, is_alone=is_alone))
    outcome = await runner.run(order)
    try:
        measurements = await _collect(outcome, equipment)
        return _reported(settings, outcome, measurements, equipment.interruption.exit_code)
    except Exception as error:
        if outcome.requested_at is None:
            raise
        return failed_run_report(outcome, error)  # there was a run: its end is told, whatever we stumble over


async def _collect(outcome: Outcome, equipment: Equipment) -> Measurements:
    """The metrics of an ended run; none when the job is being cancelled, because its time is short."""
    if outcome.run is None or not outcome.run.is_terminal or outcome.problem is not None:
        return Measurements()
    client, options = equipment.client, outcome.order.archive.options
    deadline = Deadline.after(equipment.clock, outcome.requested_at or 0.0, outcome.order.patience.total)
    within = deadline.left(_COLLECT_SECONDS, grace=GRACE_SECONDS, at_least=_SHORTEST_COLLECT_SECONDS)
    with equipment.interruption.scope(), anyio.move_on_after(within):
        found = await measure(client, outcome.run.id, options)
        if found.has_samples is False:  # a verdict depends on it, and metrics may arrive a little late
            await equipment.clock.sleep(_LATE_SECONDS)
            found = await measure(client, outcome.run.id, options)
        return found
    return Measurements(problems=("the metrics were not waited for",))


def _reported(
    settings: Settings, outcome: Outcome, measurements: Measurements, cancelled_by: ExitCode | None
) -> RunReport:
    return run_report(
        outcome,
        measurements,
        cancelled_by=cancelled_by,
        allows_no_samples=settings.allow_no_samples,
        wanted_checks_rate=settings.min_checks_rate,
        is_ci=settings.is_ci,
    )


def _repository(checkout: Checkout) -> tuple[pathlib.Path | None, str | None]:
    """The root of the work tree, and the URL of its remote; git may be missing, or distrust who owns the files."""
    folder = checkout.folder
    return git.root_of(folder) or checkout.work_tree, git.remote_url(folder)


async def naming_caution(orders: Sequence[Order], checkout: Checkout) -> tuple[str, ...]:
    """A warning when load tests are named after paths, and nobody knows where the paths begin."""
    if all(order.archive.cloud_options.get("name") for order in orders):
        return ()
    if checkout.work_tree is not None:
        return ()
    if await anyio.to_thread.run_sync(git.root_of, checkout.folder, abandon_on_cancel=True) is not None:
        return ()
    caution = (
        f"{checkout.folder} is in no git repository and no CI workspace, so load tests are named after the folder's "
        "own name: two folders of one name share them. Set a name in the script (options.cloud.name)."
    )
    return (caution,)


def _wanted_name(settings: Settings, prepared: Prepared) -> str | None:
    """The name that somebody asks for: K6_CLOUD_NAME > the script > k6's config file, as with k6."""
    asked, own = settings.test_name, prepared.archive.cloud_options.get("name")
    if asked is not None and asked.rank < Rank.SCRIPT:
        return asked.value
    if isinstance(own, str) and own.strip():
        return own.strip()
    return asked.value if asked is not None else None


def _inside(prepared: Prepared, folder: pathlib.Path, root: pathlib.Path) -> pathlib.PurePath:
    """The script's path inside the repository; its bare name when it lies elsewhere."""
    path = (folder / prepared.archive.script).resolve()
    try:
        return path.relative_to(root.resolve())
    except ValueError:
        return pathlib.PurePath(path.name)
