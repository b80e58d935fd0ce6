"""The last step of the story: a redacted report reaches its readers, by renderers and deliveries.

A delivery (registry.py) has a name, a deadline, and its own failure, which is a warning and never a verdict.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import anyio

from k6ci.publish.delivery import (
    RESULT_NAME,
    Delivery,
    DeliveryError,
    Destination,
    PullRequestReport,
    ReportFiles,
    StartedRuns,
)
from k6ci.publish.registry import ANNOUNCING, EARLY, MODULES, REPEATABLE
from k6ci.redaction import Redactor
from k6ci.redaction.values import redacted
from k6ci.results.model import Report
from k6ci.runs.interruption import Interruption

__all__ = [
    "REPEATABLE",
    "RESULT_NAME",
    "Destination",
    "Published",
    "PullRequestReport",
    "ReportFiles",
    "StartedRuns",
    "announce",
    "begin",
    "publish",
]

# What deliveries get when signals have used up the time for cleaning up; writing small files takes milliseconds.
_MINIMUM_SECONDS: Final = 1.0
# The load test is prepared meanwhile. After a signal, the rest of the time is for the report.
_BEGIN_SECONDS: Final = 8.0
_RESERVE_SECONDS: Final = 3.0
# The run has started, and is not watched meanwhile.
_ANNOUNCE_SECONDS: Final = 1.0
_PERMISSION_REMEDY: Final = " Add {} to the permissions of the job, or set `comment: never` and `check-run: false`."
_NO_TIME: Final = DeliveryError("the job was cancelled, and no time was left")

_Action = Callable[[Delivery], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class Published:
    """A report as it was delivered, redacted, with sentences about the deliveries that failed."""

    report: Report
    warnings: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Failure:
    name: str
    error: DeliveryError


async def begin(destination: Destination, interruption: Interruption) -> None:
    """Announce that the command has begun. Failures are ignored: the delivery of the report will fail, too."""
    with interruption.patient(_BEGIN_SECONDS, reserve=_RESERVE_SECONDS):
        await _attempt_all(lambda delivery: delivery.begin(destination) if delivery.begin else _nothing(), EARLY)


async def publish(
    report: Report,
    destination: Destination,
    redactor: Redactor,
    interruption: Interruption,
    *,
    modules: Sequence[str] | None = None,
) -> Published:
    """Make deliveries at once, each within its own deadline, and all within the time that signals leave.

    `modules` names the deliveries by their modules; None means all.
    """
    clean: Report = redacted(report, redactor)
    failures: list[_Failure] = []
    with interruption.patient(at_least=_MINIMUM_SECONDS):
        await _attempt_all(lambda delivery: delivery.deliver(clean, destination), modules, failures)
    warnings = _sentences([one for one in failures if not one.error.is_notice])
    return Published(clean, warnings, _sentences([one for one in failures if one.error.is_notice]))


async def announce(started: StartedRuns, destination: Destination, interruption: Interruption) -> None:
    """Announce runs as soon as they have started, so that a later step can stop them if this process is killed.

    Failures are ignored: the run file has the runs, too, and the deliveries of the report will fail with a warning.
    """
    with interruption.patient(_ANNOUNCE_SECONDS):
        await _attempt_all(
            lambda delivery: delivery.announce(started, destination) if delivery.announce else _nothing(), ANNOUNCING
        )


async def _nothing() -> None:
    """What a delivery does that has no use for a call."""


async def _attempt_all(
    action: _Action, modules: Sequence[str] | None = None, failures: list[_Failure] | None = None
) -> None:
    """Let deliveries act at once; `failures` then has those that failed or were cancelled, in their order."""
    problems: dict[str, _Failure | None] = dict.fromkeys(MODULES if modules is None else modules)
    try:
        async with anyio.create_task_group() as group:
            for module in problems:
                group.start_soon(_attempt, module, problems, action)
    finally:
        if failures is not None:
            failures += filter(None, problems.values())


async def _attempt(module: str, problems: dict[str, _Failure | None], action: _Action) -> None:
    """Let one delivery act; `problems` has its failure as long as it has not succeeded."""
    name = module
    try:
        delivery: Delivery = importlib.import_module(f"{__name__}.{module}").DELIVERY
        name = delivery.name
        problems[module] = _Failure(name, _NO_TIME)
        with anyio.fail_after(delivery.seconds):
            await action(delivery)
    except Exception as error:  # noqa: BLE001 -- a delivery that fails must not affect the others
        problems[module] = _Failure(name, DeliveryError.of(error))
    else:
        problems[module] = None


def _sentences(failures: Sequence[_Failure]) -> tuple[str, ...]:
    """A sentence for each reason, with all deliveries that failed for it."""
    by_reason: dict[str, list[_Failure]] = {}
    for one in failures:
        by_reason.setdefault(one.error.reason, []).append(one)
    sentences = []
    for reason, alike in by_reason.items():
        permissions = sorted({f"`{one.error.permission}`" for one in alike if one.error.permission})
        remedy = _PERMISSION_REMEDY.format(" and ".join(permissions)) if permissions else ""
        sentences.append(f"{' and '.join(one.name for one in alike)} could not be written: {reason}.{remedy}")
    return tuple(sentences)
