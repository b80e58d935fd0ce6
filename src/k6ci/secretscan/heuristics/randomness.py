"""Values that a machine generated, or a person mixed from all kinds of characters."""

from __future__ import annotations

from functools import lru_cache

from k6ci.secretscan.heuristics.letters import pair_bits, word_share
from k6ci.secretscan.patterns import DIGIT, Pattern

_HEX = Pattern(r"^[0-9a-f]{16,}$|^[0-9A-F]{16,}$", example="0123456789abcdef")
_LETTERS = Pattern(r"[A-Za-z]+", example="abc")
_SWITCH = Pattern(r"[a-z][A-Z]|[A-Z][a-z]|[0-9][A-Za-z]|[A-Za-z][0-9]", example="aB")
_CASE = Pattern(r"[a-z][A-Z]|[A-Z][a-z]", example="aB")
_SIGN = Pattern(r"[^A-Za-z0-9\s_\-.,:/]", example="!")
# Of a pattern or a formula, not of chance.
_RANGE = Pattern(
    r"a-z|A-Z|0-9|\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])|\\[wdsbS][+*?{\\]|\(\?[:=!P<]|"
    r"\{\{[^{}]{1,100}\}\}|\$\{[A-Za-z_.]{4,60}[}:]|\s(?:&&|\|\||=>)\s",
    example="[a-z]",
)


@lru_cache(maxsize=4096)
def is_generated(value: str, *, shortest: int = 8) -> bool:
    """True when a machine made the value: its symbols follow no word, no name and no order."""
    if len(value) < shortest or " " in value:
        return False
    digits, letters = len(DIGIT.findall(value)), sum(map(len, _LETTERS.findall(value)))
    if _HEX.begins(value):
        return digits >= 2 and letters >= 2 and len(set(value)) >= 7  # noqa: PLR2004
    if letters < 2 or len(set(value)) < 6:  # noqa: PLR2004
        return False
    share = word_share(value)
    has_signs = share < 0.4 and len(value) >= 10 and len(set(_SIGN.findall(value))) >= 3  # noqa: PLR2004
    switches = len(_SWITCH.findall(value))
    is_long = len(value) >= 20 and share < 0.75 and switches >= 7  # noqa: PLR2004 - words by chance
    if digits and (has_signs or is_long or (share < 0.5 and switches >= 2)):  # noqa: PLR2004
        return True
    # A random value between two words, as people make them up: `cometMyhAHxmXUqTJocean`.
    if len(value) >= 16 and share < 0.7 and value.isalpha() and len(_CASE.findall(value)) >= 6:  # noqa: PLR2004
        return True
    longest = max(_LETTERS.findall(value), key=len)
    return len(longest) >= 12 and share < 0.45 and pair_bits(longest) >= 4.7  # noqa: PLR2004


def is_noise(value: str) -> bool:
    """True for long values of all the signs there are, as WordPress makes its salts; brackets in them are chance."""
    return (
        40 <= len(value) <= 100  # noqa: PLR2004 - longer ones are minified code
        and len(set(_SIGN.findall(value))) >= 6  # noqa: PLR2004
        and DIGIT.finds(value)
        and sum(map(len, _LETTERS.findall(value))) >= len(value) // 3
        and not _RANGE.finds(value)
        and word_share(value) < 0.4  # noqa: PLR2004
    )


def is_mixed(value: str) -> bool:
    """Enough of everything for a secret that a person typed: `Gr4fana!2024`."""
    return (
        len(value) >= 8  # noqa: PLR2004
        and " " not in value
        and len(DIGIT.findall(value)) >= 2  # noqa: PLR2004
        and value != value.lower()
        and (_SIGN.finds(value) or word_share(value) < 0.7)  # noqa: PLR2004
    )


def is_rare(value: str) -> bool:
    """Letters that no word pairs: `qwzxkv`."""
    longest = max(_LETTERS.findall(value), key=len, default="")
    return len(longest) >= 6 and pair_bits(longest) >= 5.2  # noqa: PLR2004
