"""Which lines could hold a token of `vendors.toml`: its keywords, read from the text without parsing it as TOML.

Every scan of a file needs the keywords, few files hold one, so nothing is imported here that costs time.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import NamedTuple

DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "vendors.toml")
# The shortest token of the file has 20 characters; a test compares.
SHORTEST = 20
# Characters that a token may hold become one letter, all others spaces: a word is then found at the speed of memory.
_INSIDE = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+/=~:%@&?#$*"
_WORDS = bytes(ord("a") if code in _INSIDE else ord(" ") for code in range(256))
_LONG_WORD = b"a" * SHORTEST
# Three letters of a prefix tell most prefixes apart; a shorter word is known by the sign that ends it.
_PARTS = bytes(code if bytes([code]).isalnum() or code == ord("_") else ord(" ") for code in range(256))
_HEAD = 3


class Keyword(NamedTuple):
    """Text that a line must hold for the tokens on `entries` (lines of the file).

    `is_prefix`: a token begins with it.
    """

    text: bytes
    entries: tuple[str, ...]
    is_prefix: bool


@lru_cache(maxsize=1)
def vendors() -> tuple[str, list[str]]:
    """The file up to its first entry, and its entries."""
    with open(DATA, encoding="utf-8") as file:
        head, start, entries = file.read().partition("\nlist = [\n")
    return head + start, [line for line in entries.split("\n") if line.startswith("{ id = ")]


@lru_cache(maxsize=1)
def keywords() -> tuple[Keyword, ...]:
    """The keywords of all vendors."""
    found: dict[bytes, Keyword] = {}
    for entry in vendors()[1]:
        stated = _strings_of(entry, "keyword")
        for text in map(str.encode, stated or _strings_of(entry, "prefix")):
            known = found.get(text, Keyword(text, (), is_prefix=True))
            found[text] = Keyword(text, (*known.entries, entry), known.is_prefix and not stated)
    return tuple(found.values())


def _strings_of(entry: str, field: str) -> list[str]:
    """The strings of a field, which holds one or a list of them; none when the entry has no such field."""
    value = entry.partition(f", {field} = ")[2]
    value = value.partition("]")[0] if value.startswith("[") else value.partition(",")[0]
    return value.split('"')[1::2]


@lru_cache(maxsize=1)
def _by_head() -> dict[bytes, list[Keyword]]:
    found: dict[bytes, list[Keyword]] = {}
    for keyword in keywords():
        first = keyword.text.translate(_PARTS).split()[0]
        is_known = keyword.is_prefix and (len(first) >= _HEAD or first != keyword.text)
        found.setdefault(first[:_HEAD] if is_known else b"", []).append(keyword)
    return found


def met(content: bytes) -> list[Keyword]:
    """The keywords in a text: prefixes where a word begins (or an escape such as `%3D` ends), the others anywhere."""
    parts = set(content.translate(_PARTS).split())
    heads = {b""}.union(*({part[start : start + _HEAD] for part in parts} for start in range(3)))
    asked = (keyword for head in heads & _by_head().keys() for keyword in _by_head()[head])
    found = {keyword.text for keyword in asked if keyword.text in content}
    return [keyword for keyword in keywords() if keyword.text in found] if found else []


def hit_starts(content: bytes, long_words: bytes) -> set[int]:
    """Where the lines begin that could hold a token, each once; `content` ends with a line feed."""
    found = met(long_words) if long_words else []
    lines = (match.start() for keyword in found for match in _rest_of_line(keyword).finditer(content))
    return {content.rfind(b"\n", 0, start) + 1 for start in lines}


@lru_cache(maxsize=256)
def _rest_of_line(keyword: Keyword) -> re.Pattern[bytes]:
    """The keyword, a long word when it is a prefix, and what follows it: one match is enough for a line."""
    text = re.escape(keyword.text)
    if not keyword.is_prefix:
        return re.compile(text + rb"[^\n]*")
    # A word may go on before it only as an escape of a string or of an address, such as `\n` or `%3D`.
    before = rb"(?:(?<![A-Za-z0-9_]%b)|(?<=\\[nrt]%b)|(?<=%%[0-9A-Fa-f]{2}%b))" % (text, text, text)
    rest = b"[%b]{%d}" % (re.escape(_INSIDE), max(0, SHORTEST - len(keyword.text)))
    return re.compile(text + before + rest + rb"[^\n]*")


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
