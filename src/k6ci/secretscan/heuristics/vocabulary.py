"""The word lists of `vocabulary.ini`: words in names, and what people write where a value has to be filled in."""

from __future__ import annotations

from k6ci.secretscan.data import sections

_LISTS = sections(__file__, "vocabulary.ini")
NAMES = {key: frozenset(words.split()) for key, words in _LISTS["names"].items()}
VALUES = {key: frozenset(words.split()) for key, words in _LISTS["values"].items()}


def alternatives(section: str, key: str) -> str:
    """The words of a list as alternatives of a regular expression, in their order."""
    return "|".join(_LISTS[section][key].split())
