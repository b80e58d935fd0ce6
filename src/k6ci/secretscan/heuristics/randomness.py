"""Whether a value is random, as machines generate and people mix them, or made of words, in an order, or repetitive.

Generated values pair letters that no word pairs: English words average below 4 bits for each pair (`letters.ini`),
random letters about 6.
"""

from __future__ import annotations

import re

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics.vocabulary import NAMES, PATTERNS, VALUES
from k6ci.secretscan.patterns import DIGIT

_PAIR_BITS = {
    first + second: int(bits)
    for first, row in sections(__file__, "letters.ini")["bits"].items()
    for second, bits in zip("abcdefghijklmnopqrstuvwxyz", row, strict=True)
}
_SHORTEST_WORD = 3
_WORD_BITS, _MOST_WORDS = 4.9, 0.84
# Digits and signs that people write for letters: `p4$$w0rd`.
_LETTERS_OF_SIGNS = str.maketrans("013457@$", "oieastas")


def pair_bits(letters: str) -> float:
    """The mean bits of the pairs of neighbours in a run of ASCII letters; 0.0 when there is no pair."""
    lowered = letters.lower()
    if len(lowered) < 2:  # noqa: PLR2004 - a pair
        return 0.0
    return sum(_PAIR_BITS[lowered[at : at + 2]] for at in range(len(lowered) - 1)) / (len(lowered) - 1)


def word_share(value: str) -> float:
    """The share (0.0 to 1.0) of the characters that are in words a person could have written, of 3 letters or more."""
    return sum(len(word) for word in PATTERNS["word"].findall(value) if _is_word(word)) / max(1, len(value))


def _is_word(word: str) -> bool:
    """Short words are common pairs by chance: they have to be closer to what is written."""
    if len(word) < _SHORTEST_WORD:
        return False
    limit = _WORD_BITS - (0.5 if len(word) == _SHORTEST_WORD else 0.0)
    return word.lower() in NAMES["acronyms"] or pair_bits(word) < limit


def is_generated(value: str, *, shortest: int = 8) -> bool:
    """True when a machine made the value: its symbols follow no word, no name and no order."""
    if len(value) < shortest or " " in value:
        return False
    runs = PATTERNS["letters"].findall(value)
    digits, letters = len(DIGIT.findall(value)), sum(map(len, runs))
    if PATTERNS["hexadecimal"].begins(value):
        return digits >= 2 and letters >= 2 and len(set(value)) >= 7  # noqa: PLR2004
    if letters < 2 or len(set(value)) < 6:  # noqa: PLR2004
        return False
    share = word_share(value)
    has_signs = share < 0.4 and len(value) >= 10 and _kinds_of_signs(value) >= 3  # noqa: PLR2004
    switches = len(PATTERNS["change of case or kind"].findall(value))
    is_long = len(value) >= 20 and share < 0.75 and switches >= 7  # noqa: PLR2004 - words by chance
    if digits and (has_signs or is_long or (share < 0.5 and switches >= 2)):  # noqa: PLR2004
        return True
    # A random value between two words, as people make them up: `cometMyhAHxmXUqTJocean`.
    if len(value) >= 16 and share < 0.7 and value.isalpha() and switches >= 6:  # noqa: PLR2004
        return True
    longest = max(runs, key=len)
    return len(longest) >= 12 and share < 0.45 and pair_bits(longest) >= 4.7  # noqa: PLR2004


def is_noise(value: str) -> bool:
    """True for long values of all the signs there are, as WordPress makes its salts; brackets in them are chance."""
    return (
        40 <= len(value) <= 100  # noqa: PLR2004 - longer ones are minified code
        and _kinds_of_signs(value) >= 6  # noqa: PLR2004
        and DIGIT.finds(value)
        and sum(map(len, PATTERNS["letters"].findall(value))) >= len(value) // 3
        and not PATTERNS["formula"].finds(value)
        and word_share(value) < 0.4  # noqa: PLR2004
    )


def is_mixed(value: str) -> bool:
    """Enough of everything for a secret that a person typed: `Gr4fana!2024`."""
    return (
        len(value) >= 8  # noqa: PLR2004
        and " " not in value
        and len(DIGIT.findall(value)) >= 2  # noqa: PLR2004
        and value != value.lower()
        and (PATTERNS["sign"].finds(value) or word_share(value) < 0.7)  # noqa: PLR2004
    )


def _kinds_of_signs(value: str) -> int:
    return len(set(PATTERNS["sign"].findall(value)))


def is_rare(value: str) -> bool:
    """Letters that no word pairs: `qwzxkv`."""
    longest = max(PATTERNS["letters"].findall(value), key=len, default="")
    return len(longest) >= 6 and pair_bits(longest) >= 5.2  # noqa: PLR2004


def is_fill_in(value: str) -> bool:
    """Words that only ask for a value: `another_pw`, `MySuperStrongPassword!`, `s3cr3t_p4ssw0rd123`."""
    text = PATTERNS["end of a fill-in text"].sub("", value).translate(_LETTERS_OF_SIGNS)
    words = {word.lower() for word in PATTERNS["word"].findall(text)}
    adjectives = VALUES["fill-in adjectives"]
    if DIGIT.finds(text) or len(words) == 1 or not words <= adjectives | VALUES["fill-in words"]:
        return False
    return not (NAMES["password"] if len(DIGIT.findall(value)) > 1 else adjectives).isdisjoint(words)


def is_identifier(value: str) -> bool:
    """A name of something: `auth.token`, `user.getPassword()`."""
    if not PATTERNS["identifier"].begins(value):
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
    parts = PATTERNS["letters or digits"].findall(value.lower())
    body = "".join(parts)
    if len(body) < 4:  # noqa: PLR2004 - too short to be an order
        return False
    return _is_ordered(body) or all(len(part) > 2 and _is_ordered(part) for part in parts)  # noqa: PLR2004


def _is_ordered(text: str) -> bool:
    return any(text in order for order in VALUES["orders"])


def is_words(value: str) -> bool:
    """A name made of words and signs only: `my-secret-name`, `accessToken`, `api_key_secret`."""
    body = PATTERNS["counter"].sub("", value)
    # No more digits than a version has.
    if len(DIGIT.findall(body)) > 2 or PATTERNS["sign that joins no words"].finds(body):  # noqa: PLR2004
        return False
    # Words of one or two letters say nothing either way.
    letters = sum(map(len, PATTERNS["long word"].findall(body)))
    if not letters or (body.isalpha() and pair_bits(body) >= 4.9):  # noqa: PLR2004
        return False
    return word_share(body) * len(body) / letters >= _MOST_WORDS
