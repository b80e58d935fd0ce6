"""The false-positive rules of `false_positives.ini`: values that are not secrets, such as templates and digests."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics import text_shapes
from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.vocabulary import VALUES, alternatives
from k6ci.secretscan.patterns import Pattern

_BASE64 = Pattern(r"^[A-Za-z0-9+/]{10,200}={0,2}$", example="dXNlcm5hbWU6cGFzc3dvcmQK")
_WORD_LIST = re.compile(r"\{(list|written) ([a-z -]+)\}")


class FalsePositiveRule(NamedTuple):
    """A rule; `false_positives.ini` explains the fields. `unless` is a list of features that must hold together."""

    name: str
    pattern: Pattern | None
    test: Callable[[str], object]
    unless: tuple[tuple[str, ...], ...]
    is_of_credentials: bool
    matches: tuple[str, ...]
    does_not_match: tuple[str, ...]


def _is_encoded_example(value: str) -> bool:
    """Base64 of `user:password` as manuals show it, or of what stands for a password."""
    if not _BASE64.begins(value):
        return False
    try:
        user, colon, password = base64.b64decode(value + "=" * (-len(value) % 4)).decode("ascii").strip().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    if colon and user:
        names = ("default", "counted default", "name of a credential", "placeholder words")
        return any(RULES[name].test(password) for name in names)
    return user.isprintable() and any(RULES[name].test(user) for name in ("placeholder words", "counted default"))


_TESTS: dict[str, Callable[[str], bool]] = {
    "is_encoded_example": _is_encoded_example,
    "is_fill_in": text_shapes.is_fill_in,
    "is_identifier": text_shapes.is_identifier,
    "is_repetitive": text_shapes.is_repetitive,
    "is_sequence": text_shapes.is_sequence,
    "is_words": text_shapes.is_words,
}


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


def _test_of(fields: dict[str, str], pattern: Pattern | None) -> Callable[[str], object]:
    if pattern is None:
        words = VALUES[fields["list"]] if "list" in fields else frozenset()
        return _TESTS[fields["test"]] if "test" in fields else lambda value: value.lower() in words
    if "words" not in fields:
        return pattern.begins if "begins" in fields else pattern.finds
    minimum, has_group = float(fields["words"]), "(?P<words>" in pattern.source

    def is_of_words(value: str) -> bool:
        match = pattern.search(value)
        text = match["words"] if match and has_group else value
        return match is not None and (not text or word_share(text) >= minimum)

    return is_of_words


def _rule(name: str, fields: dict[str, str]) -> FalsePositiveRule:
    source = _WORD_LIST.sub(_expanded, fields.get("begins") or fields.get("contains", "")).replace("\n", "")
    matches = tuple(fields["matches"].replace("\n", " ").split(" | "))
    pattern = Pattern(source, example=matches[0]) if source else None
    return FalsePositiveRule(
        name=name,
        pattern=pattern,
        test=_test_of(fields, pattern),
        unless=tuple(tuple(line.split(" and ")) for line in fields.get("unless", "").split("\n") if line),
        is_of_credentials="files of credentials" in fields,
        matches=matches,
        does_not_match=tuple(fields["others"].split(" | ")),
    )


RULES = {name: _rule(name, fields) for name, fields in sections(__file__, "false_positives.ini").items()}


def matching_rule(
    value: str, is_exempt: Callable[[FalsePositiveRule], bool] = lambda _rule: False
) -> FalsePositiveRule | None:
    """The first rule that matches the value and is not exempt; None when no rule does."""
    return next((rule for rule in RULES.values() if rule.test(value) and not is_exempt(rule)), None)
