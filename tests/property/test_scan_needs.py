"""What is asked before the patterns of a rule holds wherever they match: otherwise the rule is switched off in silence."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from k6ci.secretscan.detectors.positions import Position, rules_of
from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.heuristics.names import RULES as NAME_RULES
from k6ci.secretscan.heuristics.names import kind_of, parts_of
from k6ci.secretscan.heuristics.vocabulary import NAMES

pytestmark = [pytest.mark.thorough, pytest.mark.unmeasured]

EXAMPLES = 40
RULES = [rule for detector in DETECTORS for rule in rules_of(detector.id) if rule.needs != ("",)]


def lacking(source: str, needs: tuple[str, ...]) -> str | None:
    """A text that the pattern matches and that holds none of the words, None when there is none among many."""
    found: list[str] = []

    @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.from_regex(source, fullmatch=True, alphabet=st.characters(codec="ascii")))
    def try_one(text: str) -> None:
        # Words are written with single spaces between them.
        written = re.sub(r"\s+", " ", text)
        if not any(word in written.lower() for word in needs):
            found.append(text)

    try:
        try_one()
    except Unsatisfiable:  # the pattern looks around, which texts made from it seldom satisfy
        return None
    return found[0] if found else None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: re.sub(r"\W+", "-", rule.example)[:40])
def test_a_rule_needs_only_what_its_patterns_match(rule: Position):
    """One of its patterns holds one of the words, whatever else it matches; `only` may say so instead."""
    patterns = [pattern for pattern in (rule.pattern, rule.line, rule.after) if pattern]
    found = [lacking(pattern.source, rule.needs) for pattern in patterns]
    is_by_name = rule.is_checked and "(?P<name>" in rule.pattern.source
    assert is_by_name or None in found, found


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.is_of_flag], ids=lambda rule: re.sub(r"\W+", "-", rule.example)[:40]
)
def test_a_rule_of_flags_matches_only_where_one_is(rule: Position):
    """Lines without a dash do not ask these rules."""
    patterns = [pattern for pattern in (rule.pattern, rule.line, rule.after) if pattern]
    assert None in [lacking(pattern.source, ("-",)) for pattern in patterns]


def test_a_name_without_a_wanted_word_is_that_of_no_secret():
    """All rules are asked for a name only if one with a kind can apply: the answer is that of all rules."""
    words = sorted({word for listed in NAMES.values() for word in listed if word.isascii() and word.isalpha()})
    names = [*words, *map("_".join, zip(words, reversed(words), strict=True)), *(f"{word}_key" for word in words)]
    for name in names:
        parts = parts_of(name)
        kind = next((rule.kind for rule in NAME_RULES.values() if rule.applies(parts)), None)
        assert (kind_of(name) is None) is (kind is None), name


def test_a_word_that_is_not_always_there_is_seen():
    """What the test above is for."""
    assert lacking("(?:one|two) x", ("one",)) is not None
    assert lacking("(?:one|two) x", ("one", "two")) is None
