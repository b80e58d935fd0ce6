"""The files in the report directory that the job hands to GitLab below `artifacts:reports` (render/gitlab.py)."""

from __future__ import annotations

import os
from typing import Final

from k6ci import files
from k6ci.ci.system import System
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery, Destination, ReportFiles
from k6ci.render import gitlab
from k6ci.results.model import Report


async def _deliver(report: Report, destination: Destination) -> None:
    if destination.platform.system is System.GITLAB:
        await in_thread(_write, report, destination.files)


def _write(report: Report, report_files: ReportFiles) -> None:
    texts = {name: renderer(report) for name, renderer in gitlab.FILES.values()}
    result = os.path.relpath(report_files.result, report_files.root)  # later jobs find it there among the artifacts
    texts[gitlab.OUTPUTS_NAME] = gitlab.job_outputs(report, result)
    for name, text in texts.items():
        files.write_text(report_files.named(name), text, root=report_files.root)


DELIVERY: Final = Delivery("GitLab's reports", _deliver)
