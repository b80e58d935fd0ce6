"""The outputs of the step on GitHub (docs/usage.md), for later steps of the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from k6ci.ci import github
from k6ci.ci.system import System
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery, Destination, StartedRuns
from k6ci.results.model import Report


async def _deliver(report: Report, destination: Destination) -> None:
    await _append(dict(_outputs(report, destination)), destination)


async def _announce(started: StartedRuns, destination: Destination) -> None:
    outputs = {"run-id": "\n".join(map(str, started.run_ids)), "run-url": "\n".join(started.run_urls)}
    await _append(outputs, destination)


def _outputs(report: Report, destination: Destination) -> Iterator[tuple[str, str]]:
    yield "run-id", "\n".join(str(run.run_id) for run in report.runs if run.run_id is not None)
    yield "run-url", "\n".join(run.run_url for run in report.runs if run.run_url)
    yield "result", report.decision.verdict.value
    yield "result-file", str(destination.files.result)
    charged = [run.vuh for run in report.runs if run.vuh is not None]
    yield "vuh", f"{sum(charged):.6g}" if charged else ""


async def _append(outputs: Mapping[str, str], destination: Destination) -> None:
    if destination.platform.system is System.GITHUB:
        text = "".join(github.output(name, value) for name, value in outputs.items())
        await in_thread(github.append, destination.environ, github.OUTPUTS, text)


DELIVERY: Final = Delivery("the outputs", _deliver, _announce)
