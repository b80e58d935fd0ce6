"""The words and patterns of `vocabulary.ini` and `patterns.ini`, with which names and values are told apart."""

from __future__ import annotations

import re

from k6ci.secretscan.data import patterns, sections

_LISTS = sections(__file__, "vocabulary.ini")
NAMES = {key: frozenset(words.split()) for key, words in _LISTS["names"].items()}
VALUES = {key: frozenset(words.split()) for key, words in _LISTS["values"].items()}
PATTERNS = patterns(__file__, "patterns.ini")


def alternatives(section: str, key: str) -> str:
    """The words of a list as alternatives of a regular expression, in their order."""
    return "|".join(_LISTS[section][key].split())


def expanded(section: str, text: str) -> str:
    """A text with the words of lists for `{LIST}`, in all cases in which people write them for `{written LIST}`."""

    def words_of(found: re.Match[str]) -> str:
        words = alternatives(section, found[2])
        return _as_written(words) if found[1] else words

    return re.sub(r"\{(written )?([a-z][a-z -]+)\}", words_of, text)


def _as_written(words: str) -> str:
    """Words as people write them, `me`, `Me`, `ME`: random letters of both cases make short words by chance."""
    forms = []
    for word in words.split("|"):
        small = "~".join(f"[{part[0]}{part[0].upper()}]{part[1:]}" for part in word.split("~"))
        forms += [small, word.upper()]
    return "|".join(forms).replace("~", "[-_ ]?")
