"""The prefilter: which lines a detector could match, in one pass over the bytes, before any detector runs.

Derived from the triggers that the detectors declare, each a necessary condition: a line that it drops has no finding.
RE2 is used when it is installed and the text is large enough, `re` otherwise; both give the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.detectors.vendor_keywords import hit_starts as token_starts
from k6ci.secretscan.patterns import Trigger

# From how many bytes on RE2 makes up for its import: it then needs half the time of `re` for the prefilter.
_WORTH_RE2_BYTES = 4_000_000
# In texts of this size literals that begin alike are found faster by one pattern than one by one.
_WORTH_A_PATTERN_BYTES = 8_000
_ALIKE = 3

# Letters that `re.IGNORECASE` takes for an ASCII letter, or for the one non-ASCII letter of the engine's keywords.
_FOLDED_BYTES = tuple(
    (letter.encode(), plain.encode())
    for letter, plain in (("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"), ("\u212a", "k"), ("Ñ", "ñ"))
)


def fold_bytes(content: bytes) -> bytes:
    """Lower case of UTF-8: what matches with `re.IGNORECASE` matches the folded text without. Line ends do not move."""
    if not content.isascii():
        for letter, plain in _FOLDED_BYTES:
            if letter in content:
                content = content.replace(letter, plain)
    return content.lower()


class _Group(NamedTuple):
    """Triggers with the same continuation, joined: `literals` are what a line must hold at all."""

    pattern: bytes
    coarse: bytes | None
    literals: frozenset[bytes]
    is_exact: bool


@lru_cache(maxsize=4)
def _groups(*, shapes_only: bool, is_cased: bool = False) -> tuple[_Group, ...]:
    joined: dict[Trigger, dict[str, None]] = {}
    for detector in DETECTORS:
        for trigger in detector.triggers if detector.is_shape or not shapes_only else ():
            if trigger.is_cased is is_cased:
                joined.setdefault(trigger._replace(words=()), {}).update(dict.fromkeys(trigger.words))
    triggers = [trigger._replace(words=tuple(words)) for trigger, words in joined.items()]
    return tuple(
        _Group(
            one.pattern,
            None if one.coarse is None else one.coarse_pattern,
            frozenset(one.literals),
            is_exact=not (one.then or one.before),
        )
        for one in triggers
    )


@lru_cache(maxsize=512)
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def hit_lines(content: bytes, backend: str = "re", *, shapes_only: bool = False) -> list[int]:
    """The numbers (from 1, ascending) of the lines that a detector could match; `content` has line feeds only."""
    content += b"\n"
    folded = fold_bytes(content)
    hits = _hits_by_re2(folded, shapes_only) if backend == "re2" else _hits_by_re(folded, shapes_only)
    lines = _numbers(folded, hits)
    cased = set(token_starts(content))
    for group in _groups(shapes_only=shapes_only, is_cased=True):
        _walk_literals(_compiled(group.pattern).search, group.literals, content, cased)
    return sorted({*lines, *_numbers(content, cased)}) if cased else lines


def prepare(backend: str) -> None:
    """Compile the patterns now, so that processes forked from this one have them."""
    hit_lines(b"", backend)


def best_backend(total_bytes: int) -> str:
    """The fastest library that is installed, when there is enough to read to make up for its import."""
    return "re2" if total_bytes >= _WORTH_RE2_BYTES and _is_there("re2") else "re"


def _is_there(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def _hits_by_re(folded: bytes, shapes_only: bool) -> set[int]:
    hits: set[int] = set()
    is_large = len(folded) > _WORTH_A_PATTERN_BYTES
    patterns, others = _plan(shapes_only, is_large=is_large)
    for pattern in patterns:
        _walk(_compiled(pattern).search, folded, hits)
    present = {literal for literal, _ in others if literal in folded}
    present |= {one for literal, longer in others if literal in present for one in longer if one in folded}
    for group in _groups(shapes_only=shapes_only):
        met = present.intersection(group.literals)
        if any(len(literal) == 1 for literal in met):
            _walk(_compiled(group.pattern).search, folded, hits)
        elif met:
            _walk_literals(_compiled(group.pattern).search, met, folded, hits)
    return hits


@lru_cache(maxsize=4)
def _plan(shapes_only: bool, *, is_large: bool) -> tuple[tuple[bytes, ...], Stems]:
    patterns, others = _by_first_letter(shapes_only) if is_large else ((), _literals(shapes_only))
    return patterns, _stems(others)


Stems = tuple[tuple[bytes, tuple[bytes, ...]], ...]


@lru_cache(maxsize=2)
def _literals(shapes_only: bool) -> frozenset[bytes]:
    return frozenset(literal for group in _groups(shapes_only=shapes_only) for literal in group.literals)


def _stems(literals: Iterable[bytes]) -> Stems:
    """The literals that hold no other, each with those that hold it: most texts are asked for the first alone."""
    stems: dict[bytes, list[bytes]] = {}
    for literal in sorted(literals, key=lambda one: (len(one), one)):
        stem = next((one for one in stems if len(one) > 1 and one in literal), None)
        stems.setdefault(literal if stem is None else stem, []).append(literal)
    return tuple((stem, tuple(one for one in family if one != stem)) for stem, family in stems.items())


@lru_cache(maxsize=2)
def _by_first_letter(shapes_only: bool) -> tuple[tuple[bytes, ...], frozenset[bytes]]:
    """Patterns for the exact literals that begin with a common letter, which `re` searches at once; and all others."""
    groups = _groups(shapes_only=shapes_only)
    wanted = {literal for group in groups if not group.is_exact for literal in group.literals}
    alike: dict[bytes, list[bytes]] = {}
    for literal in sorted({literal for group in groups if group.is_exact for literal in group.literals} - wanted):
        alike.setdefault(literal[:1], []).append(literal)
    families = {letter: family for letter, family in alike.items() if len(family) >= _ALIKE}
    patterns = tuple(
        re.escape(letter) + b"(?:" + b"|".join(re.escape(literal[1:]) for literal in family) + b")"
        for letter, family in families.items()
    )
    return patterns, _literals(shapes_only).difference(*families.values())


def _walk(search: Callable[[bytes, int], object], folded: bytes, hits: set[int]) -> None:
    """Add where lines begin that the pattern matches: one hit a line is enough, the search goes on at the next."""
    position = 0
    while True:
        match = search(folded, position)
        if match is None:
            return
        start: int = match.start()  # type: ignore[attr-defined]
        hits.add(folded.rfind(b"\n", 0, start) + 1)
        position = folded.find(b"\n", start) + 1
        if not position:
            return


def _walk_literals(
    search: Callable[[bytes, int, int], object], literals: Iterable[bytes], folded: bytes, hits: set[int]
) -> None:
    """Add where lines begin that the pattern matches, on lines with one of the literals only (ten times faster)."""
    for literal in literals:
        position = folded.find(literal)
        while position >= 0:
            start = folded.rfind(b"\n", 0, position) + 1
            end = folded.find(b"\n", position) + 1
            if start not in hits and search(folded, start, end):
                hits.add(start)
            position = folded.find(literal, end)


def _numbers(folded: bytes, places: Iterable[int]) -> list[int]:
    """The numbers of the lines on which these offsets are, each once."""
    lines: list[int] = []
    number, counted = 1, 0
    for place in sorted(places):
        number += folded.count(b"\n", counted, place)
        counted = place
        if not lines or lines[-1] != number:
            lines.append(number)
    return lines


def _hits_by_re2(folded: bytes, shapes_only: bool) -> set[int]:
    groups, searches = _re2_searches(shapes_only)
    hits: set[int] = set()
    found: list[set[int]] = []
    for group, search in zip(groups, searches, strict=True):
        found.append(hits if group.coarse is None else set())
        _walk(search, folded, found[-1])
    for group, places in zip(groups, found, strict=True):
        if group.coarse is not None:
            search = _compiled(group.pattern).search
            hits.update(start for start in places - hits if search(folded, start, folded.find(b"\n", start) + 1))
    return hits


@lru_cache(maxsize=2)
def _re2_searches(shapes_only: bool) -> tuple[tuple[_Group, ...], tuple[Callable[..., Any], ...]]:
    import re2  # noqa: PLC0415 - only where it is worth its import

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    # One automaton for all groups outgrows the memory of RE2's DFA, which then falls back to a slow one; those without
    # a continuation are small together.
    groups = _groups(shapes_only=shapes_only)
    return groups, tuple(re2.compile(group.coarse or group.pattern, options).search for group in groups)
