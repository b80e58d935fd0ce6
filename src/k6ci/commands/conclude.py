"""`k6ci conclude`: the last step of the action concludes a check run that a process that was killed has left.

It never fails the job: that is decided by the step that runs k6ci, which may have passed.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Final

import anyio
import typer

from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode
from k6ci.publish.check_run import conclude_unfinished
from k6ci.publish.delivery import DeliveryError, Destination, PullRequestReport, ReportFiles
from k6ci.results.model import Verdict
from k6ci.settings.resolve import resolve

_SECONDS: Final = 30.0


def conclude(
    context: AppContext,
    raw_inputs: RawInputs,
    verdict: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="How the run ended, as far as it is known.")],
) -> CommandResult:
    """Conclude what is in progress; a failure is only printed."""
    try:
        anyio.run(_within_limits, verdict, _destination(context, raw_inputs))
    except TimeoutError:
        context.remark("notice", [f"The check run could not be concluded within {_SECONDS:.0f} s."])
    except Exception as error:  # noqa: BLE001 -- the run may have passed, and its job must stay green
        context.remark("notice", [f"The check run could not be concluded: {DeliveryError.of(error).reason}."])
    return ExitCode.PASSED


def _destination(context: AppContext, raw_inputs: RawInputs) -> Destination:
    """The step before found the check run to be wanted. Its inputs are not all known here: k6ci.toml may say false."""
    settings = resolve(raw_inputs, context.environ, context.folder)
    wanted = PullRequestReport.of(settings, context.platform.system)
    return Destination(
        ReportFiles(context.folder / settings.report_dir, context.checkout.root),
        context.platform,
        context.environ,
        context.folder,
        dataclasses.replace(wanted, has_check_run=True),
    )


async def _within_limits(verdict: Verdict, destination: Destination) -> None:
    with anyio.fail_after(_SECONDS):
        await conclude_unfinished(verdict, destination)


COMMAND: Final = Command(
    "conclude", conclude, "Conclude the check run of a k6ci that was killed; the action's last step does it."
)
