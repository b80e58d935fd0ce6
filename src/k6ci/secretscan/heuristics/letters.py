"""How rare the letters of a value are: generated values pair letters that no word pairs.

The table gives, for each first letter, how many bits the second is worth (rounded, 0 to 9), counted over the words of
the Python library by `bench/_scan_letters.py`. English words average below 4 bits, random letters about 6.
"""

from __future__ import annotations

import itertools

from k6ci.secretscan.heuristics.vocabulary import NAMES
from k6ci.secretscan.patterns import Pattern

_PAIR_BITS = (
    "44448758596343959343667768"
    "34464677457366469446498758"
    "37553683594467279453588969"
    "46552568388566478545578879"
    "47435568798453756334866579"
    "46654269299476379455488879"
    "47662754498464579345578987"
    "26662787397666379564588969"
    "56455659888442459544959795"
    "36562666473688358757366768"
    "46552656378475568535675969"
    "37652788398377369855579949"
    "25762788397656439856599969"
    "47433538496676469743668979"
    "65447668696442549344465789"
    "37663686497477348354587959"
    "67566766687565764447166878"
    "37552658396656369544577969"
    "57463774396567547742487969"
    "37562684398667469345587858"
    "54554568598443649343889899"
    "26671777398777579667867888"
    "36553674398574368446876599"
    "45454496498668639663777258"
    "56555677598554539534766725"
    "47762798499778578777898761"
)
# Where a person would begin a new word: camelCase, digits, signs.
WORDS = Pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", example="camelCase")
_SHORTEST_WORD = 3
_WORD_BITS = 4.9


def pair_bits(letters: str) -> float:
    """The mean bits of the pairs of neighbours in a run of ASCII letters; 0.0 when there is no pair."""
    lowered = letters.lower()
    if len(lowered) < 2:  # noqa: PLR2004 - a pair
        return 0.0
    total = sum(
        int(_PAIR_BITS[26 * (ord(first) - 97) + ord(second) - 97]) for first, second in itertools.pairwise(lowered)
    )
    return total / (len(lowered) - 1)


def word_share(value: str) -> float:
    """The share (0.0 to 1.0) of the characters that are in words a person could have written, of 3 letters or more."""
    if not value:
        return 0.0
    written = sum(len(word) for word in WORDS.findall(value) if _is_word(word))
    return written / len(value)


def _is_word(word: str) -> bool:
    """Short words are common pairs by chance: they have to be closer to what is written."""
    if len(word) < _SHORTEST_WORD:
        return False
    limit = _WORD_BITS - (0.5 if len(word) == _SHORTEST_WORD else 0.0)
    return word.lower() in NAMES["acronyms"] or pair_bits(word) < limit
