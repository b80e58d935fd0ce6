"""The report in the form that was asked for; each form is imported only when it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from k6ci import __version__

if TYPE_CHECKING:
    from k6ci.secretscan.inputs.content import Content
    from k6ci.secretscan.report.findings import Finding

FORMATS = ("text", "json", "sarif", "gitlab", "codequality")


def printable(text: str) -> str:
    """Text that any stream takes: bytes of a file name that are no UTF-8 as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def render(form: str, findings: Sequence[Finding], skipped: Sequence[Content]) -> str:
    """The report as text; the empty string for text without findings."""
    if form == "text":
        if not findings:
            return ""
        from k6ci.secretscan.report.text import text_report  # noqa: PLC0415 - one report, one import

        return text_report(findings)
    if form in {"json", "sarif"}:
        from k6ci.secretscan.report import machine as report_json  # noqa: PLC0415 - same

        return (
            report_json.json_report(findings, skipped)
            if form == "json"
            else report_json.sarif_report(findings, __version__)
        )
    from datetime import UTC, datetime  # noqa: PLC0415 - same

    from k6ci.secretscan.report import gitlab as report_gitlab  # noqa: PLC0415 - same

    if form == "gitlab":
        return report_gitlab.secret_detection_report(findings, __version__, datetime.now(UTC))
    return report_gitlab.code_quality_report(findings)
