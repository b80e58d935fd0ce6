"""From candidates to findings: the best of each place, unless a comment allows it, with the reason and the remedy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.report.findings import RULES, Finding, Keyer, hint_for
from k6ci.secretscan.report.remedies import remedy_for
from k6ci.secretscan.suppression.comments import Allowance, allowance, has_allow_comment


def findings_from(
    found: Iterable[Candidate], path: str, text: str, keyer: Keyer | None, *, only_allowed: bool
) -> list[Finding]:
    """The findings in a text that no comment allows (`only_allowed`: those that one allows), in their order."""
    lines = text.split("\n")
    return [
        Finding(
            path=path,
            line=one.line,
            column=one.column,
            rule=one.rule,
            hint=hint_for(one.value),
            reason=f"{RULES[one.rule].title}: {one.reason}.",
            remedy=remedy_for(path, one.rule, one.name, one.revoke),
            group=hash(one.value),
            keys=keyer(path, one.value, lines[one.line - 1]) if keyer else (),
        )
        for one in _by_comments(_best_of_each_place(found), text, lines, only_allowed=only_allowed)
    ]


def _best_of_each_place(found: Iterable[Candidate]) -> list[Candidate]:
    """Of overlapping candidates the one whose rule has the lowest rank, ordered by line and column."""
    kept: dict[int, list[tuple[int, int, Candidate]]] = {}
    for one in sorted(found, key=lambda each: (RULES[each.rule].rank, each.line, each.column, -len(each.value))):
        others = kept.setdefault(one.line, [])
        start, end = one.column, one.column + len(one.value)
        # What is kept does not overlap, so only the neighbours of the place can.
        index = bisect_left(others, start, key=lambda other: other[0])
        is_free_after = index == len(others) or others[index][0] >= end
        if is_free_after and (index == 0 or others[index - 1][1] <= start):
            others.insert(index, (start, end, one))
    return [one for line in sorted(kept) for _, _, one in kept[line]]


def _by_comments(
    found: Iterable[Candidate], text: str, lines: Sequence[str], *, only_allowed: bool
) -> Iterator[Candidate]:
    has_comments = has_allow_comment(text)
    effect_on = cache(partial(allowance, lines))
    for one in found:
        effect = effect_on(one.line) if has_comments else Allowance.NONE
        if (effect is Allowance.ALLOWED) is only_allowed:
            note = " (`k6ci:allow` has no effect: the reason is missing)" if effect is Allowance.NO_REASON else ""
            yield one._replace(reason=f"{one.reason}{note}")
