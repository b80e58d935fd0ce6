"""What a value says as a text: words, sentences, counted and repeated signs, examples in base64."""

from __future__ import annotations

import base64
import binascii
import re

from k6ci.secretscan.heuristics.letters import pair_bits, word_share
from k6ci.secretscan.heuristics.placeholders import PLACEHOLDER_WORDS, is_counted_default, is_default
from k6ci.secretscan.patterns import Pattern

_BASE64 = Pattern(r"^[A-Za-z0-9+/]{10,200}={0,2}$")
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "0123456789" * 4,
    "0123456789abcdef" * 3,
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdef0123456789" * 2,
    "1234567890abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "9876543210" * 3,
)
_SENTENCE = Pattern(r"[A-Za-z]{2,}[,.;:!?]? +[A-Za-z]{2,}|[^\x00-\x7f].* ")
_MOST_WORDS = 0.84
_RUNS = Pattern(r"[a-z]+|[0-9]+", example="abc")
_COUNTER = Pattern(r"[0-9]{1,2}$", example="a1")
_DIGIT = Pattern(r"[0-9]", example="1")
_OTHER_SIGN = Pattern(r"[^A-Za-z0-9_\-./: ]", example="!")
_WORD = Pattern(r"[A-Za-z]{3,}", example="abc")


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
    if min(map(len, parts)) >= 3 and all(any(part in order for order in _SEQUENCES) for part in parts):  # noqa: PLR2004
        return True
    return any(body in order for order in _SEQUENCES)


def is_words(value: str) -> bool:
    """A name made of words and signs only: `my-secret-name`, `accessToken`, `api_key_secret`."""
    body = _COUNTER.sub("", value)
    # No more digits than a version has.
    if len(_DIGIT.findall(body)) > 2 or _OTHER_SIGN.search(body):  # noqa: PLR2004
        return False
    # Words of one or two letters say nothing either way.
    letters = sum(map(len, _WORD.findall(body)))
    if not letters:
        return False
    return word_share(body) * len(body) / letters >= _MOST_WORDS and not (body.isalpha() and pair_bits(body) >= 4.9)  # noqa: PLR2004


def is_encoded_example(value: str) -> bool:
    """Base64 of `user:password` as manuals show it, or of what stands for a password."""
    if not _BASE64.match(value):
        return False
    try:
        user, colon, password = base64.b64decode(value + "=" * (-len(value) % 4)).decode("ascii").strip().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    if not (colon and user):
        is_example = PLACEHOLDER_WORDS.search(user) is not None or is_counted_default(user)
        return user.isascii() and user.isprintable() and is_example
    return is_default(password) or PLACEHOLDER_WORDS.search(password) is not None


def is_prose(value: str) -> bool:
    """A sentence: at least two words with a space between them, and words for the most part."""
    return " " in value and _SENTENCE.search(value) is not None and word_share(value) >= 0.4  # noqa: PLR2004
