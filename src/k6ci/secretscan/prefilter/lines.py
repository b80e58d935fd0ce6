"""Which lines any detector could possibly match: one pass over the bytes, before anything else is imported.

A group of triggers is a necessary condition, so what it leaves out cannot be a finding. Hyperscan or RE2 looks when its
wheel is there and the text is worth it, `re` otherwise; all read the same patterns and give the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from k6ci.secretscan.prefilter.triggers import CASED_GROUPS, ENGINE_GROUPS, GROUPS

BACKENDS = ("hyperscan", "re2", "re")
# From how many bytes on each has made up for its import and the time in which it compiles the patterns; the first that
# is there is taken. Hyperscan reads fastest and needs longest to begin.
_WORTH_BYTES = (("hyperscan", 3_000_000), ("re2", 500_000), ("hyperscan", 1_200_000), ("re", 0))

Search = Callable[[bytes], list[int]]

_COARSE = tuple(group.coarse or group.pattern for group in GROUPS)
_LITERALS = frozenset(literal for group in GROUPS for literal in group.literals)
# In texts of this size literals that begin alike are found faster by one pattern than one by one.
_WORTH_A_PATTERN_BYTES = 8_000
_ALIKE = 3

# Letters that `re.IGNORECASE` takes for an ASCII letter, or for the one non-ASCII letter of the engine's keywords.
_FOLDED_TEXT = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})
_FOLDED_BYTES = tuple(
    (letter.encode(), plain.encode())
    for letter, plain in (("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"), ("\u212a", "k"), ("Ñ", "ñ"))
)


def fold(text: str) -> str:
    """Lower case, letter by letter: what matches with `re.IGNORECASE` matches the folded text without; same length."""
    return (text if text.isascii() else text.translate(_FOLDED_TEXT)).lower()


def fold_bytes(content: bytes) -> bytes:
    """The same for UTF-8; line ends stay where they are, offsets may move."""
    if not content.isascii():
        for letter, plain in _FOLDED_BYTES:
            if letter in content:
                content = content.replace(letter, plain)
    return content.lower()


def hit_lines(content: bytes, backend: str = "re") -> list[int]:
    """The numbers (from 1, ascending) of the lines that a detector could match; `content` has line feeds only."""
    content += b"\n"
    folded = fold_bytes(content)
    lines = _lines_by_re(folded) if backend == "re" else _SEARCHERS[backend]()(folded)
    cased: set[int] = set()
    for group in CASED_GROUPS:
        if any(literal in content for literal in group.literals):
            _walk_literals(re.compile(group.pattern).search, group.literals, content, cased)
    return sorted({*lines, *_numbers(content, cased)}) if cased else lines


def any_of_engine(text: str, hits: Collection[int]) -> bool:
    """True when one of the lines that were hit is so for the engine's sake, and not for our own detectors alone."""
    lines = text.split("\n")
    patterns = [re.compile(group.pattern).search for group in ENGINE_GROUPS]
    cased = [re.compile(group.pattern).search for group in CASED_GROUPS]
    for number in hits:
        line = lines[number - 1].encode("utf-8", "surrogatepass") + b"\n"
        folded = fold_bytes(line)
        if any(search(folded) for search in patterns) or any(search(line) for search in cased):
            return True
    return False


def prepare(backend: str) -> None:
    """Compile the patterns now, so that processes forked from this one have them."""
    hit_lines(b"", backend)


def best_backend(total_bytes: int) -> str:
    """The fastest library that is installed, when there is enough to read to make up for its import."""
    return next(name for name, least in _WORTH_BYTES if total_bytes >= least and (name == "re" or _is_there(name)))


def _is_there(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def _lines_by_re(folded: bytes) -> list[int]:
    hits: set[int] = set()
    patterns, others = _by_first_letter() if len(folded) > _WORTH_A_PATTERN_BYTES else ((), _LITERALS)
    for pattern in patterns:
        _walk(re.compile(pattern).search, folded, hits)
    present = {literal for literal in others if literal in folded}
    for group in GROUPS:
        met = present.intersection(group.literals)
        if met:
            _walk_literals(re.compile(group.pattern).search, met, folded, hits)
        elif not group.literals:
            _walk(re.compile(group.pattern).search, folded, hits)
    return _numbers(folded, hits)


@lru_cache(maxsize=1)
def _by_first_letter() -> tuple[tuple[bytes, ...], frozenset[bytes]]:
    """Patterns for the exact literals that begin with a common letter, which `re` looks for at once; and all others."""
    alike: dict[bytes, list[bytes]] = {}
    for literal in sorted({literal for group in GROUPS if group.is_exact for literal in group.literals}):
        alike.setdefault(literal[:1], []).append(literal)
    families = {letter: family for letter, family in alike.items() if len(family) >= _ALIKE}
    patterns = tuple(
        re.escape(letter) + b"(?:" + b"|".join(re.escape(literal[1:]) for literal in family) + b")"
        for letter, family in families.items()
    )
    return patterns, _LITERALS.difference(*families.values())


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
    """The same where every match has one of the literals: finding those is ten times faster than `re` at its best."""
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


def _starts(folded: bytes, ends: Iterable[int]) -> set[int]:
    """Where the lines begin in which matches end; `ends` ascend."""
    starts: set[int] = set()
    line_end = -1
    for end in ends:
        if end > line_end:
            starts.add(folded.rfind(b"\n", 0, end) + 1)
            line_end = folded.find(b"\n", end)
    return starts


def _confirmed(starts: Iterable[set[int]], folded: bytes) -> set[int]:
    """Where the lines begin that groups match, from those that their coarse patterns did."""
    found = list(zip(GROUPS, starts, strict=True))
    hits = set().union(*(places for group, places in found if not group.coarse))
    for group, places in found:
        if group.coarse:
            search = re.compile(group.pattern).search
            hits.update(start for start in places - hits if search(folded, start, folded.find(b"\n", start) + 1))
    return hits


def _re2_searcher() -> Search:
    import re2  # noqa: PLC0415 - only where it is worth its import

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    # One automaton for all groups outgrows the memory of RE2's DFA, which then falls back to a slow one.
    searches = [re2.compile(pattern, options).search for pattern in _COARSE]

    def search(folded: bytes) -> list[int]:
        starts: list[set[int]] = [set() for _ in GROUPS]
        for one, hits in zip(searches, starts, strict=True):
            _walk(one, folded, hits)
        return _numbers(folded, _confirmed(starts, folded))

    return search


def _hyperscan_searcher() -> Search:
    import hyperscan  # noqa: PLC0415 - only where it is worth its import

    database = hyperscan.Database()
    database.compile(
        expressions=list(_COARSE),
        ids=list(range(len(GROUPS))),
        elements=len(GROUPS),
        flags=[0] * len(GROUPS),
    )
    scratch = hyperscan.Scratch(database)

    def search(folded: bytes) -> list[int]:
        ends: list[list[int]] = [[] for _ in GROUPS]

        def on_match(identifier: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends[identifier].append(end - 1)

        database.scan(folded, match_event_handler=on_match, scratch=scratch)
        return _numbers(folded, _confirmed([_starts(folded, each) for each in ends], folded))

    return search


_CACHE: dict[str, Search] = {}


def _once(name: str, build: Callable[[], Search]) -> Callable[[], Search]:
    def searcher() -> Search:
        if name not in _CACHE:
            _CACHE[name] = build()
        return _CACHE[name]

    return searcher


_SEARCHERS: dict[str, Callable[[], Search]] = {
    "re2": _once("re2", _re2_searcher),
    "hyperscan": _once("hyperscan", _hyperscan_searcher),
}
