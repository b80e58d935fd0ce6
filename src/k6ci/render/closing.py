"""The closing view of a report on a console: thresholds, figures, failing checks, warnings, the verdict last."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from k6ci.lines import marked, one_line
from k6ci.render import comparisons, figures
from k6ci.render.console import console_for
from k6ci.results.comparison import Comparison
from k6ci.results.model import Report, RunReport, Threshold, Verdict

_STYLES: Final = {
    Verdict.PASSED: "bold green",
    Verdict.FAILED: "bold red",
    Verdict.REGRESSED: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.ABORTED: "bold red",
    Verdict.CANCELLED: "bold yellow",
    Verdict.UNKNOWN: "bold magenta",
    Verdict.SKIPPED: "bold",
}
# A script that has the URL or an ID in the name of a check has thousands of them.
_SHOWN_CHECKS: Final = 20
_LONGEST_NAME: Final = 200
_GAP: Final = 2
_MARK_STYLES: Final = {True: "green", False: "red", None: "yellow"}


def report_text(report: Report) -> str:
    """What `show_report` prints into a log."""
    stream = io.StringIO()
    show_report(console_for(stream), report)
    return stream.getvalue()


def show_report(console: Console, report: Report) -> None:
    """Print the whole report; the last line is the verdict."""
    for run in report.runs:
        _show_run(console, run, is_emulated=report.is_emulated)
    for warning in report.warnings:
        _line(console, "warning: ", warning, "yellow")
    console.print()
    if len(report.runs) > 1 and (cost := figures.suite_cost(report.runs)):
        console.print(f"cost of all {len(report.runs)} runs: {cost}")
    if report.problems:
        for cause, remedy in report.problems:
            _lines(console, "problem: ", cause, "red")
            _lines(console, "     -> ", remedy, "")
    decision = report.decision
    label = "EMULATED, " if report.is_emulated else ""
    console.print(
        Text.assemble(
            (decision.verdict.value.upper(), _STYLES[decision.verdict]),
            f" ({label}exit code {int(decision.exit_code)}) ",
            "" if report.problems else one_line(decision.reason),
        ),
        soft_wrap=True,
    )
    if decision.remedy and not report.problems:
        _lines(console, "  -> ", decision.remedy, "")


def _show_run(console: Console, run: RunReport, *, is_emulated: bool) -> None:
    console.print()
    # Begins with what is ours: a script may be named like a verdict.
    title = Text(f"-- {one_line(figures.run_name(run))}: {run.decision.verdict.value}")
    console.rule(title, align="left", characters="-")
    if run.run_id is not None or run.run_url:
        hint = " (emulated run: this page does not exist)" if is_emulated and run.run_url else ""
        _line(console, "run: ", f"{run.run_url or run.run_id}{hint}", "cyan")
    if run.thresholds:
        console.print(_thresholds(run.thresholds))
    if rows := figures.figure_rows(run.metrics):
        console.print(_grid(rows))
    if run.comparison is not None:
        show_comparison(console, run.comparison)
    failed = sorted((check for check in run.checks if check.fails), key=lambda check: -check.fails)
    for check in failed[:_SHOWN_CHECKS]:
        counted = f"{check.fails} of {check.passes + check.fails}"
        _line(console, "check failed: ", f"{_short(check.name)} ({counted})", "red")
    if len(failed) > _SHOWN_CHECKS:
        console.print(f"… and {len(failed) - _SHOWN_CHECKS} more failed checks; see result.json.")
    if run.checks and not failed:
        console.print(f"checks: {len(run.checks)} passed")
    if run.vuh is not None:
        console.print(f"cost: {run.vuh:.4g} VUh")
    for warning in run.warnings:
        _line(console, "warning: ", warning, "yellow")


def show_comparison(console: Console, comparison: Comparison) -> None:
    """The comparison with earlier runs; no colours: the warnings and the verdict have them."""
    _line(console, "", comparisons.title(comparison), "bold")
    if comparison.metrics and comparison.runs:
        console.print(_comparison(comparison, console.width))
    for sentence in comparisons.sentences(comparison):
        _line(console, "", sentence, "")


def _comparison(comparison: Comparison, width: int) -> Table:
    """The metrics; of the trend the latest runs for which a line of `width` characters has room."""
    heads = [head.lstrip("-") for head in comparisons.HEADS]
    rows = [[one_line(cell) for cell in comparisons.row(metric)] for metric in comparison.metrics]
    trend = heads.index("trend")
    columns = [max(map(len, column)) + _GAP for column in zip(heads, *rows, strict=True)]
    room = width - sum(columns) + columns[trend]
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    shown = [place for place in range(len(heads)) if place != trend or room >= len("trend")]
    for place in shown:
        is_number = comparisons.HEADS[place].startswith("-")
        table.add_column(heads[place], justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        row[trend] = row[trend][-room:]
        table.add_row(*(Text(row[place]) for place in shown))
    return table


def _thresholds(thresholds: tuple[Threshold, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head, justify in (("", "left"), ("threshold", "left"), ("value", "right"), ("distance to limit", "right")):
        table.add_column(head, justify=justify, no_wrap=head != "threshold", overflow="fold")  # type: ignore[arg-type]
    for one in thresholds:
        shown = one.note or "no data" if one.value is None else figures.quantity(one.metric, one.value)
        table.add_row(
            Text(figures.threshold_mark(one), style=_MARK_STYLES[one.is_met]),
            Text(one_line(_short(f"{one.metric} {one.expression}"))),
            Text(one_line(shown)),
            Text(figures.quantity(one.metric, one.distance)),
        )
    return table


def _grid(rows: list[tuple[str, str]]) -> Table:
    """Name and value pairs, two abreast."""
    table = Table.grid(padding=(0, 3, 0, 0))
    half = (len(rows) + 1) // 2
    for index in range(half):
        cells: list[str] = []
        for name, value in (rows[index : index + 1]) + (rows[half + index : half + index + 1]):
            cells += [f"[dim]{name}[/dim]", value]
        table.add_row(*cells)
    return table


def _short(name: str) -> str:
    """A name that others chose: scripts may put whole answers into those of their checks."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _line(console: Console, label: str, text: str, style: str) -> None:
    """A labelled line of foreign text: no markup, no wrapping by us."""
    console.print(Text.assemble((label, style), one_line(text)), soft_wrap=True)


def _lines(console: Console, label: str, text: str, style: str) -> None:
    """A foreign text of several lines, with a mark at each one after the first."""
    first, *further = marked(text)
    _line(console, label, first, style)
    for line in further:
        _line(console, "", line, "")
