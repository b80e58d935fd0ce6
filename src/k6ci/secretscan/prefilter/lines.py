"""The prefilter: which lines a detector could match, in one pass over the bytes, before any detector runs.

Derived from the triggers that the detectors declare, each a necessary condition: a line that it drops has no finding.
RE2 is used when it is installed and the text is large enough, `re` otherwise; both give the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.detectors.vendor_keywords import hit_starts as token_starts
from k6ci.secretscan.patterns import Trigger

# From how many bytes on RE2 makes up for its import.
_WORTH_RE2_BYTES = 4_000_000
# So many bytes of lines, or of words, are remembered, because files repeat each other; they take five times the memory.
_MOST_REMEMBERED_BYTES = 2_000_000

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
    """Triggers with the same continuation, joined: a line must hold one of the `literals`."""

    pattern: bytes
    coarse: bytes | None
    literals: tuple[bytes, ...]


@lru_cache(maxsize=2)
def _groups(shapes_only: bool) -> tuple[_Group, ...]:
    joined: dict[Trigger, dict[str, None]] = {}
    for detector in DETECTORS:
        for trigger in detector.triggers if detector.is_shape or not shapes_only else ():
            joined.setdefault(trigger._replace(words=()), {}).update(dict.fromkeys(trigger.words))
    triggers = [trigger._replace(words=tuple(words)) for trigger, words in joined.items()]
    return tuple(
        _Group(one.pattern, None if one.coarse is None else one.coarse_pattern, tuple(dict.fromkeys(one.literals)))
        for one in triggers
    )


class _Remembered(set[bytes]):
    """Texts that were read before, up to a number of bytes."""

    size = 0

    def add_all(self, texts: set[bytes], size: int) -> None:
        """Add texts of `size` bytes; when there are too many, forget those that were added before."""
        if self.size > _MOST_REMEMBERED_BYTES:
            self.clear()
            self.size = 0
        self.update(texts)
        self.size += size


class _Memory(NamedTuple):
    """Lines that pass the prefilter, lines that do not, and words without a literal."""

    hits: _Remembered
    others: _Remembered
    words: _Remembered


@lru_cache(maxsize=4)
def _memory(backend: str, shapes_only: bool) -> _Memory:  # noqa: ARG001 - one for each pair
    return _Memory(_Remembered(), _Remembered(), _Remembered())


@lru_cache(maxsize=512)
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def hit_lines(content: bytes, backend: str = "re", *, shapes_only: bool = False) -> list[int]:
    """The numbers (from 1, ascending) of the lines that a detector could match; `content` has line feeds only."""
    memory = _memory(backend, shapes_only)
    lines = content.split(b"\n")
    distinct = set(lines)
    wanted = distinct & memory.hits
    new = distinct - memory.others - wanted
    if new:
        ordered = list(new)
        text = b"\n".join([*ordered, b""])
        hits = {ordered[number - 1] for number in _numbers_of_hits(text, memory.words, backend, shapes_only)}
        memory.others.add_all(new - hits, len(text))
        memory.hits.add_all(hits, len(text))
        wanted |= hits
    return [number for number, line in enumerate(lines, 1) if line in wanted] if wanted else []


def _numbers_of_hits(content: bytes, known: _Remembered, backend: str, shapes_only: bool) -> Iterator[int]:
    folded = fold_bytes(content)
    yield from _numbers(
        folded, _hits_by_re2(folded, shapes_only) if backend == "re2" else _hits_by_re(folded, known, shapes_only)
    )
    yield from _numbers(content, token_starts(content))


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


class _Plan(NamedTuple):
    """Patterns for the whole text, patterns for the lines with a literal, and the literals by the stem of their words.

    A stem is a part of other words, so that most texts are searched for it alone.
    """

    patterns: tuple[bytes, ...]
    of_literal: dict[bytes, list[bytes]]
    families: dict[bytes, list[tuple[bytes, bytes]]]


@lru_cache(maxsize=2)
def _plan(shapes_only: bool) -> _Plan:
    patterns = []
    of_literal: dict[bytes, list[bytes]] = {}
    for group in _groups(shapes_only):
        if min(map(len, group.literals)) == 1:
            patterns.append(group.pattern)
        else:
            for literal in group.literals:
                of_literal.setdefault(literal, []).append(group.pattern)
    families: dict[bytes, list[tuple[bytes, bytes]]] = {}
    words = {literal: max(literal.split(), key=len) for literal in of_literal}
    for literal, word in sorted(words.items(), key=lambda pair: (len(pair[1]), pair)):
        stem = next((one for one in families if one in word), word)
        families.setdefault(stem, []).append((word, literal))
    return _Plan(tuple(patterns), of_literal, families)


def _hits_by_re(folded: bytes, known: _Remembered, shapes_only: bool) -> set[int]:
    plan = _plan(shapes_only)
    hits: set[int] = set()
    for pattern in plan.patterns:
        _walk(_compiled(pattern).search, folded, hits)
    for literal in _present(folded, known, plan):
        searches = [_compiled(pattern).search for pattern in plan.of_literal[literal]]
        for start, end in _around(literal, folded, b"\n"):
            if start not in hits and any(search(folded, start, end + 1) for search in searches):
                hits.add(start)
    return hits


def _present(folded: bytes, known: _Remembered, plan: _Plan) -> Iterator[bytes]:
    """The literals that the text may hold, by those of its words that are not known to hold none."""
    words = set(folded.split()) - known
    text = b" ".join([*words, b""])
    stems = [stem for stem in plan.families if stem in text]
    for stem in stems:
        words.difference_update(text[start:end] for start, end in _around(stem, text, b" "))
    known.add_all(words, len(text))
    for stem in stems:
        yield from (literal for word, literal in plan.families[stem] if word in text)


def _around(literal: bytes, text: bytes, separator: bytes) -> Iterator[tuple[int, int]]:
    """Where the lines (or words) with the literal begin and end, each once; the text ends with the separator."""
    position = text.find(literal)
    while position >= 0:
        start = text.rfind(separator, 0, position) + 1
        end = text.find(separator, position)
        yield start, end
        position = text.find(literal, end)


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
    groups = _groups(shapes_only)
    return groups, tuple(re2.compile(group.coarse or group.pattern, options).search for group in groups)
