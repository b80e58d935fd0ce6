"""The false-positive rules of `false_positives.ini`: values that are not secrets, such as templates and digests."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from k6ci.secretscan.heuristics import text_shapes
from k6ci.secretscan.heuristics.features import Feature, read_features
from k6ci.secretscan.patterns import Pattern

_BASE64 = Pattern(r"^[A-Za-z0-9+/]{10,200}={0,2}$", example="dXNlcm5hbWU6cGFzc3dvcmQK")


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


RULES = read_features(
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
    return next((rule for rule in RULES.values() if rule.test(value) and not is_exempt(rule)), None)
