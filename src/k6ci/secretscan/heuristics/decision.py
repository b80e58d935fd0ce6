"""The decision whether a value is a secret, and the record of decisions that `k6ci scan --explain` prints.

Inputs are the kind of its name, the confidence that the context gives, and features of the value (format, rarity of
letter pairs, mixture of characters). Entropy alone is no criterion: digests and identifiers have as much of it.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.false_positives import FalsePositiveRule, matching_rule
from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.names import NameKind, without_accents
from k6ci.secretscan.heuristics.randomness import (
    LONGEST_PASSWORD,
    is_generated,
    is_mixed,
    is_noise,
    is_pass_phrase,
    is_password,
    is_signing_phrase,
)
from k6ci.secretscan.heuristics.vocabulary import VALUES
from k6ci.secretscan.patterns import DIGIT, Pattern

LONGEST_VALUE = 1_000
_OF_LINES = (Confidence.LOGIN, Confidence.CONFIG, Confidence.CODE, Confidence.LABEL)
_SHORTEST_NUMBER = 6  # shorter numbers are settings
# Fingers walking over the keyboard: an example is `abc123`, a password `asdfgh876`.
_WALK = Pattern(r"(?i)qwe|asd|zxc|wer|poi|lkj|dfg|yui", example="asdfgh876")
_ESCAPED = Pattern(r"\\u(?!00[0-7])[0-9a-fA-F]{4}", example="Contrase\\u00f1a")
# How Spring and LDAP say that a password is stored as it is.
_IN_THE_OPEN = Pattern(r"^\{(?i:noop|plain|clear|cleartext)\}", example="{noop}x")
# What `kubeadm join` takes.
_OF_KUBEADM = Pattern(r"^(?=[a-z0-9]{0,5}[0-9.])[a-z0-9]{6}\.[a-z0-9]{16}$", example="abc123.abcdef0123456789")
_STRONG_SIGN = Pattern(r"[!@#$%^&*+=?]", example="!")
# Letters that have no equivalent in English.
_OTHER_SCRIPT = Pattern(r"[^\x00-\u024f\u1e00-\u1eff]", example="п")
# What a template has to fill in.
_BRACKETED = Pattern(r"«[^«»]{1,80}»", example="«password»")
# What people choose behind a name that can only be that of a secret: a short word, or the number of a card.
_SHORT = Pattern(r"^(?:[a-z]{5,9}|[0-9]{14,16})$", example="walnut")
# Alone beside a host: `secret=moun4517` of a telephone.
_WORD_AND_NUMBER = Pattern(r"^(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{8,40}$", example="moun4517")
_OF_PEOPLE = frozenset({NameKind.PASSWORD, NameKind.PHRASE})


class Outcome(enum.Enum):
    """Why a value is a secret or not."""

    SECRET = "a secret"  # noqa: S105 - an outcome
    NO_VALUE = "not a secret: the value is empty or longer than 1,000 characters"
    LABEL = "not a secret: text in another language"
    TOO_SHORT = "not a secret: too short"
    NAME = "not a secret: the value repeats its name"
    EXPRESSION = "not a secret: an expression, not a literal"
    UNSET = "not a secret: the word means that no value is set"
    FALSE_POSITIVE = "not a secret: false-positive rule"
    TOO_WEAK = "not a secret: too weak for this kind of name and this context"


class Decision(NamedTuple):
    """A decision with its input; `kind` and `confidence` are None where a detector needs neither."""

    value: str
    kind: NameKind | None
    confidence: Confidence | None
    outcome: Outcome
    false_positive: FalsePositiveRule | None = None


_DECISIONS: ContextVar[list[Decision] | None] = ContextVar("decisions", default=None)


@contextlib.contextmanager
def tracing() -> Iterator[list[Decision]]:
    """Record the decisions that are made inside of the block."""
    decisions: list[Decision] = []
    token = _DECISIONS.set(decisions)
    try:
        yield decisions
    finally:
        _DECISIONS.reset(token)


def _record(decision: Decision) -> None:
    decisions = _DECISIONS.get()
    if decisions is not None:
        decisions.append(decision)


def reject(value: str, kind: NameKind, outcome: Outcome) -> None:
    """Record why a detector did not consider a value; a false-positive rule is the better reason."""
    if _DECISIONS.get() is not None:
        rule = matching_rule(value)
        _record(Decision(value, kind, None, Outcome.FALSE_POSITIVE if rule else outcome, rule))


def false_positive_of(value: str, allowed_rules: frozenset[str] = frozenset()) -> FalsePositiveRule | None:
    """The rule that silences a value which a detector identifies by its format; None when no rule does."""
    rule = matching_rule(value, lambda rule: rule.name in allowed_rules)
    _record(Decision(value, None, None, Outcome.FALSE_POSITIVE if rule else Outcome.SECRET, rule))
    return rule


def is_secret(value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True when a value behind a name of this kind, in a context of this confidence, is a secret."""
    decision = _decide(value, kind, confidence)
    _record(decision)
    return decision.outcome is Outcome.SECRET


def can_be_secret(value: str, kind: NameKind) -> bool:
    """False when no context makes it a secret, other than a file of credentials; True while decisions are recorded."""
    return _DECISIONS.get() is not None or (value.lower() not in VALUES["unset"] and _is_possible(value, kind))


@lru_cache(maxsize=4096)
def _is_possible(value: str, kind: NameKind) -> bool:
    if kind is NameKind.PASSWORD and len(value) > LONGEST_PASSWORD:
        return False
    outcome = _decide(value, kind, Confidence.EXACT_NAME).outcome
    # Rules that apply where confidence is highest apply everywhere; what is too weak there can be of a form elsewhere.
    return outcome is Outcome.SECRET or (
        outcome is Outcome.TOO_WEAK
        and any(_decide(value, kind, place).outcome is Outcome.SECRET for place in _OF_LINES)
    )


@lru_cache(maxsize=4096)
def _decide(value: str, kind: NameKind, confidence: Confidence) -> Decision:
    outcome, rule = _outcome(value, kind, confidence)
    return Decision(value, kind, confidence, outcome, rule)


def _outcome(value: str, kind: NameKind, confidence: Confidence) -> tuple[Outcome, FalsePositiveRule | None]:
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
    if is_of_credentials and value.lower() in VALUES["unset"]:
        return Outcome.UNSET, None
    if is_noise(value) and not is_of_credentials:
        return Outcome.SECRET, None
    rule = matching_rule(value, lambda rule: _is_exempt(rule, value, kind, confidence))
    if rule is not None:
        return Outcome.FALSE_POSITIVE, rule
    return Outcome.SECRET if is_of_credentials or _LOOKS[kind](value, confidence) else Outcome.TOO_WEAK, None


def _is_label(value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True for text in other languages with neither a digit nor a sign, unless it is in a login."""
    is_chosen = DIGIT.finds(value) or _STRONG_SIGN.finds(value) or confidence >= Confidence.LOGIN
    is_possible = kind in _OF_PEOPLE and " " not in value and is_chosen
    return not is_possible or _BRACKETED.finds(value)


def features(value: str) -> dict[str, str]:
    """The features of a value that decisions are based on, for `--explain`; none of them shows the value."""
    tests = {"generated": is_generated(value), "mixed": is_mixed(value), "pass phrase": is_pass_phrase(value)}
    return {
        "length": str(len(value)),
        "digits": str(len(DIGIT.findall(value))),
        "share of words": f"{word_share(value):.2f}",
        **{name: "yes" if is_so else "no" for name, is_so in tests.items()},
    }


def _is_exempt(rule: FalsePositiveRule, value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True when a rule does not apply behind such a name: people choose words as passwords."""
    if kind is NameKind.KEY:
        return False
    if confidence is Confidence.CREDENTIALS:  # there only a value that is filled in later is not a secret
        return not rule.is_of_credentials
    return any(all(_FEATURES[one](value, kind, confidence) for one in features) for features in rule.unless)


def _is_short(value: str, confidence: Confidence) -> bool:
    return confidence >= Confidence.EXACT_NAME and _SHORT.begins(value)


def _is_k6(value: str, _confidence: Confidence) -> bool:
    return is_generated(value) or (len(value) >= 8 and DIGIT.finds(value) and " " not in value)  # noqa: PLR2004


def _is_token(value: str, confidence: Confidence) -> bool:
    if confidence < Confidence.CONFIG:
        return is_generated(value, shortest=10)
    is_of_login = confidence >= Confidence.LOGIN and _WORD_AND_NUMBER.begins(value)
    is_chosen = _is_short(value, confidence) or is_mixed(value) or is_of_login
    return is_chosen or is_generated(value) or _OF_KUBEADM.begins(value)


def _is_phrase(value: str, confidence: Confidence) -> bool:
    is_chosen = confidence >= Confidence.CODE and (is_signing_phrase(value) or is_pass_phrase(value))
    return is_chosen or is_generated(value) or _is_short(value, confidence)


def _is_key(value: str, confidence: Confidence) -> bool:
    return is_generated(value, shortest=16 if confidence >= Confidence.CONFIG else 20)


_LOOKS: dict[NameKind, Callable[[str, Confidence], bool]] = {
    NameKind.K6: _is_k6,
    NameKind.TOKEN: _is_token,
    NameKind.PASSWORD: is_password,
    NameKind.PHRASE: _is_phrase,
    NameKind.KEY: _is_key,
}
_FEATURES: dict[str, Callable[[str, NameKind, Confidence], bool]] = {
    "chosen": lambda _value, kind, _confidence: kind in _OF_PEOPLE,
    "digit": lambda value, _kind, _confidence: DIGIT.finds(value),
    "k6": lambda _value, kind, _confidence: kind is NameKind.K6,
    "keyboard walk": lambda value, _kind, _confidence: _WALK.finds(value),
    "login": lambda _value, _kind, confidence: confidence >= Confidence.LOGIN,
    "long number": lambda value, _kind, _confidence: len(value) >= _SHORTEST_NUMBER and not value.startswith("0x"),
    "pass phrase": lambda value, _kind, _confidence: is_pass_phrase(value),
    "password": lambda _value, kind, _confidence: kind is NameKind.PASSWORD,
    "phrase": lambda _value, kind, _confidence: kind is NameKind.PHRASE,
    "short": lambda value, _kind, confidence: _is_short(value, confidence),
    "token": lambda _value, kind, _confidence: kind is NameKind.TOKEN,
    "word with number": lambda value, _kind, _confidence: _WORD_AND_NUMBER.begins(value),
}
