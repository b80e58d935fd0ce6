"""junit.xml in the report directory: the report for the test views of CI systems."""

from __future__ import annotations

from typing import Final

from k6ci import files
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery, Destination
from k6ci.render.junit import report_junit
from k6ci.results.model import Report


async def _deliver(report: Report, destination: Destination) -> None:
    report_files = destination.files
    await in_thread(files.write_text, report_files.junit, report_junit(report), root=report_files.root)


DELIVERY: Final = Delivery("junit.xml", _deliver)
