"""The registry of line detectors: identifier, function, triggers, and whether it belongs to the profile `shapes`.

The prefilter is derived from `triggers`, and a detector gets the lines that contain one of its words. A new detector is
a module with `TRIGGERS` and `find`, or a section of `positions.ini`, and one row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from k6ci.secretscan.detectors import (
    assignments,
    detect_secrets_plugins,
    grafana_tokens,
    json_web_tokens,
    known_tokens,
    name_value_pairs,
    positions,
    private_keys,
    tables,
)
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Trigger, families

# A longer line is read in pieces; each overlaps the last by a quarter, so no value is cut in both.
LONGEST_LINE = 4_000
OVERLAP = 1_000


class Detector(NamedTuple):
    """A line detector. `is_shape`: it identifies secrets by their own format, so it also runs on data files."""

    id: str
    find: Callable[[LineContext], Iterator[Candidate]]
    triggers: tuple[Trigger, ...]
    is_shape: bool = False


def _shape(id: str, find: Callable[[str, int], Iterator[Candidate]], triggers: tuple[Trigger, ...]) -> Detector:  # noqa: A002
    return Detector(id, lambda context: find(context.line, context.number), triggers, is_shape=True)


def _positions(id: str, *, is_shape: bool = False) -> Detector:  # noqa: A002
    return Detector(id, partial(positions.find, id), positions.triggers(id), is_shape)


DETECTORS: tuple[Detector, ...] = (
    _shape("grafana-tokens", grafana_tokens.find, grafana_tokens.TRIGGERS),
    _shape("known-tokens", known_tokens.find, ()),  # its lines are those with a keyword of `vendors.toml`
    _shape("json-web-tokens", json_web_tokens.find, json_web_tokens.TRIGGERS),
    Detector("private-keys", private_keys.find, private_keys.TRIGGERS, is_shape=True),
    _positions("url-logins", is_shape=True),
    _positions("url-queries"),
    Detector("assignments", assignments.find, assignments.TRIGGERS),
    _positions("headers"),
    _positions("arguments"),
    _positions("calls"),
    _positions("sql"),
    _positions("typed-input"),
    _positions("directives"),
    _positions("k6-tokens"),
    Detector("tables", tables.find, tables.TRIGGERS),
    Detector("name-value-pairs", name_value_pairs.find, name_value_pairs.TRIGGERS),
    Detector("detect-secrets", detect_secrets_plugins.find, detect_secrets_plugins.TRIGGERS, is_shape=True),
)


def _masks() -> dict[str, int]:
    """From each word in lower case to its detectors, as bits."""
    masks: dict[str, int] = {}
    for index, detector in enumerate(DETECTORS):
        for trigger in detector.triggers:
            for literal, _ in trigger.literals:
                masks[literal.decode()] = masks.get(literal.decode(), 0) | 1 << index
    return masks


_MASKS = _masks()
_SHAPES = sum(1 << index for index, detector in enumerate(DETECTORS) if detector.is_shape)
_ALWAYS = sum(1 << index for index, detector in enumerate(DETECTORS) if not detector.triggers)


# For lines that were read: the detectors that found something, or that depend on the lines around, as bits.
KNOWN_LINES: dict[tuple[str, FileKind, bool, bool], int] = {}
_MOST_KNOWN, _LONGEST_KNOWN = 20_000, 400


def detectors_at(context: LineContext, *, shapes_only: bool = False) -> list[Detector]:
    """The detectors one of whose keywords is on the line."""
    wanted = _mask_of(context.lowered, _MASKS, shapes_only=shapes_only)
    return [detector for index, detector in enumerate(DETECTORS) if wanted >> index & 1]


@lru_cache(maxsize=1)
def _families() -> dict[str, list[str]]:
    return families(_MASKS)


def _mask_of(lowered: str, keywords: Mapping[str, int], *, shapes_only: bool) -> int:
    wanted = _ALWAYS
    for word, mask in keywords.items():
        if word in lowered:
            wanted |= mask
    return wanted & _SHAPES if shapes_only else wanted


def candidates_on(contexts: Iterable[LineContext], *, shapes_only: bool = False) -> Iterator[Candidate]:
    """The candidates on lines of one file; the lines around each are its context."""
    keyed = [((one.line, one.kind, one.is_of_credentials, shapes_only), one) for one in contexts]
    text = "\n".join([one.lowered for key, one in keyed if key not in KNOWN_LINES])
    keywords = {
        word: _MASKS[word] for stem, words in _families().items() if stem in text for word in words if word in text
    }
    for key, context in keyed:
        wanted = KNOWN_LINES.get(key)
        if wanted is None:
            wanted = _mask_of(context.lowered, keywords, shapes_only=shapes_only)
        remaining = 0
        for index, detector in enumerate(DETECTORS) if wanted else ():
            if wanted >> index & 1:
                context.is_read_alone = True
                found = [*detector.find(context)]
                yield from found
                if found or not context.is_read_alone:
                    remaining |= 1 << index
        if remaining != wanted and len(context.line) <= _LONGEST_KNOWN:
            if len(KNOWN_LINES) >= _MOST_KNOWN:
                KNOWN_LINES.clear()
            KNOWN_LINES[key] = remaining
