"""How rare the letters of a value are: generated values pair letters that no word pairs.

English words average below 4 bits for each pair (`letters.ini`), random letters about 6.
"""

from __future__ import annotations

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics.vocabulary import NAMES, PATTERNS

_PAIR_BITS = {
    first + second: int(bits)
    for first, row in sections(__file__, "letters.ini")["bits"].items()
    for second, bits in zip("abcdefghijklmnopqrstuvwxyz", row, strict=True)
}
_SHORTEST_WORD = 3
_WORD_BITS = 4.9


def pair_bits(letters: str) -> float:
    """The mean bits of the pairs of neighbours in a run of ASCII letters; 0.0 when there is no pair."""
    lowered = letters.lower()
    if len(lowered) < 2:  # noqa: PLR2004 - a pair
        return 0.0
    return sum(_PAIR_BITS[lowered[at : at + 2]] for at in range(len(lowered) - 1)) / (len(lowered) - 1)


def word_share(value: str) -> float:
    """The share (0.0 to 1.0) of the characters that are in words a person could have written, of 3 letters or more."""
    if not value:
        return 0.0
    written = sum(len(word) for word in PATTERNS["word"].findall(value) if _is_word(word))
    return written / len(value)


def _is_word(word: str) -> bool:
    """Short words are common pairs by chance: they have to be closer to what is written."""
    if len(word) < _SHORTEST_WORD:
        return False
    limit = _WORD_BITS - (0.5 if len(word) == _SHORTEST_WORD else 0.0)
    return word.lower() in NAMES["acronyms"] or pair_bits(word) < limit
