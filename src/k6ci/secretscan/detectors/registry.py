"""The registry of line detectors: identifier, function, triggers, and whether it belongs to the profile `shapes`.

The prefilter is derived from `triggers`, and a detector gets the lines that one of its triggers matches. A new detector
is a module with `TRIGGERS` and `find`, or a file in `rules/`, and one row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from k6ci.secretscan.detectors import (
    assignments,
    detect_secrets_plugins,
    known_tokens,
    name_value_pairs,
    positions,
    private_keys,
    tables,
)
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.decision import at_line
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Trigger

# A longer line is read in pieces; each overlaps the last by a quarter, so no value is cut in both.
LONGEST_LINE = 4_000
OVERLAP = 1_000


class Detector(NamedTuple):
    """A line detector. `is_shape`: it identifies secrets by their own format, so it also runs on data files."""

    id: str
    find: Callable[[LineContext], Iterator[Candidate]]
    triggers: tuple[Trigger, ...]
    is_shape: bool = False


def _positions(id: str, *, is_shape: bool = False) -> Detector:  # noqa: A002
    return Detector(id, partial(positions.find, id), positions.triggers(id), is_shape)


DETECTORS: tuple[Detector, ...] = (
    _positions("grafana-tokens", is_shape=True),
    # Its lines are those with a keyword of `vendors.toml`.
    Detector("known-tokens", known_tokens.find, (), is_shape=True),
    _positions("json-web-tokens", is_shape=True),
    _positions("encoded-keys", is_shape=True),
    Detector("private-keys", private_keys.find, private_keys.TRIGGERS, is_shape=True),
    _positions("url-logins", is_shape=True),
    _positions("url-queries"),
    Detector("assignments", assignments.find, positions.triggers("assignments")),
    _positions("headers"),
    _positions("arguments"),
    _positions("commands"),
    _positions("calls"),
    _positions("library-calls"),
    _positions("sql"),
    _positions("typed-input"),
    _positions("directives"),
    _positions("k6-tokens"),
    Detector("tables", tables.find, tables.TRIGGERS),
    Detector("name-value-pairs", name_value_pairs.find, positions.triggers("name-value-pairs")),
    Detector("detect-secrets", detect_secrets_plugins.find, detect_secrets_plugins.TRIGGERS, is_shape=True),
)


# For lines that were read: the detectors that find nothing there, whatever the lines around, as bits.
KNOWN_LINES: dict[tuple[str, FileKind, bool], int] = {}
_MOST_KNOWN, _LONGEST_KNOWN = 20_000, 400


@lru_cache(maxsize=1024)
def detectors_of(bits: int) -> tuple[tuple[int, Detector], ...]:
    """The detectors that these bits stand for, each with its bit."""
    return tuple((1 << index, detector) for index, detector in enumerate(DETECTORS) if bits >> index & 1)


def candidates_on(lines: Iterable[tuple[LineContext, int]]) -> Iterator[Candidate]:
    """The candidates on lines, each with the detectors that could match it, as bits (`prefilter.lines.hit_lines`)."""
    for context, bits in lines:
        key = (context.line, context.kind, context.is_of_credentials)
        known = silent = KNOWN_LINES.get(key, 0)
        for bit, detector in detectors_of(bits & ~known):
            context.is_read_alone = True
            at_line(context.number)
            found = [*detector.find(context)]
            yield from found
            if not found and context.is_read_alone:
                silent |= bit
        if silent != known and len(context.line) <= _LONGEST_KNOWN:
            if len(KNOWN_LINES) >= _MOST_KNOWN:
                KNOWN_LINES.clear()
            KNOWN_LINES[key] = silent
