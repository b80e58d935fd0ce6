"""Charts as SVG inside of HTML. Colours are attributes, so that a page without its style is readable.

The style of the page (templates/report.css) sets the colours of both themes by the classes of the lines.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree import ElementTree as ET

from k6ci.lines import one_line
from k6ci.render import figures
from k6ci.render.charts import Chart

_WIDTH: Final = 520
_HEIGHT: Final = 220
_HEIGHT_OF_PLOT: Final = 180
_MARGIN: Final = 10
# The share of the plot that stays free at each of its sides, so that no line lies on its border.
_INSET: Final = 0.02
_FONT_SIZE: Final = 12
# The width of a digit in the font of the page, the distance of a label to its axis, and the base line below the middle.
_LETTER: Final = 7
_GAP: Final = 5
_MIDDLE_OF_TEXT: Final = 3.5
_BELOW: Final = 15
_HALF_DASH: Final = 0.2
_TICKS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MAX_TICKS: Final = 7
# Leading digits of the end of an axis -> into how many parts it is divided.
_PARTS: Final = {1.0: 5, 1.5: 3, 2.0: 4, 2.5: 5, 3.0: 3, 4.0: 4, 5.0: 5, 6.0: 3, 8.0: 4}
_COLOURS: Final = {"line-1": "#0b66d8", "line-2": "#7a4fd0", "limit": "#c4232c", "abort": "#8a5a00"}
_LINES: Final = ("line-1", "line-2")
_DASHES: Final = {"limit": "6 4", "abort": "2 3"}


def svg(chart: Chart, identity: str) -> str:
    """The chart as an SVG element with title and description; `identity` is unique in the page."""
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
            "role": "img",
            "aria-labelledby": f"{identity}-title {identity}-description",
            "class": "chart",
        },
    )
    ET.SubElement(root, "title", {"id": f"{identity}-title"}).text = chart.title
    ET.SubElement(root, "desc", {"id": f"{identity}-description"}).text = description(chart)
    root.append(_drawn(chart))
    return ET.tostring(root, encoding="unicode")


def description(chart: Chart) -> str:
    """What the chart shows, in words."""
    parts = []
    for line in chart.lines:
        known = [value for value in line.values if value is not None]
        shown = [shown_value(value, chart.unit) for value in (min(known), max(known), known[-1])]
        parts.append("{}: minimum {}, maximum {}, at the end {}.".format(line.name, *shown))
    parts += [f"Limit {one_line(limit.name)}: {shown_value(limit.value, chart.unit)}." for limit in chart.limits]
    if chart.aborted_after is not None:
        parts.append(f"Aborted after {figures.duration(chart.aborted_after)}.")
    return " ".join(parts)


def shown_value(value: float | None, unit: str) -> str:
    """A value of a chart, with its unit."""
    if value is None:
        return "-"
    if unit == "ms":
        return figures.milliseconds(value)
    return f"{value:.4g}{' ' if unit else ''}{unit}"


@dataclasses.dataclass(frozen=True)
class _Plot:
    """The area of the lines, and where a time in seconds and a value are in it."""

    seconds: int
    top: float
    left: int

    @property
    def width(self) -> int:
        return _WIDTH - self.left - _MARGIN

    def x(self, seconds: float) -> float:
        return _INSET * self.width + seconds / self.seconds * (1 - 2 * _INSET) * self.width

    def y(self, value: float) -> float:
        return _HEIGHT_OF_PLOT - _INSET * _HEIGHT_OF_PLOT - value / self.top * (1 - 2 * _INSET) * _HEIGHT_OF_PLOT

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """A line through points of seconds and values, as the commands of an SVG path."""
        first, *rest = (f"{self.x(seconds):.1f} {self.y(value):.1f}" for seconds, value in points)
        return f"M{first} L{' '.join(rest)}"


def _drawn(chart: Chart) -> ET.Element:
    """The axes, then the lines, then the limits and the moment of an abort."""
    labels = [(value, shown_value(value, chart.unit)) for value in _scale(chart.top)]
    left = _MARGIN + _GAP + _LETTER * max(len(text) for _, text in labels)
    plot = _Plot(max(1, chart.steps * chart.step_seconds), chart.top, left)
    drawn = ET.Element("g", {"transform": f"translate({left}, {_MARGIN})"})
    for value, text in labels:
        y = plot.y(value)
        _guide(drawn, f"M0 {y:.1f} h{plot.width}")
        _label(drawn, text, -_GAP, y + _MIDDLE_OF_TEXT, "end")
    for seconds in _time_labels(plot.seconds):
        x = plot.x(seconds)
        _guide(drawn, f"M{x:.1f} 0 v{_HEIGHT_OF_PLOT}")
        _label(drawn, figures.duration(seconds), x, _HEIGHT_OF_PLOT + _BELOW, "middle")
    for line, role in zip(chart.lines, _LINES, strict=False):
        for points in _segments(line.values, chart.step_seconds):
            _line(drawn, plot.path(points), role)
    for limit in chart.limits:
        _line(drawn, plot.path([(0, limit.value), (plot.seconds, limit.value)]), "limit")
    if chart.aborted_after is not None:
        moment = min(chart.aborted_after, plot.seconds)
        _line(drawn, plot.path([(moment, 0), (moment, plot.top)]), "abort")
    return drawn


def _segments(values: Iterable[float | None], step: int) -> Iterator[list[tuple[float, float]]]:
    """The parts of a line between gaps. A value between two gaps would have no line: it becomes a dash."""
    for _, group in itertools.groupby(enumerate(values), key=lambda pair: pair[1] is None):
        points = [(float(place * step), value) for place, value in group if value is not None]
        if len(points) == 1:
            (seconds, value) = points[0]
            points = [(max(0.0, seconds - _HALF_DASH * step), value), (seconds + _HALF_DASH * step, value)]
        if points:
            yield points


def _guide(parent: ET.Element, path: str) -> None:
    ET.SubElement(parent, "path", {"d": path, "class": "guide", "stroke": "#888", "stroke-opacity": "0.3"})


def _label(parent: ET.Element, text: str, x: float, y: float, anchor: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    look = {"class": "label", "text-anchor": anchor, "font-size": str(_FONT_SIZE)}
    ET.SubElement(parent, "text", place | look).text = text


def _line(parent: ET.Element, path: str, role: str) -> None:
    look = {"d": path, "class": role, "fill": "none", "stroke": _COLOURS[role], "stroke-width": "2"}
    if role in _DASHES:
        look |= {"stroke-dasharray": _DASHES[role], "stroke-width": "1.5"}
    ET.SubElement(parent, "path", look)


def _time_labels(length: int) -> list[int]:
    """Round times from zero on, at most _MAX_TICKS."""
    tick = next((tick for tick in _TICKS if length / tick < _MAX_TICKS), length)
    return list(range(0, length + 1, tick))


def _scale(top: float) -> list[float]:
    """Round values from zero to the end of the axis."""
    digits = float(f"{top:.1e}".split("e")[0])
    parts = _PARTS.get(digits, 4)
    return [top * part / parts for part in range(parts + 1)]
