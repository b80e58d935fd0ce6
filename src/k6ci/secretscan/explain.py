"""`k6ci scan --explain`: why a line was reported or not, from the prefilter to the suppression.

Shows features of values, never the values themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from k6ci.lines import one_line
from k6ci.secretscan.detectors.registry import KNOWN_LINES, detectors_of
from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.heuristics.decision import Decision, Outcome, features, tracing
from k6ci.secretscan.inputs.content import read_file
from k6ci.secretscan.inputs.file_types import Profile, file_kind, profile_of
from k6ci.secretscan.inputs.texts import decoded, is_archive, normalise
from k6ci.secretscan.prefilter.lines import hit_lines
from k6ci.secretscan.report.findings import Finding, hint_for

if TYPE_CHECKING:
    from k6ci.secretscan.suppression.baseline import Baseline


def explain(path: str, shown: str, number: int | None, baseline: Baseline | None) -> str:
    """The explanation of one line of a file, or of all lines that pass the prefilter when `number` is None.

    `shown` is the path relative to the root of the repository, as findings and baselines have it.
    """
    read = read_file(path)
    if read.content is None or is_archive(read.content):
        return one_line(f"{shown}: {read.skipped or 'archives are not explained'}") + "\n"
    profile = profile_of(path, len(read.content))
    content = normalise(read.content)
    lines = decoded(content).split("\n")
    hits = hit_lines(content, shapes_only=profile is not Profile.ALL)
    KNOWN_LINES.clear()
    with tracing() as decisions:
        findings = scan_content(shown, read.content, keyer=baseline.keys_of if baseline else None)
    text = [one_line(f"{shown}: {file_kind(path, decoded(content)).value} file, profile `{profile.value}`")]
    for asked in [number] if number else sorted({*hits, *(one.line for one in findings)}):
        if asked > len(lines):
            text.append(f"line {asked}: the file has {len(lines)} lines")
            continue
        here = [one for one in findings if one.line == asked]
        of_line = [one for one in dict.fromkeys(decisions) if one.value and one.value in lines[asked - 1]]
        text += [f"line {asked}", _detectors(hits.get(asked, 0))]
        text += [
            *_decisions(of_line),
            *_findings(here, baseline, is_secret=any(one.outcome is Outcome.SECRET for one in of_line)),
        ]
    return "\n".join(text) + "\n"


def _detectors(bits: int) -> str:
    names = ", ".join(detector.id for _, detector in detectors_of(bits))
    return f"  detectors: {names}" if names else "  prefilter: no keyword of a detector"


def _decisions(decisions: Sequence[Decision]) -> Iterator[str]:
    for value in dict.fromkeys(one.value for one in decisions):
        found = ", ".join(f"{feature} {each}" for feature, each in features(value).items())
        yield f"  value {hint_for(value)}: {found}"
        for one in decisions:
            if one.value == value:
                name = f"name of kind `{one.kind.value}`" if one.kind else "no name"
                context = f", context `{one.confidence.name.lower()}`" if one.confidence is not None else ""
                rule = f" `{one.false_positive.name}`" if one.false_positive else ""
                yield f"    {name}{context}: {one.outcome.value}{rule}"


def _findings(findings: Sequence[Finding], baseline: Baseline | None, *, is_secret: bool) -> Iterator[str]:
    for one in findings:
        listed = "; listed in the baseline" if baseline and baseline.knows(one.path, one.keys) else ""
        yield one_line(f"  finding: [{one.rule}] in column {one.column}: {one.reason}{listed}")
    if not findings:
        yield "  finding: none, a comment allows it or another finding covers it" if is_secret else "  finding: none"
