"""No pattern, our own or the engine's, costs more than its text: looked at as a syntax tree, and measured."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
import time
from pathlib import Path

import pytest

from k6ci.secretscan.detectors import assignments, known_tokens, positions, vendor_keywords
from k6ci.secretscan.detectors.detect_secrets_plugins import PLUGINS
from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.patterns import Pattern
from pattern_cost import UNBOUNDED, analyse

pytestmark = pytest.mark.unmeasured

STEPS = 1_000_000  # backtracking from one start: a chain of repeats that can take each other's characters


@functools.cache
def patterns_of_modules() -> dict[str, Pattern | re.Pattern]:
    """Every pattern in the modules of the scan, and in the rules of `rules/` and `assignments.ini`."""
    package = importlib.import_module("k6ci.secretscan")
    rules = [(one.id, patterns_in(list(map(vars, positions.rules_of(one.id))))) for one in DETECTORS]
    rules.append(("assignments.ini", patterns_in(assignments.rules())))
    return {f"{name}.{index}": one for name, found in rules for index, one in enumerate(found)} | {
        f"{module.name}.{name}.{index}": pattern
        for module in pkgutil.walk_packages(package.__path__, "k6ci.secretscan.")
        for name, value in vars(importlib.import_module(module.name)).items()
        for index, pattern in enumerate(patterns_in(value))
    }


@functools.cache
def own_patterns() -> dict[str, re.Pattern]:
    """Every pattern of the scan: those in its modules, its triggers, and those of vendors."""
    found = {name: getattr(one, "compiled", one) for name, one in patterns_of_modules().items()}
    for detector in DETECTORS:
        for index, trigger in enumerate(detector.triggers):
            found[f"triggers.{detector.id}.{index}"] = re.compile(trigger.pattern)
    for entry in {entry for word in vendor_keywords.keywords() for entry in word.entries}:
        fields, pattern = known_tokens.compiled(entry)
        found[f"vendors.{fields['id']}"] = pattern
    return found


def patterns_in(value) -> list[Pattern | re.Pattern]:
    """The patterns that a value of a module is or holds."""
    if isinstance(value, (Pattern, re.Pattern)):
        return [value]
    if isinstance(value, dict):
        return patterns_in(list(value.values()))
    if isinstance(value, (list, tuple, frozenset)):
        return [pattern for item in value for pattern in patterns_in(item)]
    return []


def engine_patterns() -> dict[str, re.Pattern]:
    """Every pattern of the plugins of detect-secrets that the scan calls."""
    found: dict[str, re.Pattern] = {}
    for plugin in sorted(PLUGINS, key=lambda one: one.name):
        loaded = importlib.import_module(f"detect_secrets.plugins.{plugin.module}")
        denylist = getattr(loaded, plugin.name).denylist
        found |= {f"{plugin.name}.{index}": pattern for index, pattern in enumerate(denylist)}
    return found


# Polynomial in what stands around a key, and bounded: the plugins see pieces of 4,000 characters without runs of spaces.
BOUNDED_BY_PIECES = (
    "NpmDetector.",
    "CloudantDetector.",
    "IbmCloudIamDetector.",
    "IbmCosHmacDetector.",
    "SoftlayerDetector.",
)


@pytest.mark.parametrize(("name", "pattern"), own_patterns().items(), ids=own_patterns())
def test_no_pattern_of_ours_backtracks_more_than_its_line(name, pattern):
    """Chains of repeats that take each other's characters must have a small product."""
    steps, trouble = analyse(pattern)
    assert trouble == []
    assert steps <= STEPS


def test_the_patterns_are_all_there():
    """An analysis of nothing proves nothing."""
    assert len(own_patterns()) > 110
    assert len(engine_patterns()) > 8


@pytest.mark.parametrize(("name", "pattern"), engine_patterns().items(), ids=engine_patterns())
def test_no_pattern_of_the_engine_is_exponential(name, pattern):
    """Polynomial ones are known, and see pieces only."""
    steps, trouble = analyse(pattern)
    assert trouble == []
    assert steps <= STEPS or name.startswith(BOUNDED_BY_PIECES)


@pytest.mark.parametrize(
    "source",
    [r"(a+)+b", r"(?:a|a)*b*b*b*", r"(\w+\s?)*:", r"key *(?:=|:| +) *x *\s*y", r"\s*\s*=", r"([a-z]+[a-z]+)+!"],
)
def test_the_analysis_sees_what_went_wrong_before(source):
    """The shapes of the defects that were mended, and of those that a prototype had."""
    steps, trouble = analyse(re.compile(source))
    assert trouble or steps > STEPS


ATTACKS = [
    " ",
    "key ",
    "a",
    "A1",
    "secret",
    "password=",
    "://a:",
    "//",
    "eyJ",
    "sk-",
    "'\"",
    "`",
    "=",
    "-u a ",
    "k6 login -t ",
    "a.",
    "<a>",
    "\\",
    "name: ",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_line_costs_what_its_length_costs(attack):
    """Every pattern, on a line of the length that it can see, made of what it likes to repeat."""
    line = (attack * UNBOUNDED)[:UNBOUNDED]
    slowest = 0.0
    for pattern in own_patterns().values():
        text = line.encode() if isinstance(pattern.pattern, bytes) else line
        start = time.thread_time()
        for _ in pattern.finditer(text):
            pass
        slowest = max(slowest, time.thread_time() - start)
    assert slowest < 1.5


def test_every_pattern_matches_its_example():
    """The example says what a pattern is for; `Pattern` takes none without one."""
    patterns = {name: one for name, one in patterns_of_modules().items() if isinstance(one, Pattern)}
    assert len(patterns) >= 200
    assert [name for name, one in patterns.items() if not (one.example and one.finds(one.example))] == []


def test_no_line_with_a_pattern_is_wide():
    """A pattern that nobody can read is not reviewed."""
    root = Path(__file__).parents[2] / "src" / "k6ci" / "secretscan"
    lines = [line for path in root.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()]
    wide = [line for line in lines if len(line) > 120 and "noqa" not in line]
    assert [line for line in wide if "ern(" in line or line.lstrip().startswith(('r"', 'rf"'))] == []
