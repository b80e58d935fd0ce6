"""Where the thresholds of a run are written in its script: the line of each crossed one, for annotations.

The text is searched, not parsed: options may be built by code, or imported. What is not found is at line 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from k6ci.results.model import Threshold

# Of a metric's name in an object of JavaScript: quoted, or bare.
_KEY: Final = r"""(?:["'`]{name}["'`]|(?<![\w.$]){name})\s*\]?\s*:"""


def crossed_lines(source: str, thresholds: Sequence[Threshold]) -> Iterator[tuple[Threshold, int]]:
    """Each crossed threshold with its line, from 1: of its expression after the metric's name, else of the name."""
    lines = source.splitlines()
    for one in thresholds:
        if one.is_met is False:
            yield one, _line_of(lines, one)


def _line_of(lines: Sequence[str], threshold: Threshold) -> int:
    key = re.compile(_KEY.format(name=re.escape(threshold.metric)))
    for number, line in enumerate(lines, 1):
        if key.search(line):
            return _expression_line(lines, threshold.expression, number) or number
    return _expression_line(lines, threshold.expression, 1) or 1


def _expression_line(lines: Sequence[str], expression: str, first: int) -> int | None:
    found = (number for number, line in enumerate(lines[first - 1 :], first) if expression in line)
    return next(found, None)
