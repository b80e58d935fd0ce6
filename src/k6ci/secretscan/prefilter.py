"""Which lines any detector could possibly match: one pass over the bytes, before anything else is imported.

A group of triggers is a necessary condition, so what it leaves out cannot be a finding. Hyperscan or RE2 looks when its
wheel is there and the text is worth it, `re` otherwise; all read the same patterns and give the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from k6ci.secretscan.triggers import GROUPS

# Below this many bytes the standard library is done before a faster library has been imported.
WORTH_A_LIBRARY_BYTES = 200_000
BACKENDS = ("hyperscan", "re2", "re")

Search = Callable[[bytes], list[int]]

_LITERALS = frozenset(literal for group in GROUPS for literal in group.literals)

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
    folded = fold_bytes(content) + b"\n"
    if backend == "re":
        return _lines_by_re(folded)
    return _SEARCHERS[backend]()(folded)


def best_backend(total_bytes: int) -> str:
    """The fastest library that is installed, when there is enough to read to make up for its import."""
    if total_bytes < WORTH_A_LIBRARY_BYTES:
        return "re"
    return next(name for name in BACKENDS if name == "re" or _is_there(name))


def _is_there(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def _lines_by_re(folded: bytes) -> list[int]:
    hits: set[int] = set()
    present = {literal for literal in _LITERALS if literal in folded}
    for group in GROUPS:
        met = present.intersection(group.literals)
        if met:
            hits.update(_walk_literals(_compiled(group.pattern), met, folded))
        elif not group.literals:
            hits.update(_walk(_compiled(group.pattern), folded))
    return sorted(hits)


def _compiled(pattern: bytes) -> Callable[..., re.Match[bytes] | None]:
    return re.compile(pattern).search


def _walk(search: Callable[[bytes, int], object], folded: bytes) -> list[int]:
    """One hit a line is enough: after a hit the search goes on at the next line."""
    lines: list[int] = []
    number, counted, position = 1, 0, 0
    while True:
        match = search(folded, position)
        if match is None:
            return lines
        start: int = match.start()  # type: ignore[attr-defined]
        number += folded.count(b"\n", counted, start)
        counted = start
        lines.append(number)
        position = folded.find(b"\n", start) + 1
        if not position:
            return lines


def _walk_literals(search: Callable[..., object], literals: Iterable[bytes], folded: bytes) -> Iterator[int]:
    """The same where every match has one of the literals: finding those is ten times faster than `re` at its best."""
    for literal in literals:
        number, counted, position = 1, 0, folded.find(literal)
        while position >= 0:
            start = folded.rfind(b"\n", 0, position) + 1
            end = folded.find(b"\n", position) + 1
            if search(folded, start, end):
                number += folded.count(b"\n", counted, start)
                counted = start
                yield number
            position = folded.find(literal, end)


def _re2_searcher() -> Search:
    import re2  # noqa: PLC0415 - only where it is worth its import

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    # One automaton for all groups outgrows the memory of RE2's DFA, which then falls back to a slow one.
    searches = [re2.compile(group.pattern, options).search for group in GROUPS]

    def search(folded: bytes) -> list[int]:
        return sorted({number for one in searches for number in _walk(one, folded)})

    return search


def _hyperscan_searcher() -> Search:
    import hyperscan  # noqa: PLC0415 - only where it is worth its import

    database = hyperscan.Database()
    database.compile(
        expressions=[group.pattern for group in GROUPS],
        ids=list(range(len(GROUPS))),
        elements=len(GROUPS),
        flags=[0] * len(GROUPS),
    )
    scratch = hyperscan.Scratch(database)

    def search(folded: bytes) -> list[int]:
        ends: list[int] = []

        def on_match(_identifier: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append(end)

        database.scan(folded, match_event_handler=on_match, scratch=scratch)
        return _numbers(folded, ends)

    return search


def _numbers(folded: bytes, ends: list[int]) -> list[int]:
    lines: list[int] = []
    number, counted = 1, 0
    for end in sorted(ends):
        last = end - 1
        number += folded.count(b"\n", counted, last)
        counted = max(counted, last)
        if not lines or lines[-1] != number:
            lines.append(number)
    return lines


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
