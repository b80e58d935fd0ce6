"""The context of a line: how confident the file type and the neighbouring lines are that a named value is a secret.

The same word is a password beside a user or a host in `database.yml`, and a label in a list of texts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from k6ci.secretscan.heuristics.names import is_glued_password, is_of_service, words_of
from k6ci.secretscan.heuristics.vocabulary import PATTERNS, VALUES
from k6ci.secretscan.inputs.file_types import FileKind


class Confidence(enum.IntEnum):
    """From texts for people, where a value is usually a label, to logins, where it is almost always a password."""

    LABEL = 0
    CODE = 1
    CONFIG = 2
    LOGIN = 3
    EXACT_NAME = 4  # a variable that can only be a secret, such as APP_JWT_SECRET
    CREDENTIALS = 5  # a file that contains nothing but credentials


_REACH = 6
_WIDTH = 400
_LONGEST_NAME = 24
_LONGEST_NEIGHBOUR = 200
_OF_KINDS = {FileKind.LABELS: Confidence.LABEL, FileKind.CODE: Confidence.CODE}


@lru_cache(maxsize=64)
def _neighbours_in(line: str) -> list[tuple[str, str, str]]:
    """The name, the quote and the value of each user, host or the like that is set on a line."""
    # The lines around one value are those around the next, too.
    return PATTERNS["neighbour"].findall(line)


class LineContext:
    """A line of a file, also in lower case: `number` counts from 1 in `lines`, which may be a part of the file.

    `is_read_alone` turns false when a detector asks for the other lines; `signs`: whether it has quotes, and a dash.
    """

    __slots__ = ("_lines", "is_of_credentials", "is_read_alone", "kind", "line", "lowered", "number", "signs")

    def __init__(self, lines: Sequence[str], number: int, kind: FileKind, *, is_of_credentials: bool = False) -> None:
        self.is_of_credentials = is_of_credentials
        self.is_read_alone = True
        self._lines = lines
        self.number = number
        self.kind = kind
        self.line = lines[number - 1]
        self.lowered = self.line.lower()
        self.signs = ('"' in self.line or "'" in self.line or "`" in self.line, "-" in self.line)

    @property
    def lines(self) -> Sequence[str]:
        """All lines."""
        self.is_read_alone = False
        return self._lines

    def confidence(self, name: str, value: str) -> Confidence | None:
        """The confidence that the file type, the name and the neighbouring lines give together.

        None when the value repeats a user name: examples and fixtures are written that way.
        """
        if self.is_of_credentials:
            return Confidence.CREDENTIALS
        is_short = len(value) <= _LONGEST_NAME and value.isascii()
        if is_short and any(other == value and PATTERNS["user"].begins(key) for key, _, other in self._neighbours()):
            return None
        plain = _OF_KINDS.get(self.kind, Confidence.CONFIG)
        if plain is Confidence.LABEL or self.kind is FileKind.PROSE:
            return plain
        if plain is Confidence.CONFIG and PATTERNS["name of a secret alone"].finds(name):
            return Confidence.EXACT_NAME
        is_long = plain is Confidence.CONFIG and len(words_of(name)) > 1
        is_qualified = is_long or is_of_service(name) or is_glued_password(name.lower())
        return Confidence.LOGIN if is_qualified or self._is_beside_login() else plain

    def _around(self) -> Sequence[str]:
        return self.lines[max(0, self.number - 1 - _REACH) : self.number + _REACH]

    def _neighbours(self) -> Iterator[tuple[str, str, str]]:
        for line in self._around():
            yield from _neighbours_in(line[:_WIDTH])

    def _is_beside_login(self) -> bool:
        for key, quote, value in self._neighbours():
            # In code a user alone is as often a test fixture as a login; a host or a database is stronger evidence.
            is_evidence = self.kind is not FileKind.CODE or (quote and PATTERNS["server"].begins(key))
            if is_evidence and _is_name(value):
                return True
        return self.kind is FileKind.CONFIG and any(map(PATTERNS["directive"].begins, self._around()))


def confidence_in_mapping(name: str, siblings: Iterable[tuple[str, str]], kind: FileKind) -> Confidence:
    """The confidence in a document with structure: `siblings` are the keys and values of the same mapping."""
    if kind is FileKind.LABELS:
        return Confidence.LABEL
    if PATTERNS["name of a secret alone"].finds(name):
        return Confidence.EXACT_NAME
    if len(words_of(name)) > 1 or any(PATTERNS["key"].begins(key[-60:]) and _is_name(value) for key, value in siblings):
        return Confidence.LOGIN
    return Confidence.CONFIG


def _is_name(value: str) -> bool:
    """A user, a host or a port, and neither a label nor a type."""
    is_word = 0 < len(value) <= _LONGEST_NEIGHBOUR and " " not in value
    return is_word and value.lower() not in VALUES["types"] and not PATTERNS["label"].begins(value)
