"""Charts as SVG inside of HTML, drawn by pygal. Colours are attributes, so that a page without its style is readable.

pygal draws axes and lines; its style sheet, script, comments and tooltips are omitted. The style of the page
(templates/report.css) sets the colours of both themes by the classes of the lines.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

import pygal

from k6ci.lines import one_line
from k6ci.render import figures
from k6ci.render.charts import Chart

# pygal adds a hook for plugins with maps, of a kind that Python 3.11 warns of at later imports, and 3.12 ignores.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_WIDTH: Final = 520
_HEIGHT: Final = 220
_TICKS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MAX_TICKS: Final = 7
# Leading digits of the end of an axis -> into how many parts it is divided.
_PARTS: Final = {1.0: 5, 1.5: 3, 2.0: 4, 2.5: 5, 3.0: 3, 4.0: 4, 5.0: 5, 6.0: 3, 8.0: 4}
_DECIMALS: Final = re.compile(r"(\d+\.\d)\d+")
_COLOURS: Final = {"line-1": "#0b66d8", "line-2": "#7a4fd0", "limit": "#c4232c", "abort": "#8a5a00"}
_LINES: Final = ("line-1", "line-2")
_DASHES: Final = {"limit": "6 4", "abort": "2 3"}


def svg(chart: Chart, identity: str) -> str:
    """The chart as an SVG element with title and description; `identity` is unique in the page."""
    drawn, roles = _drawn(chart)
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
    root.append(_cleaned(drawn, roles))
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


def _drawn(chart: Chart) -> tuple[Any, list[str]]:
    """What pygal draws, and the role of each of its lines."""
    length = max(1, chart.steps * chart.step_seconds)
    top = chart.top
    graph = pygal.XY(
        width=_WIDTH,
        height=_HEIGHT,
        margin=10,
        js=[],
        css=[],
        no_prefix=True,
        show_legend=False,
        show_dots=False,
        allow_interruptions=True,
        range=(0, top),
        xrange=(0, length),
        x_labels=_time_labels(length),
        y_labels=[top * part / _parts(top) for part in range(_parts(top) + 1)],
        x_value_formatter=figures.duration,
        value_formatter=lambda value: shown_value(value, chart.unit),
    )
    roles = []
    for line, role in zip(chart.lines, _LINES, strict=False):
        graph.add(None, _points(line.values, chart.step_seconds))
        roles.append(role)
    for limit in chart.limits:
        graph.add(None, [(0, limit.value), (length, limit.value)])
        roles.append("limit")
    if chart.aborted_after is not None:
        moment = min(chart.aborted_after, length)
        graph.add(None, [(moment, 0), (moment, top)])
        roles.append("abort")
    return graph.render_tree(), roles


def _points(values: Sequence[float | None], step: int) -> list[tuple[float, float | None]]:
    """The points of a line. A value between two gaps would have no line: it becomes a dash."""
    points: list[tuple[float, float | None]] = []
    for place, value in enumerate(values):
        around = values[max(0, place - 1) : place + 2]
        if value is not None and around.count(None) == len(around) - 1:
            points += [((place - 0.2) * step if place else 0.0, value), ((place + 0.2) * step, value)]
        else:
            points.append((place * step, value))
    return points


def _cleaned(tree: Any, roles: list[str]) -> ET.Element:
    """The axes and lines alone, the lines with their classes and colours.

    The elements are made anew: those of pygal are of lxml, if that is installed.
    """
    plot = next(one for one in tree.iter("g") if one.get("class") == "plot")
    kept = _element("g", plot, "transform")
    for part in plot.findall("g"):
        classes = part.get("class", "").split()
        if "axis" in classes:
            kept.extend(_axis(part, "end" if "y" in classes else "middle"))
        elif "series" in classes:
            role = roles[int(classes[1].removeprefix("serie-"))]
            kept.extend(_line(path, role) for path in part.findall("path"))
    return kept


def _axis(axis: Any, anchor: str) -> Iterator[ET.Element]:
    for guides in axis.findall("g"):
        for path in guides.findall("path"):
            yield _element("path", path, "d", **{"class": "guide", "stroke": "#888", "stroke-opacity": "0.3"})
        for text in guides.findall("text"):
            made = _element("text", text, "x", "y", **{"class": "label", "text-anchor": anchor, "font-size": "12"})
            made.text = text.text
            yield made


def _line(path: Any, role: str) -> ET.Element:
    look = {"class": role, "fill": "none", "stroke": _COLOURS[role], "stroke-width": "2"}
    if role in _DASHES:
        look |= {"stroke-dasharray": _DASHES[role], "stroke-width": "1.5"}
    return _element("path", path, "d", **look)


def _element(tag: str, source: Any, *places: str, **look: str) -> ET.Element:
    """An element at the place of another, in tenths of a unit."""
    return ET.Element(tag, {name: _DECIMALS.sub(r"\1", source.get(name, "")) for name in places} | look)


def _time_labels(length: int) -> list[int]:
    """Round times from zero on, at most _MAX_TICKS."""
    tick = next((tick for tick in _TICKS if length / tick < _MAX_TICKS), length)
    return list(range(0, length + 1, tick))


def _parts(top: float) -> int:
    digits = float(f"{top:.1e}".split("e")[0])
    return _PARTS.get(digits, 4)
