"""Named features of values (`features.ini`), and rules for values that are not secrets (`false_positives/`)."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import tee
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics import randomness
from k6ci.secretscan.heuristics.randomness import word_share
from k6ci.secretscan.heuristics.vocabulary import PATTERNS, VALUES, expanded
from k6ci.secretscan.patterns import Pattern


class Feature(NamedTuple):
    """A feature of a value, or a false-positive rule: `features.ini` and `placeholders.ini` explain the fields."""

    name: str
    pattern: Pattern | None
    test: Callable[[str], object]
    unless: str
    is_of_credentials: bool


def _feature(name: str, fields: dict[str, str]) -> Feature:
    source = expanded("values", fields.get("begins") or fields.get("contains", "")).replace("\n", "")
    pattern = Pattern(source, example=fields["matches"].partition(" | ")[0]) if source else None
    test = _TESTS[fields["test"]] if "test" in fields else _test_of(fields, pattern)
    return Feature(name, pattern, test, fields.get("unless", ""), "files of credentials" in fields)


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


def _is_encoded_example(value: str) -> bool:
    """Base64 of `user:password` as manuals show it, or of what stands for a password."""
    if not PATTERNS["base64"].begins(value):
        return False
    try:
        decoded = binascii.a2b_base64(value + "=" * (-len(value) % 4)).decode("ascii").strip()
    except (binascii.Error, UnicodeDecodeError):
        return False
    user, colon, password = decoded.partition(":")
    if colon and user:
        names = ("default", "counted default", "name of a credential", "placeholder words")
        return any(rules()[name].test(password) for name in names)
    return user.isprintable() and any(rules()[name].test(user) for name in ("placeholder words", "counted default"))


# The functions that the field `test` names.
_TESTS = {"is_encoded_example": _is_encoded_example, **vars(randomness)}
FEATURES = {name: _feature(name, fields) for name, fields in sections(__file__, "features.ini").items()}


@lru_cache(maxsize=1)
def rules() -> dict[str, Feature]:
    """The false-positive rules, in their order."""
    return {name: _feature(name, fields) for name, fields in sections(__file__, "false_positives").items()}


def matching_rule(value: str, is_exempt: Callable[[Feature], bool] = lambda _rule: False) -> Feature | None:
    """The first rule that matches the value and is not exempt; None when no rule does."""
    _, matching = tee(_matching_rules(value))
    return next((rule for rule in matching if not is_exempt(rule)), None)


@lru_cache(maxsize=4096)
def _matching_rules(value: str) -> Iterator[Feature]:
    """The rules that match a value; to be copied, so that each is tried once, whatever the names and contexts."""
    return tee(rule for rule in rules().values() if rule.test(value))[0]
