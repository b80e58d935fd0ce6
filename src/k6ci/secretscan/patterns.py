"""Patterns that are compiled on first use, and triggers: the keywords that a line needs before a detector runs.

A detector declares its triggers beside its patterns; the prefilter is derived from them and has no list of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Pattern:
    """A regular expression with the interface of `re.Pattern`, compiled when it is first used.

    A commit loads every detector and needs the patterns of a few. `example` is a text that it matches; a test checks
    each.
    """

    search: Callable[..., re.Match[str] | None]
    match: Callable[..., re.Match[str] | None]
    fullmatch: Callable[..., re.Match[str] | None]
    finditer: Callable[..., Iterator[re.Match[str]]]
    findall: Callable[..., list[Any]]
    split: Callable[..., list[str]]
    sub: Callable[..., str]
    compiled: re.Pattern[str]

    def __init__(self, source: str, *, example: str) -> None:
        self.source = source
        self.example = example

    def __getattr__(self, name: str) -> Any:
        """Compile; what was asked for becomes an attribute, so that the next access costs nothing more."""
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self.source)
        for method in ("search", "match", "fullmatch", "finditer", "findall", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        self.compiled = compiled
        return getattr(self if name in self.__dict__ else compiled, name)

    def finds(self, text: str) -> bool:
        """True when the pattern is somewhere in the text; unlike `search`, it can be referred to uncompiled."""
        return self.search(text) is not None

    def begins(self, text: str) -> bool:
        """True when the text begins with the pattern."""
        return self.match(text) is not None


DIGIT = Pattern(r"[0-9]", example="1")


class Trigger(NamedTuple):
    """A necessary condition of a detector, matched against folded bytes (`prefilter.lines.fold_bytes`).

    `words` are alternatives in lower case, between spaces; `␣` in one is a space, `~` an optional separator.
    One of the signs in `before` stands before it, if there are any, and what `then` matches follows it; `then` does not
    look around, refer back, or repeat without a bound. `is_long`: the match has no space, and 20 characters or more.
    """

    words: str
    then: bytes = b""
    before: str = ""
    is_long: bool = False

    @property
    def pattern(self) -> bytes:
        """The whole condition as a regular expression."""
        words = (b"(?:%b)%b" % (b"|".join(map(re.escape, heads)), re.escape(word)) for word, heads in self.literals)
        return b"(?:" + b"|".join(words) + b")" + self.then

    @property
    def literals(self) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
        """What a line must hold at all (of a word with a separator the last part), each with what may stand before."""
        parts = (word.replace("␣", " ").encode().rpartition(b"~") for word in self.words.split())
        signs = tuple(sign.encode() for sign in self.before)
        separators = (b"", b" ", b"_", b".", b"-")
        return tuple((last, tuple(head + one for one in separators) if head else signs) for head, _, last in parts)
