"""The judge: does a value, standing where it stands, look like a secret?

Where it stands is the kind of its name and the kind of file; how it looks is structure, rarity of letters and mixture
of symbols. Entropy alone decides nothing: digests and identifiers have as much of it.
"""

from __future__ import annotations

import re

from k6ci.secretscan.letters import pair_bits, word_share
from k6ci.secretscan.lookalikes import lookalike_of
from k6ci.secretscan.names import NameKind

LONGEST_VALUE = 1_000
_MOSTLY_WORDS = 0.6
_HEX = re.compile(r"^[0-9a-f]{16,}$|^[0-9A-F]{16,}$")
_LETTERS = re.compile(r"[A-Za-z]+")
_DIGIT = re.compile(r"[0-9]")
_SWITCH = re.compile(r"[a-z][A-Z]|[A-Z][a-z]|[0-9][A-Za-z]|[A-Za-z][0-9]")
_SIGN = re.compile(r"[^A-Za-z0-9\s_\-.,:/]")


def is_generated(value: str, *, shortest: int = 8) -> bool:
    """True when a machine made the value: its symbols follow no word, no name and no order."""
    if len(value) < shortest or " " in value:
        return False
    digits, letters = len(_DIGIT.findall(value)), sum(map(len, _LETTERS.findall(value)))
    if _HEX.match(value):
        return digits >= 2 and letters >= 2 and len(set(value)) >= 7  # noqa: PLR2004
    if letters < 2 or len(set(value)) < 6:  # noqa: PLR2004
        return False
    share = word_share(value)
    if digits and share < 0.5 and len(_SWITCH.findall(value)) >= 2:  # noqa: PLR2004
        return True
    longest = max(_LETTERS.findall(value), key=len)
    return len(longest) >= 12 and share < 0.45 and pair_bits(longest) >= 4.7  # noqa: PLR2004


def is_password(value: str, *, is_config: bool) -> bool:
    """True when a person could have chosen the value as a password, and hardly as anything else."""
    if not (4 if is_config else 6) <= len(value) <= 128 or " " in value.strip():  # noqa: PLR2004
        return False
    if is_generated(value):
        return True
    digits, sign = _DIGIT.search(value), _SIGN.search(value)
    has_case = value != value.lower() and value != value.upper()
    if (
        value[0] in "#*&"
        or not value.isascii()
        or (not digits and not (sign and has_case) and word_share(value) >= _MOSTLY_WORDS)
    ):
        return False
    if is_config:
        return bool(digits or sign or has_case) or _is_rare(value)
    return bool((digits and (sign or has_case or len(value) >= 8)) or (sign and has_case)) or _is_rare(value)  # noqa: PLR2004


def is_secret(value: str, kind: NameKind, *, is_config: bool) -> bool:
    """The judgement on a value that a name of this kind stands before.

    `is_config`: the file holds values, not code, so a bare word is a value and not a variable.
    """
    if not value or len(value) > LONGEST_VALUE:
        return False
    lookalike = lookalike_of(value)
    if lookalike is not None:
        return lookalike == "words" and kind is NameKind.PASSWORD and is_config and _is_word_with_number(value)
    if kind is NameKind.PASSWORD:
        return is_password(value, is_config=is_config)
    if kind is NameKind.K6:
        return is_generated(value) or (len(value) >= 8 and _DIGIT.search(value) is not None and " " not in value)  # noqa: PLR2004
    if kind is NameKind.TOKEN:
        return is_generated(value, shortest=8 if is_config else 10) or (is_config and _is_mixed(value))
    return is_generated(value, shortest=16 if is_config else 20)


def _is_word_with_number(value: str) -> bool:
    """`monkey99`: what people choose when a digit is asked for."""
    return re.fullmatch(r"[A-Za-z]{4,20}[0-9]{2,4}", value) is not None


def _is_rare(value: str) -> bool:
    """Letters that no word pairs: `qwzxkv`."""
    longest = max(_LETTERS.findall(value), key=len, default="")
    return len(longest) >= 6 and pair_bits(longest) >= 5.2  # noqa: PLR2004


def _is_mixed(value: str) -> bool:
    """Enough of everything for a secret that a person typed: `Gr4fana!2024`."""
    return (
        len(value) >= 8  # noqa: PLR2004
        and " " not in value
        and len(_DIGIT.findall(value)) >= 2  # noqa: PLR2004
        and value != value.lower()
        and (_SIGN.search(value) is not None or word_share(value) < 0.7)  # noqa: PLR2004
    )
