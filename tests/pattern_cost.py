"""The worst cost of a regular expression, from its syntax tree: how often it can backtrack from one start."""

from __future__ import annotations

import re
from re import _constants as sre
from re import _parser

UNBOUNDED = 4_000  # what a repeat without a bound can see: longer lines are read in pieces
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
    """One step of a sequence: which characters it takes, from how many repeats it chooses, whether it must take one."""

    def __init__(self, characters: frozenset[int], choices: int, *, must: bool) -> None:
        self.characters, self.choices, self.must = characters, choices, must


def single(kind, value) -> frozenset[int] | None:
    """What one character of a text may be; None for a step that is not one character."""
    if kind is sre.LITERAL:
        return frozenset({min(value, 128)})
    if kind is sre.NOT_LITERAL:
        return ALL - {value}
    if kind is sre.ANY:
        return ALL - {10}
    return charset(value) if kind is sre.IN else None


def parts_of(tree, trouble: list[str]) -> list[Part]:
    """The sequence of a pattern, alternatives and groups flattened to what they can take."""
    parts: list[Part] = []
    for kind, value in tree:
        characters = single(kind, value)
        if characters is not None:
            parts.append(Part(characters, 1, must=True))
        elif kind in REPEATS:
            parts.append(repeat(value, trouble, possessive=kind is sre.POSSESSIVE_REPEAT))
        elif kind is sre.SUBPATTERN:
            parts.extend(parts_of(value[-1], trouble))
        elif kind is sre.ATOMIC_GROUP:
            parts.extend(parts_of(value, trouble))
        elif kind is sre.BRANCH:
            parts.append(alternatives([parts_of(branch, trouble) for branch in value[1]]))
        elif kind is sre.GROUPREF:
            parts.append(Part(ALL, 1, must=False))
        elif kind in {sre.ASSERT, sre.ASSERT_NOT}:
            parts_of(value[1], trouble)
    return parts


def alternatives(branches: list[list[Part]]) -> Part:
    taken = frozenset().union(*(part.characters for branch in branches for part in branch))
    choices = max((cost(branch) for branch in branches), default=1)
    return Part(taken, choices, must=all(any(part.must for part in branch) for branch in branches))


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
