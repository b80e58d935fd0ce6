"""How deep a YAML or JSON text nests, without parsing it: parsers recurse, and cost more for each level."""

from __future__ import annotations

import re

_DEEPEST = 200
_BRACKET = re.compile(r"[\[\]{}]")
_DASHES = re.compile(r"(?:- ){60}")


def is_deep(text: str) -> bool:
    """True when the text may nest deeper than 200 levels; brackets inside strings count, so the answer is cautious."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or _DASHES.search(text) is not None or " " * 2 * _DEEPEST in text
