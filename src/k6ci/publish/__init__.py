"""The last step of the story: a redacted report reaches its readers, by renderers and deliveries.

A delivery (registry.py) has a name, a deadline, and its own failure, which is a warning and never a verdict.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import anyio

from k6ci.publish.delivery import Delivery, Destination, ReportFiles, StartedRuns
from k6ci.publish.registry import MODULES, REPEATABLE
from k6ci.redaction import Redactor
from k6ci.redaction.values import redacted
from k6ci.results.model import Report
from k6ci.runs.interruption import Interruption

__all__ = ["REPEATABLE", "Destination", "Published", "ReportFiles", "StartedRuns", "announce", "publish"]

# What deliveries get when signals have used up the time for cleaning up; writing small files takes milliseconds.
_MINIMUM_SECONDS: Final = 1.0
# The run has started, and is not watched meanwhile.
_ANNOUNCE_SECONDS: Final = 1.0


@dataclasses.dataclass(frozen=True)
class Published:
    """A report as it was delivered, redacted, with a sentence for each delivery that failed."""

    report: Report
    warnings: tuple[str, ...]


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
    problems = dict.fromkeys(MODULES if modules is None else modules, "")
    with interruption.patient(at_least=_MINIMUM_SECONDS):
        async with anyio.create_task_group() as group:
            for module in problems:
                group.start_soon(_attempt, module, problems, lambda delivery: delivery.deliver(clean, destination))
    return Published(clean, tuple(filter(None, problems.values())))


async def announce(started: StartedRuns, destination: Destination, interruption: Interruption) -> None:
    """Announce runs as soon as they have started, so that a later step can stop them if this process is killed.

    Failures are ignored: the run file has the runs, too, and the deliveries of the report will fail with a warning.
    """
    problems = dict.fromkeys(MODULES, "")
    with interruption.patient(_ANNOUNCE_SECONDS):
        for module in MODULES:
            await _attempt(module, problems, lambda delivery: _announcement(delivery, started, destination))


async def _announcement(delivery: Delivery, started: StartedRuns, destination: Destination) -> None:
    if delivery.announce is not None:
        await delivery.announce(started, destination)


async def _attempt(module: str, problems: dict[str, str], make: Callable[[Delivery], Awaitable[None]]) -> None:
    """Make one delivery; `problems` holds a sentence about it as long as it has not succeeded."""
    name = module
    try:
        delivery: Delivery = importlib.import_module(f"{__name__}.{module}").DELIVERY
        name = delivery.name
        problems[module] = f"{name} could not be written: the job was cancelled, and no time was left."
        with anyio.fail_after(delivery.seconds):
            await make(delivery)
    except Exception as error:  # noqa: BLE001 -- a delivery that fails must not affect the others
        problems[module] = f"{name} could not be written: {_reason(error)}."
    else:
        problems[module] = ""


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) and error.errno is None:
        return "it timed out"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"a bug in k6ci ({type(error).__name__})"
