"""The summary that GitHub shows on the page of the workflow run."""

from __future__ import annotations

from typing import Final

from k6ci.ci import github
from k6ci.ci.system import System
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery, Destination
from k6ci.render.markdown import summary_markdown
from k6ci.results.model import Report


async def _deliver(report: Report, destination: Destination) -> None:
    if destination.platform.system is System.GITHUB:
        await in_thread(github.append, destination.environ, github.STEP_SUMMARY, summary_markdown(report))


DELIVERY: Final = Delivery("the job summary", _deliver)
