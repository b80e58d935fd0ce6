"""The report that a person reads in a terminal: place, reason, remedy; each remedy once."""

from __future__ import annotations

from collections.abc import Sequence

from k6ci.secretscan.findings import Finding

_HOW_TO_ALLOW = (
    "If it is no secret: `k6ci:allow REASON` in a comment on its line, or `k6ci scan --all --update-baseline` for what "
    "is there already."
)


def text_report(findings: Sequence[Finding]) -> str:
    """One block for each finding, then how to allow what is meant to be there; empty when there is none."""
    if not findings:
        return ""
    blocks = []
    for one in findings:
        commit = f" (commit {one.commit[:12]})" if one.commit else ""
        place = f"{_shown(one.path)}:{one.line}:{one.column}"
        blocks.append(f"{place}: {one.rule}  {one.hint}{commit}\n  {one.reason}\n  -> {one.remedy}")
    count = "1 secret" if len(findings) == 1 else f"{len(findings)} secrets"
    return "\n".join([*blocks, f"{count} found. {_HOW_TO_ALLOW}"]) + "\n"


def _shown(path: str) -> str:
    """A name that cannot move the cursor or begin a line of its own."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in path)
