"""report.html in the report directory: the report for people, with charts, in one file."""

from __future__ import annotations

from typing import Final

from k6ci import files
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery, Destination, ReportFiles
from k6ci.render.html import report_html
from k6ci.results.model import Report


async def _deliver(report: Report, destination: Destination) -> None:
    # In the thread, too: the charts of a large suite take a second, in which the other deliveries go on.
    await in_thread(_write, report, destination.files)


def _write(report: Report, report_files: ReportFiles) -> None:
    files.write_text(report_files.html, report_html(report), root=report_files.root)


DELIVERY: Final = Delivery("report.html", _deliver)
