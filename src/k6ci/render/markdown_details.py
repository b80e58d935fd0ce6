"""Tables of the report in Markdown: the comparison with earlier runs; for the job summary charts, URLs and groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from k6ci.render import comparisons, figures
from k6ci.render.charts import charts
from k6ci.render.github_markdown import escaped, short_name, table
from k6ci.render.mermaid import diagram
from k6ci.results.comparison import Comparison
from k6ci.results.model import RunReport

_SHOWN_ROWS: Final = 10
_SHOWN_CHARTS: Final = 2


def diagrams(run: RunReport) -> list[str]:
    """The response times and the requests per second."""
    return [line for chart in charts(run)[:_SHOWN_CHARTS] for line in ("", diagram(chart))]


def comparison(compared: Comparison) -> Iterator[str]:
    """The run beside its history, and what to know about that."""
    yield ""
    yield f"**{escaped(comparisons.title(compared))}**"
    if compared.metrics and compared.runs:
        rows = ((escaped(one.name), *comparisons.row(one)[1:]) for one in compared.metrics)
        yield from table(comparisons.HEADS, rows)
    said = comparisons.sentences(compared)
    yield from ("", *(f"- {escaped(sentence)}" for sentence in said)) if said else ()


def compared_endpoints(run: RunReport) -> Iterator[str]:
    """The slowest URLs beside their own history; they decide nothing."""
    compared = run.comparison.endpoints if run.comparison else ()
    if compared:
        rows = ((short_name(one.name), *comparisons.row(one)[1:-1]) for one in compared)
        yield from table(("URL or name, compared", *comparisons.HEADS[1:-1]), rows)


def endpoints(run: RunReport) -> Iterator[str]:
    """A table of the slowest URLs, if there are any."""
    if run.endpoints:
        yield from table(
            ("URL or name", "method", "-requests", "-failed", "-p95"),
            (
                (
                    short_name(one.name),
                    short_name(one.method),
                    figures.count(one.requests),
                    figures.count(one.failures),
                    figures.milliseconds(one.duration_p95_ms),
                )
                for one in run.endpoints[:_SHOWN_ROWS]
            ),
        )


def groups(run: RunReport) -> Iterator[str]:
    """A table of the script's groups, if there are any."""
    if run.groups:
        yield from table(
            ("group", "-executions", "-p95"),
            (
                (short_name(one.name), figures.count(one.executions), figures.milliseconds(one.duration_p95_ms))
                for one in run.groups[:_SHOWN_ROWS]
            ),
        )
