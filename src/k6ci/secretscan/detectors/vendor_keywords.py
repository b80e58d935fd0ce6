"""Which lines could hold a token of `vendors.toml`: its keywords, read from the text without parsing it as TOML.

Every scan of a file needs the keywords, few files hold one, so nothing is imported here that costs time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "vendors.toml")
# The shortest token of the file has 20 characters; a test compares.
SHORTEST = 20
# Characters that a token may hold become one letter, all others spaces: a word is then found at the speed of memory.
_INSIDE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+/=~:%@&?#$*")
_WORDS = bytes(ord("a") if code in _INSIDE else ord(" ") for code in range(256))
_LONG_WORD = b"a" * SHORTEST
# Two letters of a prefix tell most prefixes apart.
_PARTS = bytes(code if bytes([code]).isalnum() or code == ord("_") else ord(" ") for code in range(256))
_HEAD = 2


class Keyword(NamedTuple):
    """Text that a line must hold for the tokens on `entries` (lines of the file).

    `is_prefix`: a token begins with it.
    """

    text: str
    entries: tuple[str, ...]
    is_prefix: bool


@lru_cache(maxsize=1)
def keywords() -> tuple[Keyword, ...]:
    """The keywords of all vendors."""
    found: dict[str, Keyword] = {}
    with open(DATA, encoding="utf-8") as file:
        entries = [line.rstrip("\n") for line in file if line.startswith("{ id = ")]
    for entry in entries:
        stated = _strings_of(entry, "keyword")
        for text in stated or _strings_of(entry, "prefix"):
            known = found.get(text, Keyword(text, (), is_prefix=True))
            found[text] = Keyword(text, (*known.entries, entry), known.is_prefix and not stated)
    return tuple(found.values())


def _head_of(prefix: bytes) -> bytes:
    return prefix.translate(_PARTS).split()[0][:_HEAD]


def _strings_of(entry: str, field: str) -> list[str]:
    """The strings of a field, which holds one or a list of them; none when the entry has no such field."""
    value = entry.partition(f", {field} = ")[2]
    value = value.partition("]")[0] if value.startswith("[") else value.partition(",")[0]
    return value.split('"')[1::2]


@lru_cache(maxsize=1)
def _by_head() -> dict[bytes, list[Keyword]]:
    found: dict[bytes, list[Keyword]] = {}
    for keyword in keywords():
        found.setdefault(_head_of(keyword.text.encode()) if keyword.is_prefix else b"", []).append(keyword)
    return found


def met(content: bytes) -> list[Keyword]:
    """The keywords in a text: prefixes where a word begins (or an escape such as `%3D` ends), the others anywhere."""
    parts = set(content.translate(_PARTS).split())
    heads = {b""}.union(*({part[start : start + _HEAD] for part in parts} for start in range(3)))
    asked = (keyword for head in heads & _by_head().keys() for keyword in _by_head()[head])
    found = {keyword for keyword in asked if keyword.text.encode() in content}
    return [keyword for keyword in keywords() if keyword in found] if found else []


def hit_starts(content: bytes, long_words: bytes) -> set[int]:
    """Where the lines begin that could hold a token, each once; `content` ends with a line feed."""
    found = met(long_words) if long_words else []
    words = content.translate(_WORDS) if found else b""
    return {start for keyword in found for start in _starts(content, words, keyword)}


def long_words_of(content: bytes) -> bytes:
    """The words that are long enough to hold a token, with spaces between; `content` ends with a line feed."""
    found = []
    words = content.translate(_WORDS)
    start = words.find(_LONG_WORD)
    while start >= 0:
        end = words.find(b" ", start)
        found.append(content[start:end])
        start = words.find(_LONG_WORD, end)
    return b" ".join(found)


def _starts(content: bytes, words: bytes, keyword: Keyword) -> Iterator[int]:
    text = keyword.text.encode()
    position = content.find(text)
    while position >= 0:
        is_short = b" " in words[position : position + SHORTEST]
        end = position + len(text)
        if not (keyword.is_prefix and (is_short or _is_inside(content, position))):
            yield content.rfind(b"\n", 0, position) + 1
            end = content.find(b"\n", end)
        position = content.find(text, end)


def _is_inside(content: bytes, position: int) -> bool:
    """True when the word goes on before this place, and not only an escape of a string or of an address."""
    before = content[position - 1 : position]
    if not (before.isalnum() or before == b"_"):
        return False
    is_escape = before in b"nrt" and content[position - 2 : position - 1] == b"\\"
    return not is_escape and content[position - 3 : position - 2] != b"%"
