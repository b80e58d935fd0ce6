"""Named features of values, and the reader of rules that test a value: `features.ini`, `false_positives.ini`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.randomness import is_generated, is_mixed, is_rare
from k6ci.secretscan.heuristics.vocabulary import VALUES, alternatives
from k6ci.secretscan.patterns import Pattern

_WORD_LIST = re.compile(r"\{(list|written) ([a-z -]+)\}")


class Feature(NamedTuple):
    """A feature of a value, or a false-positive rule: `features.ini` and `false_positives.ini` explain the fields."""

    name: str
    pattern: Pattern | None
    test: Callable[[str], object]
    unless: str
    is_of_credentials: bool
    matches: tuple[str, ...]
    does_not_match: tuple[str, ...]


def read_features(file: str, functions: dict[str, Callable[[str], bool]]) -> dict[str, Feature]:
    """The sections of a file in this folder by their names; `test` names one of the functions."""
    return {name: _feature(name, fields, functions) for name, fields in sections(__file__, file).items()}


def _feature(name: str, fields: dict[str, str], functions: dict[str, Callable[[str], bool]]) -> Feature:
    source = _WORD_LIST.sub(_expanded, fields.get("begins") or fields.get("contains", "")).replace("\n", "")
    matches = tuple(fields["matches"].replace("\n", " ").split(" | "))
    pattern = Pattern(source, example=matches[0]) if source else None
    return Feature(
        name=name,
        pattern=pattern,
        test=functions[fields["test"]] if "test" in fields else _test_of(fields, pattern),
        unless=fields.get("unless", ""),
        is_of_credentials="files of credentials" in fields,
        matches=matches,
        does_not_match=tuple(fields["others"].split(" | ")),
    )


def _test_of(fields: dict[str, str], pattern: Pattern | None) -> Callable[[str], object]:
    if pattern is None:
        words = VALUES[fields["list"]]
        return lambda value: value.lower() in words
    if "words" not in fields:
        return pattern.begins if "begins" in fields else pattern.finds
    minimum, has_group = float(fields["words"]), "(?P<words>" in pattern.source

    def is_of_words(value: str) -> bool:
        match = pattern.search(value)
        text = match["words"] if match and has_group else value
        return match is not None and (not text or word_share(text) >= minimum)

    return is_of_words


def _as_written(words: str) -> str:
    """Words as alternatives of a regular expression, in the cases in which people write them: `me`, `Me`, `ME`.

    Random letters of both cases make short words by chance. `~` is an optional sign between two words.
    """
    forms = []
    for word in words.split("|"):
        small = "~".join(f"[{part[0]}{part[0].upper()}]{part[1:]}" for part in word.split("~"))
        forms += [small, word.upper()]
    return "|".join(forms).replace("~", "[-_ ]?")


def _expanded(word_list: re.Match[str]) -> str:
    words = alternatives("values", word_list[2])
    return words if word_list[1] == "list" else _as_written(words)


FEATURES = read_features("features.ini", {"is_generated": is_generated, "is_mixed": is_mixed, "is_rare": is_rare})
