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
from k6ci.secretscan.detectors.vendor_keywords import long_words_of
from k6ci.secretscan.patterns import families

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
    folded, long_words = fold_bytes(content), long_words_of(content)
    plan = _plan(shapes_only)
    hits: set[int] = set()
    for pattern in plan.patterns:
        search = _compiled(pattern).search
        if search(long_words.lower()):
            _walk(search, folded, hits)
    present = _present_by_re2(folded, shapes_only) if backend == "re2" else _present(folded, known, plan)
    for literal in present:
        _find(literal, plan.uses[literal], folded, hits)
    yield from _numbers(folded, hits)
    yield from _numbers(content, token_starts(content, long_words))


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


class _Use(NamedTuple):
    """One of `heads` has to stand before a literal, if there are any, and `then` has to follow it."""

    heads: tuple[bytes, ...]
    then: bytes


class _Plan(NamedTuple):
    """Patterns of long words, the uses of each literal, and the literals by the stem of their words.

    A stem is a part of other words, so that most texts are searched for it alone.
    """

    patterns: tuple[bytes, ...]
    uses: dict[bytes, list[_Use]]
    families: dict[bytes, list[tuple[bytes, bytes]]]


@lru_cache(maxsize=2)
def _plan(shapes_only: bool) -> _Plan:
    patterns = []
    uses: dict[bytes, dict[_Use, None]] = {}
    for trigger in (one for each in DETECTORS if each.is_shape or not shapes_only for one in each.triggers):
        if trigger.is_long:
            patterns.append(trigger.pattern)
            continue
        for literal, heads in trigger.literals:
            uses.setdefault(literal, {})[_Use(heads, trigger.then)] = None
    literals: dict[bytes, list[bytes]] = {}
    for literal in uses:
        literals.setdefault(max(literal.split(), key=len), []).append(literal)
    of_stem = {
        stem: [(word, literal) for word in words for literal in literals[word]]
        for stem, words in families(literals).items()
    }
    return _Plan(tuple(patterns), {one: list(uses[one]) for one in uses}, of_stem)


def _find(literal: bytes, uses: list[_Use], folded: bytes, hits: set[int]) -> None:
    """Add where lines begin on which the literal has what one of its uses wants around it."""
    checks = [(use.heads, _compiled(use.then).match) for use in uses]
    position = folded.find(literal)
    while position >= 0:
        start, end = folded.rfind(b"\n", 0, position) + 1, position + len(literal)
        if start in hits or any(
            (not heads or folded.endswith(heads, start, position)) and match(folded, end) for heads, match in checks
        ):
            hits.add(start)
            end = folded.find(b"\n", end)
        position = folded.find(literal, end)


def _present(folded: bytes, known: _Remembered, plan: _Plan) -> Iterator[bytes]:
    """The literals that the text may hold, by those of its words that are not known to hold none."""
    words = set(folded.split()) - known
    text = b" ".join([*words, b""])
    stems = [stem for stem in plan.families if stem in text]
    for stem in stems:
        words.difference_update(_words_with(stem, text))
    known.add_all(words, len(text))
    for stem in stems:
        yield from (literal for word, literal in plan.families[stem] if word in text)


def _words_with(stem: bytes, text: bytes) -> Iterator[bytes]:
    position = text.find(stem)
    while position >= 0:
        end = text.find(b" ", position)
        yield text[text.rfind(b" ", 0, position) + 1 : end]
        position = text.find(stem, end)


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


def _present_by_re2(folded: bytes, shapes_only: bool) -> Iterator[bytes]:
    """The literals in the text, by one automaton for all."""
    automaton, literals = _re2_set(shapes_only)
    return (literals[index] for index in automaton.Match(folded) or ())


@lru_cache(maxsize=2)
def _re2_set(shapes_only: bool) -> tuple[Any, list[bytes]]:
    import re2  # noqa: PLC0415 - only where it is worth its import

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    automaton = re2.Set.SearchSet(options)
    literals = list(_plan(shapes_only).uses)
    for literal in literals:
        automaton.Add(re2.escape(literal))
    automaton.Compile()
    return automaton, literals
