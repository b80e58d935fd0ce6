"""The prefilter: which lines a detector could match, in one pass over the bytes, before any detector runs.

Derived from the triggers that the detectors declare, each a necessary condition: a line that it drops has no finding.
RE2 is used when it is installed and the text is large enough, `re` otherwise; both give the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.detectors.vendor_keywords import hit_starts as token_starts
from k6ci.secretscan.detectors.vendor_keywords import long_words_of

# From how many bytes on RE2 makes up for its import.
_WORTH_RE2_BYTES = 4_000_000
# A commit has few words; to find the families takes it longer than to do without.
_WORTH_FAMILIES_BYTES = 2_000
# Lines of so many bytes are remembered, because files repeat each other; they take five times the memory.
_MOST_REMEMBERED_BYTES = 2_000_000


def fold_bytes(content: bytes) -> bytes:
    """Lower case of UTF-8: what matches with `re.IGNORECASE` matches the folded text without. Line ends do not move."""
    if content.isascii():
        return content.lower()
    text = content.decode("utf-8", "surrogateescape").lower()
    # Letters that `re.IGNORECASE` takes for an ASCII letter, in lower case.
    text = text.replace("i\u0307", "i").replace("\u0131", "i").replace("\u017f", "s")
    return text.encode("utf-8", "surrogateescape")


class _Memory:
    """Lines that were read before, each with the detectors that could match it."""

    def __init__(self) -> None:
        self.lines: dict[bytes, int] = {}
        self.size = 0


@lru_cache(maxsize=4)
def _memory(backend: str, shapes_only: bool) -> _Memory:  # noqa: ARG001 - one for each pair
    return _Memory()


@lru_cache(maxsize=512)
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def hit_lines(content: bytes, backend: str = "re", *, shapes_only: bool = False) -> dict[int, int]:
    """The lines that detectors could match, in their order: from the number (from 1) to these detectors, as bits.

    `content` has line feeds only. Bit 0 stands for the first detector of the registry.
    """
    memory = _memory(backend, shapes_only)
    if memory.size + len(content) > _MOST_REMEMBERED_BYTES:
        memory.lines.clear()
        memory.size = 0
    lines = content.split(b"\n")
    new = [*set(lines).difference(memory.lines)]
    if new:
        text = b"\n".join([*new, b""])
        hits = [*_numbers_of_hits(text, backend, shapes_only)]
        memory.size += len(text)
        memory.lines.update(dict.fromkeys(new, 0))
        for number, bits in hits:
            memory.lines[new[number - 1]] |= bits
    known = memory.lines
    return {number: known[line] for number, line in enumerate(lines, 1) if known[line]}


def _numbers_of_hits(content: bytes, backend: str, shapes_only: bool) -> Iterator[tuple[int, int]]:
    folded, long_words = fold_bytes(content), long_words_of(content)
    plan = _plan(shapes_only)
    for pattern, bits in plan.patterns:
        search = _compiled(pattern).search
        if search(long_words.lower()):
            yield from ((number, bits) for number, line in enumerate(folded.split(b"\n"), 1) if search(line))
    hits: dict[int, int] = {}
    for literal in _present(folded, backend, shapes_only):
        _find(literal, plan.uses[literal], folded, hits)
    yield from _numbered(folded, hits)
    yield from _numbered(content, dict.fromkeys(token_starts(content, long_words), _OF_VENDORS))


def best_backend(total_bytes: int) -> str:
    """The fastest library that is installed, when there is enough to read to make up for its import."""
    return "re2" if total_bytes >= _WORTH_RE2_BYTES and find_spec("re2") else "re"


# One of the texts has to stand before a literal, if there are any, and the pattern has to follow it.
_Use = tuple[tuple[bytes, ...], bytes]


class _Plan(NamedTuple):
    """Patterns of long words, and the uses of each literal, both with their detectors; literals and a word of each."""

    patterns: tuple[tuple[bytes, int], ...]
    uses: dict[bytes, dict[_Use, int]]
    words: tuple[tuple[bytes, bytes], ...]


# The detector of vendors' tokens declares no triggers: its keywords are in a file.
_OF_VENDORS = sum(1 << index for index, detector in enumerate(DETECTORS) if not detector.triggers)


@lru_cache(maxsize=2)
def _plan(shapes_only: bool) -> _Plan:
    patterns = []
    uses: dict[bytes, dict[_Use, int]] = {}
    wanted = [(1 << index, one) for index, one in enumerate(DETECTORS) if one.is_shape or not shapes_only]
    for bit, trigger in ((bit, trigger) for bit, detector in wanted for trigger in detector.triggers):
        if trigger.is_long:
            patterns.append((trigger.pattern, bit))
            continue
        for literal, heads in trigger.literals:
            of_literal = uses.setdefault(literal, {})
            of_literal[heads, trigger.then] = of_literal.get((heads, trigger.then), 0) | bit
    return _Plan(tuple(patterns), uses, tuple((literal, max(literal.split(), key=len)) for literal in uses))


def _find(literal: bytes, uses: dict[_Use, int], folded: bytes, hits: dict[int, int]) -> None:
    """Add where lines begin on which the literal has what its uses want around it, with their detectors."""
    start = line_end = -1
    position = folded.find(literal)
    checks = [(heads, _compiled(then).match, bits) for (heads, then), bits in uses.items()] if position >= 0 else []
    while position >= 0:
        end = position + len(literal)
        for heads, match, bits in checks:
            if (not heads or folded.endswith(heads, 0, position)) and match(folded, end):
                if position > line_end:
                    start, line_end = folded.rfind(b"\n", 0, position) + 1, folded.find(b"\n", end)
                hits[start] = hits.get(start, 0) | bits
        # One match of a single use is enough for a line.
        position = folded.find(literal, line_end if len(checks) == 1 and line_end > end else end)


def _numbered(text: bytes, hits: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The numbers of the lines that begin at these offsets, each with its detectors."""
    number, counted = 1, 0
    for start in sorted(hits):
        number += text.count(b"\n", counted, start)
        counted = start
        yield number, hits[start]


def _present(folded: bytes, backend: str, shapes_only: bool) -> list[bytes]:
    """The literals in the text: by one automaton for all, or by their longest words in the words, each read once."""
    plan = _plan(shapes_only)
    if backend == "re2":
        literals = [*plan.uses]
        return [literals[index] for index in _automaton(shapes_only).Match(folded) or ()]
    text = b" ".join({*folded.split()})
    families = _families(shapes_only) if len(text) > _WORTH_FAMILIES_BYTES else {b"": plan.words}
    return [literal for stem in families if stem in text for literal, word in families[stem] if word in text]


@lru_cache(maxsize=2)
def _families(shapes_only: bool) -> dict[bytes, Sequence[tuple[bytes, bytes]]]:
    """The literals and their words by a word that is a part of the others: a text without it has none of them."""
    found: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for literal, word in sorted(_plan(shapes_only).words, key=lambda pair: len(pair[1])):
        spans = ((start, start + size) for size in range(2, len(word)) for start in range(len(word) - size + 1))
        stem = next((word[start:end] for start, end in spans if word[start:end] in found), word)
        found.setdefault(stem, []).append((literal, word))
    return {**found}


@lru_cache(maxsize=2)
def _automaton(shapes_only: bool) -> Any:
    import re2  # noqa: PLC0415 - only where it is worth its import

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    automaton = re2.Set.SearchSet(options)
    for literal in _plan(shapes_only).uses:
        automaton.Add(re2.escape(literal))
    automaton.Compile()
    return automaton
