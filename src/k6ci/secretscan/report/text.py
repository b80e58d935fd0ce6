"""The text report: each finding with its places and what to write there, then how to rotate."""

from __future__ import annotations

from collections.abc import Sequence

from k6ci.lines import one_line
from k6ci.secretscan.report.findings import RULES, Finding

_HOW_TO_ALLOW = (
    "False positive? Add a comment with the reason to its line: `k6ci:allow REASON`. To accept all current findings: "
    "`k6ci scan {again} --update-baseline`."
)
_MOST_PLACES = 9


def report(findings: Sequence[Finding], again: str) -> str:
    """One block per secret with its places, then how to rotate; the options `again` select the same findings."""
    groups: dict[tuple[str, int], list[Finding]] = {}
    for number, one in enumerate(findings):
        groups.setdefault((one.rule, one.group or number), []).append(one)
    blocks = [_block(ones) for ones in groups.values()]
    count = "1 secret" if len(blocks) == 1 else f"{len(blocks)} secrets"
    places = f" in {len(findings)} places" if len(findings) > len(blocks) else ""
    how_to_allow = one_line(_HOW_TO_ALLOW.format(again=again))
    return "\n".join([*blocks, f"{count} found{places}.", *_rotations(findings), how_to_allow]) + "\n"


def _block(ones: Sequence[Finding]) -> str:
    one = ones[0]
    title = RULES[one.rule].title
    reason = one.reason.removeprefix(f"{title}: ")
    reason = _shown(reason[:1].upper() + reason[1:])
    hint = one.hint.removeprefix("… (").removesuffix(")").replace(" (", ", ")
    advice = one.remedy.removesuffix(RULES[one.rule].rotation).strip()
    others = [f"    also at {_place(other)}\n" for other in ones[1 : _MOST_PLACES + 1]]
    if len(ones) > _MOST_PLACES + 1:
        others.append(f"    and at {len(ones) - _MOST_PLACES - 1} more places (--format json lists them)\n")
    return f"{_place(one, f': {title} ({hint}) [{one.rule}]')}\n    {reason}\n    {advice}\n{''.join(others)}"


def _place(one: Finding, text: str = "") -> str:
    return f"{_shown(one.path)}:{one.line}:{one.column}{text}{one.in_commit}"


def _rotations(findings: Sequence[Finding]) -> list[str]:
    """Each way to rotate once, with what it is for, the particular ones first."""
    # A remedy that says where to revoke the token needs no second sentence.
    rules = dict.fromkeys(one.rule for one in findings if one.remedy.endswith(RULES[one.rule].rotation))
    titles: dict[str, list[str]] = {}
    for rule in sorted(rules, key=lambda rule: RULES[rule].rank):
        titles.setdefault(RULES[rule].rotation, []).append(RULES[rule].title)
    return [f"  {', '.join(names)}: {rotation}" for rotation, names in titles.items()]


def _shown(text: str) -> str:
    """A name or a reason that cannot move the cursor, begin a line of its own, or look like a workflow command."""
    shown = one_line(text)
    return f"./{shown}" if shown.lstrip().startswith(("::", "##[")) else shown
