"""Named features of values (`features.ini`), and rules for values that are not secrets (`false_positives.ini`)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics import text_shapes
from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.randomness import is_generated, is_mixed, is_rare
from k6ci.secretscan.heuristics.vocabulary import VALUES, alternatives
from k6ci.secretscan.patterns import Pattern

_BASE64 = Pattern(r"^[A-Za-z0-9+/]{10,200}={0,2}$", example="dXNlcm5hbWU6cGFzc3dvcmQK")
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


def _read(file: str, functions: dict[str, Callable[[str], bool]]) -> dict[str, Feature]:
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


def _is_encoded_example(value: str) -> bool:
    """Base64 of `user:password` as manuals show it, or of what stands for a password."""
    if not _BASE64.begins(value):
        return False
    try:
        decoded = binascii.a2b_base64(value + "=" * (-len(value) % 4)).decode("ascii").strip()
    except (binascii.Error, UnicodeDecodeError):
        return False
    user, colon, password = decoded.partition(":")
    if colon and user:
        names = ("default", "counted default", "name of a credential", "placeholder words")
        return any(RULES[name].test(password) for name in names)
    return user.isprintable() and any(RULES[name].test(user) for name in ("placeholder words", "counted default"))


FEATURES = _read("features.ini", {"is_generated": is_generated, "is_mixed": is_mixed, "is_rare": is_rare})
RULES = _read(
    "false_positives.ini",
    {
        "is_encoded_example": _is_encoded_example,
        "is_fill_in": text_shapes.is_fill_in,
        "is_identifier": text_shapes.is_identifier,
        "is_repetitive": text_shapes.is_repetitive,
        "is_sequence": text_shapes.is_sequence,
        "is_words": text_shapes.is_words,
    },
)


def matching_rule(value: str, is_exempt: Callable[[Feature], bool] = lambda _rule: False) -> Feature | None:
    """The first rule that matches the value and is not exempt; None when no rule does."""
    known, others = _matching_rules(value)
    for rule in known:
        if not is_exempt(rule):
            return rule
    for rule in others:
        known.append(rule)
        if not is_exempt(rule):
            return rule
    return None


@lru_cache(maxsize=4096)
def _matching_rules(value: str) -> tuple[list[Feature], Iterator[Feature]]:
    """The rules that are known to match a value, and an iterator over the others that do.

    The same value stands behind names of several kinds and in several contexts; each rule is tried once.
    """
    return [], (rule for rule in RULES.values() if rule.test(value))
