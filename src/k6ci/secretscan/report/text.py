"""The text report: each finding with its places and what to write there, then how to rotate."""

from __future__ import annotations

from collections.abc import Sequence

from k6ci.lines import one_line
from k6ci.secretscan.report.findings import Finding
from k6ci.secretscan.report.remedies import rotation_for
from k6ci.secretscan.report.rules import RULES

_HOW_TO_ALLOW = (
    "False positive? Add a comment with the reason to its line: `k6ci:allow REASON`. To accept all current findings: "
    "`k6ci scan --all --update-baseline`."
)


def text_report(findings: Sequence[Finding]) -> str:
    """One block for each finding, then what they have in common; empty when there is none."""
    if not findings:
        return ""
    blocks = [_block(one) for one in findings]
    count = "1 secret" if len(findings) == 1 else f"{len(findings)} secrets"
    return "\n".join([*blocks, f"{count} found.", *_rotations(findings), _HOW_TO_ALLOW]) + "\n"


def _block(one: Finding) -> str:
    commit = f" (commit {one.commit[:12]})" if one.commit else ""
    title = RULES[one.rule].title
    reason = one.reason.removeprefix(f"{title}: ")
    reason = _shown(reason[:1].upper() + reason[1:])
    hint = one.hint.removeprefix("… (").removesuffix(")").replace(" (", ", ")
    advice = one.remedy.removesuffix(rotation_for(one.rule)).strip()
    place = f"{_shown(one.path)}:{one.line}:{one.column}"
    return f"{place}: {title} ({hint}) [{one.rule}]{commit}\n    {reason}\n    {advice}\n"


def _rotations(findings: Sequence[Finding]) -> list[str]:
    """Each way to rotate once, with what it is for, the particular ones first."""
    titles: dict[str, list[str]] = {}
    for rule in dict.fromkeys(one.rule for one in sorted(findings, key=lambda one: RULES[one.rule].rank)):
        titles.setdefault(rotation_for(rule), []).append(RULES[rule].title)
    return [f"  {', '.join(names)}: {rotation}" for rotation, names in titles.items()]


def _shown(text: str) -> str:
    """A name or a reason that cannot move the cursor, begin a line of its own, or look like a workflow command."""
    shown = one_line(text)
    return f"./{shown}" if shown.lstrip().startswith(("::", "##[")) else shown
