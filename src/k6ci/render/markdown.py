"""The report as Markdown: summary.md, and the step summary on GitHub. Everything foreign is escaped.

GitHub silently drops a step summary over 1 MiB, so a longer text is truncated at a line, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from k6ci.lines import one_line
from k6ci.render import figures
from k6ci.results.model import Report, RunReport

BUDGET_BYTES: Final = 900 * 1024
_SHOWN_CHECKS: Final = 50
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|~#$])")
# What GitHub and GitLab turn into links, mentions and pictures without markup; a zero-width space prevents that.
_AUTOMATIC: Final = re.compile(
    r"@|#|!(?=\d)|\bGH-(?=\d)|:(?=//|[\w+\\-]+:)|\bwww(?=\.)|\bmailto:|\bxmpp:", re.IGNORECASE
)
_AT_START: Final = re.compile(r"^(\d*)([-+=.)])")
# Pages that k6ci's own messages link to; names that others choose do not become links.
_OURS: Final = re.compile(r"https://(?:github\.com/k6ci/|(?:[\w-]+\.)*grafana\.(?:com|net)/)[\w./#-]*[\w/]")
# Printable ASCII only: a URL has no other characters, and a link is the one text that is not escaped.
_URL: Final = re.compile(r"https?://[!#-'*-;=?-Z^_a-{}~]+")


def report_markdown(report: Report) -> str:
    """The text of summary.md."""
    return _fitted("\n".join(_lines(report)) + "\n")


def escaped(text: object) -> str:
    """Foreign text inside Markdown: no formatting, no table cell, no HTML, no mention, no link but to our own pages."""
    flat = one_line(" ".join(str(text).split()))
    pieces, position = [], 0
    for page in _OURS.finditer(flat):
        pieces += [_inert(flat[position : page.start()]), page[0]]
        position = page.end()
    return _AT_START.sub(r"\1\\\2", "".join([*pieces, _inert(flat[position:])]))


def _inert(text: str) -> str:
    plain = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;"))
    return _AUTOMATIC.sub("\\g<0>\u200b", plain)


def _lines(report: Report) -> Iterator[str]:
    decision = report.decision
    label = " · EMULATED" if report.is_emulated else ""
    yield f"## {figures.SYMBOLS[decision.verdict]} k6 load test: {decision.verdict.value}{label}"
    yield ""
    yield f"{escaped(decision.reason)} (exit code {int(decision.exit_code)})"
    if report.is_emulated:
        yield ""
        yield "> **EMULATED**: this ran on a loopback emulator, not in Grafana Cloud k6."
    if len(report.problems) > 1:
        yield ""
        for cause, remedy in report.problems:
            yield f"- **{escaped(cause)}** {escaped(remedy)}"
    elif decision.remedy:
        yield ""
        yield f"**What to do:** {escaped(decision.remedy)}"
    if len(report.runs) > 1 and (cost := figures.suite_cost(report.runs)):
        yield ""
        yield f"Cost of all {len(report.runs)} runs: {cost}"
    yield from _warnings(report.warnings)
    for run in report.runs:
        yield from _run(run, is_alone=len(report.runs) == 1)


def _run(run: RunReport, *, is_alone: bool) -> Iterator[str]:
    decision = run.decision
    yield ""
    yield f"### {figures.SYMBOLS[decision.verdict]} {escaped(run.script)}"
    yield ""
    if not is_alone:
        yield f"{escaped(decision.reason)} (exit code {int(decision.exit_code)})"
        yield ""
    yield " · ".join(_facts(run))
    if run.thresholds:
        yield from _table(
            ("", "metric", "threshold", "value", "limit", "distance"),
            (
                (
                    figures.threshold_mark(one),
                    escaped(one.metric),
                    escaped(one.expression),
                    escaped(one.note) if one.value is None else figures.quantity(one.metric, one.value),
                    figures.quantity(one.metric, one.limit),
                    figures.quantity(one.metric, one.distance),
                )
                for one in run.thresholds
            ),
        )
    if rows := figures.figure_rows(run.metrics):
        yield from _table(("figure", "value"), rows)
    if run.checks:
        yield from _checks(run)
    yield from _warnings(run.warnings)


def _facts(run: RunReport) -> Iterator[str]:
    if run.run_url and _URL.fullmatch(run.run_url):
        yield f"[test run {run.run_id}]({run.run_url})"
    elif run.run_id is not None:
        yield f"test run {run.run_id}"
    if run.status:
        yield f"status {escaped(run.status)}, result {escaped(run.result)}"
    if run.execution_seconds:
        yield f"{figures.duration(run.execution_seconds)} executed"
    if run.vuh is not None:
        yield f"{run.vuh:.4g} VUh"
    elif run.vuh_estimate is not None:
        yield f"about {run.vuh_estimate:.4g} VUh"
    if run.load_test_name:
        yield f"load test {escaped(run.load_test_name)}"


def _checks(run: RunReport) -> Iterator[str]:
    """The checks, failing ones first."""
    ordered = sorted(run.checks, key=lambda check: (check.fails == 0, check.name))
    yield from _table(
        ("", "check", "passes", "fails"),
        (
            (
                "✓" if check.fails == 0 else "✗",
                escaped(check.name),
                figures.count(check.passes),
                figures.count(check.fails),
            )
            for check in ordered[:_SHOWN_CHECKS]
        ),
    )
    if len(ordered) > _SHOWN_CHECKS:
        yield f"… and {len(ordered) - _SHOWN_CHECKS} more checks; see result.json."


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | list[tuple[str, str]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _warnings(warnings: tuple[str, ...]) -> Iterator[str]:
    if warnings:
        yield ""
        for warning in warnings:
            yield f"- ⚠️ {escaped(warning)}"


def _fitted(text: str) -> str:
    if len(text.encode()) <= BUDGET_BYTES:
        return text
    note = "\n… truncated: the full report is in result.json.\n"
    kept = text.encode()[: BUDGET_BYTES - len(note.encode())].decode(errors="ignore")
    return kept[: kept.rfind("\n") + 1] + note
