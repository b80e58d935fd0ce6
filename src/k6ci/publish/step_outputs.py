"""The outputs of the step on GitHub (docs/usage.md), for later steps of the job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from k6ci.ci import github
from k6ci.ci.system import System
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery, Destination, StartedRuns
from k6ci.results.model import Report


def outputs_text(report: Report, destination: Destination) -> str:
    """The entries for the file of outputs."""
    charged = [run.vuh for run in report.runs if run.vuh is not None]
    return _entries(
        {
            "run-id": "\n".join(str(run.run_id) for run in report.runs if run.run_id is not None),
            "run-url": "\n".join(run.run_url for run in report.runs if run.run_url),
            "result": report.decision.verdict.value,
            "result-file": str(destination.files.result),
            "report-file": str(destination.files.html),
            "vuh": f"{sum(charged):.6g}" if charged else "",
        }
    )


async def _deliver(report: Report, destination: Destination) -> None:
    await _append(outputs_text(report, destination), destination)


async def _announce(started: StartedRuns, destination: Destination) -> None:
    outputs = {"run-id": "\n".join(map(str, started.run_ids)), "run-url": "\n".join(started.run_urls)}
    await _append(_entries(outputs), destination)


def _entries(outputs: Mapping[str, str]) -> str:
    return "".join(github.output(name, value) for name, value in outputs.items())


async def _append(text: str, destination: Destination) -> None:
    if destination.platform.system is System.GITHUB:
        await in_thread(github.append, destination.environ, github.OUTPUTS, text)


DELIVERY: Final = Delivery("the step outputs", _deliver, announce=_announce)
