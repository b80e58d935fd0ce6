"""How a value looks: made by a machine, or chosen by a person as a password; and what a person writes otherwise."""

from __future__ import annotations

from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.letters import pair_bits, word_share
from k6ci.secretscan.patterns import Pattern

_HEX = Pattern(r"^[0-9a-f]{16,}$|^[0-9A-F]{16,}$")
_LETTERS = Pattern(r"[A-Za-z]+")
_DIGIT = Pattern(r"[0-9]")
_SWITCH = Pattern(r"[a-z][A-Z]|[A-Z][a-z]|[0-9][A-Za-z]|[A-Za-z][0-9]")
_CASE = Pattern(r"[a-z][A-Z]|[A-Z][a-z]")
_SIGN = Pattern(r"[^A-Za-z0-9\s_\-.,:/]")
# Of a pattern or a formula, not of chance.
_RANGE = Pattern(
    r"a-z|A-Z|0-9|\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])|\\[wdsbS][+*?{\\]|\(\?[:=!P<]|"
    r"\{\{[^{}]{1,100}\}\}|\$\{[A-Za-z_.]{4,60}[}:]|\s(?:&&|\|\||=>)\s"
)
_LABEL = Pattern(r"^[A-Z][a-z]+$")
# Words joined by signs, as generators of pass phrases give them; in code it takes more of them to be no identifier.
_PHRASE = Pattern(r"^[a-zA-Z]{3,20}(?:[-_.][a-zA-Z]{2,20}){2,8}$")
_LONG_PHRASE = Pattern(r"^[a-z]{3,20}(?:[-_.][a-z]{3,20}){3,8}$")
# Google's passwords for one application: four groups of four letters.
_APP_PASSWORD = Pattern(r"^[a-z]{4}(?: [a-z]{4}){3}$")
# Words of a pass phrase, without any of those that sentences are made of.
_SPACED_WORDS = Pattern(r"^[a-z]{3,12}(?: [a-z]{3,12}){3,23}$")
_WORDS_AND_NUMBER = Pattern(r"^[A-Za-z]{3,12}(?: [a-z]{3,12}){1,4} [0-9]{1,4}[!.?]?$")
_OF_SENTENCE = Pattern(
    r"\b(?:the|your|you|must|and|for|with|not|are|this|that|please|enter|use|password|will|can|has|should|when|from)\b"
)


_TWO_WORDS = Pattern(r"^[^\s]{2,20} [^\s]{2,20}$", example="Blue Ocean9!")


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
        and _DIGIT.search(value) is not None
        and sum(map(len, _LETTERS.findall(value))) >= len(value) // 3
        and not _RANGE.search(value)
        and word_share(value) < 0.4  # noqa: PLR2004
    )


def is_password(value: str, place: Confidence) -> bool:
    """True when a person could have chosen the value as a password, and at this place hardly as anything else."""
    if not (6 if place is Confidence.CODE else 4) <= len(value) <= 128:  # noqa: PLR2004
        return False
    if " " in value:
        return place >= Confidence.CONFIG and is_pass_phrase(value)
    if is_generated(value):
        return True
    return place is not Confidence.LABEL and value[0] not in "#*&;" and _is_chosen(value, place)


def is_pass_phrase(value: str) -> bool:
    """Words with spaces between them that make no sentence."""
    is_of_words = _SPACED_WORDS.match(value) or _WORDS_AND_NUMBER.match(value)
    # Two words, of which one is more than a word.
    if (
        _TWO_WORDS.match(value)
        and _DIGIT.search(value)
        and _SIGN.search(value)
        and not _OF_SENTENCE.search(value.lower())
    ):
        return True
    is_phrase = is_of_words is not None and not _OF_SENTENCE.search(value.lower())
    return is_phrase or _APP_PASSWORD.match(value) is not None


def is_signing_phrase(value: str) -> bool:
    """What people make up to sign with: three words, or a word and a number."""
    return len(value) >= 8 and (_PHRASE.match(value) is not None or _DIGIT.search(value) is not None)  # noqa: PLR2004


def is_mixed(value: str) -> bool:
    """Enough of everything for a secret that a person typed: `Gr4fana!2024`."""
    return (
        len(value) >= 8  # noqa: PLR2004
        and " " not in value
        and len(_DIGIT.findall(value)) >= 2  # noqa: PLR2004
        and value != value.lower()
        and (_SIGN.search(value) is not None or word_share(value) < 0.7)  # noqa: PLR2004
    )


def _is_chosen(value: str, place: Confidence) -> bool:
    """By how much the place says, less of a value is enough: a number, a sign, three words, a word."""
    if _DIGIT.search(value) and (place is Confidence.LOGIN or _LETTERS.search(value)):
        return True
    if not _LETTERS.search(value):
        return False
    has_case = value != value.lower() and value != value.upper()
    has_sign = _SIGN.search(value) is not None
    in_code = bool(_LONG_PHRASE.match(value)) or (has_sign and has_case) or _is_rare(value)
    in_config = has_sign or (has_case and not _LABEL.match(value)) or bool(_PHRASE.match(value))
    return in_code or place is Confidence.LOGIN or (place is Confidence.CONFIG and in_config)


def _is_rare(value: str) -> bool:
    """Letters that no word pairs: `qwzxkv`."""
    longest = max(_LETTERS.findall(value), key=len, default="")
    return len(longest) >= 6 and pair_bits(longest) >= 5.2  # noqa: PLR2004
