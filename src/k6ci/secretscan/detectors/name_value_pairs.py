"""Names and values in two places: `name: X` with `value: Y` below, `<add key= value=>`, `variable` with `default`."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import PATTERNS, Candidate, Value, find_named, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.names import kind_of
from k6ci.secretscan.inputs.file_types import FileKind

_NAMED = PATTERNS["name in a pair"]
_LINES_AHEAD = 4


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets whose name stands on the line and whose value stands behind it or on one of the next lines."""
    line, number = context.line, context.number
    yield from positions.find("name-value-pairs", context)
    is_variable = "variable" in context.lowered
    opened = PATTERNS["name above a value"].match(line) or (PATTERNS["variable"].search(line) if is_variable else None)
    named = _NAMED.finditer(line) if PATTERNS["key of a name"].finds(context.lowered) else ()
    for match in (*named, *((opened,) if opened else ())):
        name = match["name"] or match["element"]
        if kind_of(name) is None:
            continue
        here = list(_value_of(name, line, number, match.end(), context))
        yield from here
        if here:
            continue
        if match is opened and number < len(context.lines):
            following = context.lines[number]
            is_continued = line.endswith("\\") and context.kind is not FileKind.CODE
            alone = PATTERNS["value alone"].match(following) or (
                PATTERNS["continued value"].match(following) if is_continued else None
            )
            if alone:
                yield from _check(name, unquote(alone["raw"], alone.start("raw")), number + 1, context)
                continue
        yield from _ahead(name, context)


def _ahead(name: str, context: LineContext) -> Iterator[Candidate]:
    for number in range(context.number + 1, min(context.number + _LINES_AHEAD, len(context.lines)) + 1):
        following = context.lines[number - 1]
        if number > context.number + 1 and (_NAMED.search(following) or not following.strip()):
            return
        found = list(_value_of(name, following, number, 0, context))
        yield from found
        if found or _NAMED.search(following):
            return


def _value_of(name: str, line: str, number: int, start: int, context: LineContext) -> Iterator[Candidate]:
    match = PATTERNS["value in a pair"].search(line, start, start + 1_000)
    # A bare word with another behind it is the beginning of a sentence, and in code a variable.
    if match and (
        match["raw"][0] in "\"'`"
        or (context.kind is not FileKind.CODE and not line[match.end() :].lstrip()[:1].isalpha())
    ):
        yield from _check(name, unquote(match["raw"], match.start("raw")), number, context)


def _check(name: str, value: Value, number: int, context: LineContext) -> Iterator[Candidate]:
    yield from find_named(name, value, number, Confidence.CONFIG if context.kind is FileKind.CODE else context)
