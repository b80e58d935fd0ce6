"""What a YAML or JSON text would cost to parse, without parsing it: parsers recurse, and keep a kilobyte a value."""

from __future__ import annotations

import re

_DEEPEST = 200
# Some 60 MB of nodes: the limit of a process is 100.
_MOST_MARKS = 32_000
# Thousands of lines such as `k: x` cost ten times as much for each byte as lines that people write.
_MOST_DENSE_MARKS, _BYTES_OF_A_MARK = 8_000, 8
_BRACKET = re.compile(r"[\[\]{}]")
_DASHES = re.compile(r"(?:- ){60}")


def is_deep(text: str) -> bool:
    """True when the text may nest deeper than 200 levels; brackets inside strings count, so the answer is cautious."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or _DASHES.search(text) is not None or " " * 2 * _DEEPEST in text


def is_costly(text: str) -> bool:
    """True when parsing the text could take too much memory or recursion; lines are read in any case."""
    marks = sum(map(text.count, ":,\n"))
    is_dense = marks > _MOST_DENSE_MARKS and len(text) < _BYTES_OF_A_MARK * marks
    return marks > _MOST_MARKS or is_dense or is_deep(text)
