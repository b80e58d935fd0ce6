"""The decision whether a value is a secret.

Inputs are the kind of its name, the confidence that the context gives, and features of the value (format, rarity of
letter pairs, mixture of characters). Entropy alone is no criterion: digests and identifiers have as much of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.false_positives import FALSE_POSITIVE_RULES, FalsePositive, matching_rule
from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.names import NameKind, without_accents
from k6ci.secretscan.heuristics.placeholders import UNSET
from k6ci.secretscan.heuristics.randomness import (
    is_generated,
    is_mixed,
    is_noise,
    is_pass_phrase,
    is_password,
    is_signing_phrase,
)
from k6ci.secretscan.heuristics.trace import Decision, Outcome, record
from k6ci.secretscan.patterns import Pattern

LONGEST_VALUE = 1_000
# Fingers walking over the keyboard: an example is `abc123`, a password `asdfgh876`.
_WALK = Pattern(r"(?i)qwe|asd|zxc|wer|poi|lkj|dfg|yui")
_ESCAPED = Pattern(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
# How Spring and LDAP say that a password is stored as it is.
_IN_THE_OPEN = Pattern(r"^\{(?i:noop|plain|clear|cleartext)\}")
# What `kubeadm join` takes.
_OF_KUBEADM = Pattern(r"^(?=[a-z0-9]{0,5}[0-9.])[a-z0-9]{6}\.[a-z0-9]{16}$")
_STRONG_SIGN = Pattern(r"[!@#$%^&*+=?]", example="!")
# Letters that have no equivalent in English.
_OTHER_SCRIPT = Pattern(r"[^\x00-\u024f\u1e00-\u1eff]", example="п")
# What a template has to fill in.
_BRACKETED = Pattern(r"«[^«»]{1,80}»", example="«password»")
_OF_PEOPLE = frozenset({NameKind.PASSWORD, NameKind.PHRASE})
_DIGIT = Pattern(r"[0-9]")
# What people choose behind a name that can only be that of a secret: a short word, or the number of a card.
_SHORT = Pattern(r"^(?:[a-z]{5,9}|[0-9]{14,16})$", example="walnut")
# In a file of credentials only a value that is filled in later is not a secret.
_APPLY_TO_CREDENTIALS = frozenset(
    {
        FalsePositive.TEMPLATE,
        FalsePositive.ANGLED,
        FalsePositive.PLACEHOLDER,
        FalsePositive.PLACEHOLDER_WORDS,
        FalsePositive.REFERENCE,
        FalsePositive.LOOKUP,
        FalsePositive.HASH_SCHEME,
        FalsePositive.HASH,
    }
)
_ALLOWED_IN_CREDENTIALS = frozenset(rule.name for rule in FALSE_POSITIVE_RULES) - _APPLY_TO_CREDENTIALS
# Alone beside a host: `secret=moun4517` of a telephone.
_WORD_AND_NUMBER = Pattern(r"^(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{8,40}$")


def is_secret(value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True when a value behind a name of this kind, in a context of this confidence, is a secret."""
    return record(decide(value, kind, confidence)).is_secret


@lru_cache(maxsize=4096)
def decide(value: str, kind: NameKind, confidence: Confidence) -> Decision:
    """The decision on a value behind a name of this kind, in a context of this confidence."""
    outcome, rule = _outcome(value, kind, confidence)
    return Decision(value, kind, confidence, outcome, rule)


def _outcome(value: str, kind: NameKind, confidence: Confidence) -> tuple[Outcome, FalsePositive | None]:
    if not value or len(value) > LONGEST_VALUE:
        return Outcome.NO_VALUE, None
    # `Contrase\u00f1a` is the label of a field.
    if _ESCAPED.search(value) or (not value.isascii() and _is_label(value, kind, confidence)):
        return Outcome.LABEL, None
    if not value.isascii():
        value = without_accents(_OTHER_SCRIPT.sub("q", value))
    # A prefix that names the encoding or the environment does not change what the value is: a test key is a key.
    value = _IN_THE_OPEN.sub("", value.removeprefix("base64:").removeprefix("sk_test_"))
    is_of_credentials = confidence is Confidence.CREDENTIALS and kind is not NameKind.KEY
    if is_of_credentials and value.lower() in UNSET:
        return Outcome.UNSET, None
    if is_noise(value) and not is_of_credentials:
        return Outcome.SECRET, None
    rule = matching_rule(
        value, _ALLOWED_IN_CREDENTIALS if is_of_credentials else _allowed_rules(value, kind, confidence)
    )
    if rule is not None:
        return Outcome.FALSE_POSITIVE, rule
    return Outcome.SECRET if is_of_credentials or _LOOKS[kind](value, confidence) else Outcome.TOO_WEAK, None


def _is_label(value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True for text in other languages with neither a digit nor a sign, unless it is in a login."""
    is_chosen = _DIGIT.search(value) is not None or _STRONG_SIGN.search(value) is not None
    is_possible = kind in _OF_PEOPLE and " " not in value and (is_chosen or confidence >= Confidence.LOGIN)
    return not is_possible or _BRACKETED.search(value) is not None


def features(value: str) -> dict[str, str]:
    """The features of a value that decisions are based on, for `--explain`; none of them shows the value."""
    return {
        "length": str(len(value)),
        "digits": str(len(_DIGIT.findall(value))),
        "share of words": f"{word_share(value):.2f}",
        "generated": "yes" if is_generated(value) else "no",
        "mixed": "yes" if is_mixed(value) else "no",
        "pass phrase": "yes" if is_pass_phrase(value) else "no",
    }


def _allowed_rules(value: str, kind: NameKind, confidence: Confidence) -> frozenset[FalsePositive]:
    """The false-positive rules that do not apply behind such a name: people choose words as passwords."""
    if kind is NameKind.KEY:
        return frozenset()
    allowed_rules = {FalsePositive.UUID}
    has_digit = _DIGIT.search(value) is not None
    if kind in {NameKind.PASSWORD, NameKind.PHRASE} or (
        confidence >= Confidence.LOGIN and _WORD_AND_NUMBER.match(value)
    ):
        allowed_rules |= {FalsePositive.WORDS, FalsePositive.IDENTIFIER} if has_digit else {FalsePositive.WORDS}
    if kind in {NameKind.PASSWORD, NameKind.PHRASE} and is_pass_phrase(value):
        allowed_rules |= {FalsePositive.PROSE}
    if confidence >= Confidence.EXACT_NAME and _SHORT.match(value):
        allowed_rules |= {FalsePositive.WORDS, FalsePositive.IDENTIFIER, FalsePositive.NUMBER, FalsePositive.NO_LETTERS}
    if kind is NameKind.PASSWORD:
        allowed_rules |= {FalsePositive.COUNTED}
        if confidence >= Confidence.LOGIN:
            allowed_rules |= (
                {FalsePositive.IDENTIFIER, FalsePositive.WEAK, FalsePositive.SEQUENCE}
                if _WALK.search(value)
                else {FalsePositive.IDENTIFIER, FalsePositive.WEAK}
            )
            # Shorter numbers are settings.
            is_setting = len(value) < 6 or value.startswith("0x")  # noqa: PLR2004
            allowed_rules |= (
                set[FalsePositive]()
                if is_setting
                else {FalsePositive.NUMBER, FalsePositive.NO_LETTERS, FalsePositive.DATE}
            )
    return frozenset(allowed_rules)


def _is_k6(value: str, _confidence: Confidence) -> bool:
    return is_generated(value) or (len(value) >= 8 and _DIGIT.search(value) is not None and " " not in value)  # noqa: PLR2004


def _is_token(value: str, confidence: Confidence) -> bool:
    if confidence < Confidence.CONFIG:
        return is_generated(value, shortest=10)
    is_of_login = confidence >= Confidence.LOGIN and _WORD_AND_NUMBER.match(value) is not None
    if confidence >= Confidence.EXACT_NAME and _SHORT.match(value):
        return True
    return is_generated(value) or is_mixed(value) or is_of_login or _OF_KUBEADM.match(value) is not None


def _is_phrase(value: str, confidence: Confidence) -> bool:
    is_short = confidence >= Confidence.EXACT_NAME and _SHORT.match(value) is not None
    return (
        is_generated(value)
        or is_short
        or (confidence >= Confidence.CODE and (is_signing_phrase(value) or is_pass_phrase(value)))
    )


def _is_key(value: str, confidence: Confidence) -> bool:
    return is_generated(value, shortest=16 if confidence >= Confidence.CONFIG else 20)


_LOOKS: dict[NameKind, Callable[[str, Confidence], bool]] = {
    NameKind.K6: _is_k6,
    NameKind.TOKEN: _is_token,
    NameKind.PASSWORD: is_password,
    NameKind.PHRASE: _is_phrase,
    NameKind.KEY: _is_key,
}
