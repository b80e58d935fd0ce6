"""Values that are made of words, counted or repeated signs: the false-positive rules that no pattern describes."""

from __future__ import annotations

import re

from k6ci.secretscan.heuristics.letters import WORDS, pair_bits, word_share
from k6ci.secretscan.heuristics.vocabulary import VALUES
from k6ci.secretscan.patterns import DIGIT, Pattern

_IDENTIFIER = Pattern(
    r"^[A-Za-z_$][\w$]{0,60}(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]{0,60}){1,12}(?:[(\[].*)?$", example="auth.token"
)
_RUNS = Pattern(r"[a-z]+|[0-9]+", example="abc")
_COUNTER = Pattern(r"[0-9]{1,2}$", example="a1")
_OTHER_SIGN = Pattern(r"[^A-Za-z0-9_\-./: ]", example="!")
_WORD = Pattern(r"[A-Za-z]{3,}", example="abc")
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "0123456789" * 4,
    "0123456789abcdef" * 3,
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "9876543210" * 3,
)
_MOST_WORDS = 0.84


def is_fill_in(value: str) -> bool:
    """Words that only ask for a value: `another_pw`, `MySuperStrongPassword!`, `Fill_me_in`."""
    if len(DIGIT.findall(value)) > 1:
        return False
    words = {word.lower() for word in WORDS.findall(value)}
    adjectives = VALUES["fill-in adjectives"]
    return len(words) > 1 and words <= adjectives | VALUES["fill-in words"] and not adjectives.isdisjoint(words)


def is_identifier(value: str) -> bool:
    """A name of something: `auth.token`, `user.getPassword()`."""
    if not _IDENTIFIER.begins(value):
        return False
    # A JWT or a random value with dots is no name: names are made of words.
    return all(len(part) <= 40 and word_share(part) >= 0.5 for part in re.split(r"[.\->:?]+", value) if len(part) > 3)  # noqa: PLR2004


def is_repetitive(value: str) -> bool:
    """A handful of symbols over and over: `xxxxxxxx`, `0000`, `ababab`."""
    body = value.lower()
    if re.fullmatch(r"(?:([0-9a-z])\1{2,}[^0-9a-z]?)+", body):
        return True  # `aaaaaaaa-bbbb-cccc`
    return len(set(body)) <= max(2, min(6, len(body) // 8)) if len(body) > 3 else len(set(body)) == 1  # noqa: PLR2004


def is_sequence(value: str) -> bool:
    """Letters or digits in the order in which they are typed or counted, alone or joined: `abcdef123456`."""
    parts = _RUNS.findall(value.lower())
    body = "".join(parts)
    if len(body) < 4:  # noqa: PLR2004 - too short to be an order
        return False
    return _is_ordered(body) or all(len(part) > 2 and _is_ordered(part) for part in parts)  # noqa: PLR2004


def _is_ordered(text: str) -> bool:
    return any(text in order for order in _SEQUENCES)


def is_words(value: str) -> bool:
    """A name made of words and signs only: `my-secret-name`, `accessToken`, `api_key_secret`."""
    body = _COUNTER.sub("", value)
    # No more digits than a version has.
    if len(DIGIT.findall(body)) > 2 or _OTHER_SIGN.search(body):  # noqa: PLR2004
        return False
    # Words of one or two letters say nothing either way.
    letters = sum(map(len, _WORD.findall(body)))
    if not letters or (body.isalpha() and pair_bits(body) >= 4.9):  # noqa: PLR2004
        return False
    return word_share(body) * len(body) / letters >= _MOST_WORDS
