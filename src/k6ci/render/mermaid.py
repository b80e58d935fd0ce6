"""Charts as Mermaid, which GitHub and GitLab draw in Markdown. A diagram contains numbers and words of our own only."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from k6ci.render.charts import Chart, Line

# GitHub draws each diagram in a frame of 900 pixels at most; more points would not be visible.
_MAX_POINTS: Final = 40
_PALETTE: Final = {"p95": "#2f81f7", "p50": "#8250df", "limit": "#da3633"}
_OTHER_COLOUR: Final = "#2f81f7"
_OPTIONS: Final = "'xyChart': {'width': 860, 'height': 260}, 'themeVariables': {'xyChart': {'plotColorPalette': '%s'}}"


def diagram(chart: Chart) -> str:
    """The chart as a fenced block. Mermaid has no gaps: a line keeps its last value in one."""
    unit = f'"{chart.unit}" ' if chart.unit else ""
    lines = [(line.name, _points(line)) for line in chart.lines]
    lines += [("limit", (limit.value, limit.value)) for limit in chart.limits]
    palette = ",".join(_PALETTE.get(name, _OTHER_COLOUR) for name, _ in lines)
    return "\n".join(
        [
            "```mermaid",
            "%%{init: {" + _OPTIONS % palette + "}}%%",
            "xychart-beta",
            f'  title "{_title(chart)}"',
            f'  x-axis "seconds" 0 --> {max(1, chart.steps * chart.step_seconds)}',
            f"  y-axis {unit}0 --> {_number(chart.top)}",
            *(f"  line [{', '.join(map(_number, points))}]" for _, points in lines),
            "```",
        ]
    )


def _title(chart: Chart) -> str:
    names = [line.name for line in chart.lines] if len(chart.lines) > 1 else []
    if chart.limits:
        names.append("limit" if len(chart.limits) == 1 else "limits")
    return chart.title + (f": {', '.join(names)}" if names else "")


def _points(line: Line) -> tuple[float, ...]:
    """At most _MAX_POINTS values, each the mean of its part of the line; at least two, which a line needs."""
    size = -(-len(line.values) // _MAX_POINTS)
    last = next(value for value in line.values if value is not None)
    points = []
    for start in range(0, len(line.values), size):
        known = [value for value in line.values[start : start + size] if value is not None]
        last = sum(known) / len(known) if known else last
        points.append(last)
    return tuple(points) if len(points) > 1 else (last, last)


def _number(value: float) -> str:
    """Without an exponent, which Mermaid does not read."""
    return format(Decimal(f"{value:.5g}"), "f")
