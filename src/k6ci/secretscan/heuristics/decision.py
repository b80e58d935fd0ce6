"""The decision whether a value is a secret, and the record of decisions that `k6ci scan --explain` prints.

Inputs are the kind of its name, the confidence that the context gives, and features of the value (format, rarity of
letter pairs, mixture of characters). Entropy alone is no criterion: digests and identifiers have as much of it.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.features import FEATURES, Feature, matching_rule
from k6ci.secretscan.heuristics.names import KINDS, NameKind, without_accents
from k6ci.secretscan.heuristics.randomness import is_noise, word_share
from k6ci.secretscan.heuristics.vocabulary import PATTERNS
from k6ci.secretscan.patterns import DIGIT

_LONGEST_VALUE = 1_000
_CONFIDENCES = {each.name.lower().replace("_", " "): each for each in Confidence}
_Test = Callable[[str, NameKind, Confidence], object]


class Outcome(enum.Enum):
    """Why a value is a secret or not."""

    SECRET = "a secret"  # noqa: S105 - an outcome
    NO_VALUE = "not a secret: the value is empty or longer than 1,000 characters"
    LABEL = "not a secret: text in another language"
    TOO_SHORT = "not a secret: too short"
    NAME = "not a secret: the value repeats its name"
    EXPRESSION = "not a secret: an expression, not a literal"
    FALSE_POSITIVE = "not a secret: false-positive rule"
    TOO_WEAK = "not a secret: too weak for this kind of name and this context"


class Decision(NamedTuple):
    """A decision with its input; `kind` and `confidence` are None where a detector needs neither, `line` may be 0."""

    value: str
    kind: NameKind | None
    confidence: Confidence | None
    outcome: Outcome
    false_positive: Feature | None = None
    line: int = 0


# One list for each block that records decisions.
_RECORDS: list[list[Decision]] = []
_LINE = [0]


@contextlib.contextmanager
def tracing() -> Iterator[list[Decision]]:
    """Record the decisions that are made inside of the block."""
    _RECORDS.append([])
    try:
        yield _RECORDS[-1]
    finally:
        _RECORDS.pop()


def at_line(number: int) -> None:
    """Say which line the values are on that are decided about from now on (0: not known)."""
    _LINE[0] = number


def reject(value: str, kind: NameKind, outcome: Outcome) -> None:
    """Record why a detector did not consider a value; a false-positive rule is the better reason."""
    if _RECORDS:
        rule = matching_rule(value)
        _record(value, kind, None, Outcome.FALSE_POSITIVE if rule else outcome, rule)


def false_positive_of(value: str, allowed_rules: frozenset[str] = frozenset()) -> Feature | None:
    """The rule that silences a value which a detector identifies by its format; None when no rule does."""
    rule = matching_rule(value, lambda rule: rule.name in allowed_rules)
    _record(value, None, None, Outcome.FALSE_POSITIVE if rule else Outcome.SECRET, rule)
    return rule


def is_secret(value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True when a value behind a name of this kind, in a context of this confidence, is a secret."""
    outcome, rule = _outcome(value, kind, confidence)
    if _RECORDS and outcome is Outcome.TOO_WEAK:
        rule = _rule_against(_plain(value), kind, confidence)
    _record(value, kind, confidence, Outcome.FALSE_POSITIVE if rule else outcome, rule)
    return outcome is Outcome.SECRET


def can_be_secret(value: str, kind: NameKind) -> bool:
    """False when no context makes it a secret, other than a file of credentials; True while decisions are recorded."""
    # What is a secret where the confidence is lower is one where it is highest.
    return bool(_RECORDS) or _outcome(value, kind, Confidence.EXACT_NAME)[0] is Outcome.SECRET


def _record(
    value: str, kind: NameKind | None, confidence: Confidence | None, outcome: Outcome, rule: Feature | None
) -> None:
    for decisions in _RECORDS:
        decisions.append(Decision(value, kind, confidence, outcome, rule, _LINE[0]))


@lru_cache(maxsize=4096)
def _outcome(value: str, kind: NameKind, confidence: Confidence) -> tuple[Outcome, Feature | None]:
    if not value or len(value) > _LONGEST_VALUE:
        return Outcome.NO_VALUE, None
    if FEATURES["escaped letter"].test(value) or (
        not value.isascii() and not _holds(_CONDITIONS["other language"], value, kind, confidence)
    ):
        return Outcome.LABEL, None
    value = _plain(value)
    if is_noise(value):
        return Outcome.SECRET, None
    # The rules are many, so that weak values are told first.
    if not _holds(_CONDITIONS[kind.value], value, kind, confidence):
        return Outcome.TOO_WEAK, None
    rule = _rule_against(value, kind, confidence)
    return (Outcome.FALSE_POSITIVE, rule) if rule else (Outcome.SECRET, None)


def _plain(value: str) -> str:
    """The value without accents, and without a prefix that names the encoding or the environment."""
    if not value.isascii():
        value = without_accents(PATTERNS["letter of another script"].sub("q", value))
    return PATTERNS["stored as it is"].sub("", value.removeprefix("base64:").removeprefix("sk_test_"))


def _rule_against(value: str, kind: NameKind, confidence: Confidence) -> Feature | None:
    """The first rule that silences a value behind such a name; people choose words as passwords, so not all apply."""

    def is_exempt(rule: Feature) -> bool:
        if kind is NameKind.KEY:
            return False
        if confidence is Confidence.CREDENTIALS:  # there only a value that is filled in later is not a secret
            return not rule.is_of_credentials
        return _holds(_lines(rule.unless), value, kind, confidence)

    return matching_rule(value, is_exempt)


def features(value: str) -> dict[str, str]:
    """The features of a value that decisions are based on, for `--explain`; none of them shows the value."""
    return {
        "length": str(len(value)),
        "digits": str(len(DIGIT.findall(value))),
        "share of words": f"{word_share(value):.2f}",
        **{name: "yes" if FEATURES[name].test(value) else "no" for name in ("generated", "mixed", "pass phrase")},
    }


def _holds(lines: list[list[_Test]], value: str, kind: NameKind, confidence: Confidence) -> bool:
    """True when all tests of one line hold."""
    return any(all(test(value, kind, confidence) for test in line) for line in lines)


@lru_cache(maxsize=128)
def _lines(text: str) -> list[list[_Test]]:
    """The conditions of `decisions.ini` and of `unless`: one line each, of features that are joined by `and`."""
    return [[_test(feature) for feature in line.split(" and ")] for line in text.split("\n") if line]


def _test(feature: str) -> _Test:
    count, is_length, _ = feature.partition(" characters")
    if feature.startswith("not "):
        test = _test(feature.removeprefix("not "))
        return lambda value, kind, confidence: not test(value, kind, confidence)
    if feature in _CONFIDENCES:
        return lambda _value, _kind, confidence: confidence >= _CONFIDENCES[feature]
    if feature in KINDS:
        return lambda _value, kind, _confidence: kind is KINDS[feature]
    if is_length and count.isdigit():
        return lambda value, _kind, _confidence: len(value) >= int(count)
    has_feature = FEATURES[feature].test
    return lambda value, _kind, _confidence: has_feature(value)


_CONDITIONS = {name: _lines(fields["when"]) for name, fields in sections(__file__, "decisions.ini").items()}
