"""No pattern, our own or the engine's, costs more than its text: looked at as a syntax tree, and measured."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
import time
from pathlib import Path
from re import _constants as sre
from re import _parser

import pytest

from k6ci.secretscan.detectors import assignments, known_tokens, positions, vendor_keywords
from k6ci.secretscan.detectors.detect_secrets_plugins import PLUGINS
from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.patterns import Pattern

pytestmark = pytest.mark.unmeasured

UNBOUNDED = 4_000  # what a repeat without a bound can see: longer lines are read in pieces
STEPS = 1_000_000  # backtracking from one start: a chain of repeats that can take each other's characters
REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}
ALL = frozenset(range(130))  # ASCII, and 128 and 129 for other word and non-word characters
WORD = frozenset(c for c in ALL if chr(c).isalnum() or c in {95, 128}) - {129}
CATEGORIES = {
    sre.CATEGORY_DIGIT: frozenset(map(ord, "0123456789")),
    sre.CATEGORY_SPACE: frozenset(map(ord, " \t\n\r\f\v")),
    sre.CATEGORY_WORD: WORD,
}
CATEGORIES |= {
    sre.CATEGORY_NOT_DIGIT: ALL - CATEGORIES[sre.CATEGORY_DIGIT],
    sre.CATEGORY_NOT_SPACE: ALL - CATEGORIES[sre.CATEGORY_SPACE],
    sre.CATEGORY_NOT_WORD: ALL - WORD,
}


def charset(items) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for kind, value in items:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.add(min(value, 128))
        elif kind is sre.RANGE:
            found.update(range(min(value[0], 128), min(value[1], 128) + 1))
        elif kind is sre.CATEGORY:
            found |= CATEGORIES[value]
    return ALL - found if negated else frozenset(found)


class Part:
    """One step of a sequence: what characters it takes, how many repeats it may choose from, whether it must take one."""

    def __init__(self, characters: frozenset[int], choices: int, *, must: bool) -> None:
        self.characters, self.choices, self.must = characters, choices, must


def parts_of(tree, trouble: list[str]) -> list[Part]:
    """The sequence of a pattern, alternatives and groups flattened to what they can take."""
    parts: list[Part] = []
    for kind, value in tree:
        if kind is sre.LITERAL:
            parts.append(Part(frozenset({min(value, 128)}), 1, must=True))
        elif kind is sre.NOT_LITERAL:
            parts.append(Part(ALL - {value}, 1, must=True))
        elif kind is sre.ANY:
            parts.append(Part(ALL - {10}, 1, must=True))
        elif kind is sre.IN:
            parts.append(Part(charset(value), 1, must=True))
        elif kind in REPEATS:
            parts.append(repeat(value, trouble, possessive=kind is sre.POSSESSIVE_REPEAT))
        elif kind is sre.SUBPATTERN:
            parts.extend(parts_of(value[-1], trouble))
        elif kind is sre.ATOMIC_GROUP:
            parts.extend(parts_of(value, trouble))
        elif kind is sre.BRANCH:
            branches = [parts_of(branch, trouble) for branch in value[1]]
            taken = frozenset().union(*(part.characters for branch in branches for part in branch))
            choices = max((cost(branch) for branch in branches), default=1)
            parts.append(Part(taken, choices, must=all(any(part.must for part in branch) for branch in branches)))
        elif kind is sre.GROUPREF:
            parts.append(Part(ALL, 1, must=False))
        elif kind in {sre.ASSERT, sre.ASSERT_NOT}:
            parts_of(value[1], trouble)
    return parts


def repeat(value, trouble: list[str], *, possessive: bool) -> Part:
    low, high, body = value
    inner = parts_of(body, trouble)
    taken = frozenset().union(*(part.characters for part in inner)) if inner else frozenset()
    count = UNBOUNDED if high is sre.MAXREPEAT else int(high)
    variable = [part for part in inner if part.choices > 1]
    if variable and count > 8:
        # (a*)* is exponential unless something that the inner repeat cannot take must stand between two rounds.
        fences = [part for part in inner if part.must and part.choices == 1]
        if not any(fence.characters.isdisjoint(part.characters) for fence in fences for part in variable):
            trouble.append(f"nested repeat of {count}")
    return Part(taken, 1 if possessive else max(1, count - int(low) + 1), must=low > 0)


def cost(parts: list[Part]) -> int:
    """The product of choices along the worst chain of repeats that can take each other's characters."""
    worst = 1
    for index, first in enumerate(parts):
        if first.choices == 1:
            continue
        product, common = first.choices, first.characters
        for part in parts[index + 1 :]:
            overlap = common & part.characters
            if part.must and not overlap:
                break
            if part.choices > 1 and overlap:
                product *= part.choices
                common = overlap
        worst = max(worst, product)
    return worst


def analyse(pattern: re.Pattern) -> tuple[int, list[str]]:
    trouble: list[str] = []
    source = pattern.pattern
    parts = parts_of(
        _parser.parse(source, pattern.flags & ~re.DEBUG & ~re.UNICODE if isinstance(source, bytes) else pattern.flags),
        trouble,
    )
    return cost(parts), trouble


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


def test_the_files_of_the_scan_are_short():
    """A file that holds two ideas is two files; a pattern that nobody can read is not reviewed."""
    root = Path(__file__).parents[2] / "src" / "k6ci" / "secretscan"
    texts = {path.name: path.read_text(encoding="utf-8").splitlines() for path in root.rglob("*.py")}
    assert [name for name, lines in texts.items() if len(lines) > 250] == []
    long = [(name, line) for name, lines in texts.items() for line in lines if len(line) > 120 and "noqa" not in line]
    assert [one for one in long if "ern(" in one[1] or one[1].lstrip().startswith(('r"', 'rf"'))] == []
