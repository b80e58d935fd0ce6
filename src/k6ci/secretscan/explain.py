"""`k6ci scan --explain`: why a line was reported or not, from the prefilter to the suppression.

Shows features of values, never the values themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from k6ci.errors import UsageError
from k6ci.lines import one_line
from k6ci.secretscan.detectors.registry import KNOWN_LINES, LONGEST_LINE, detectors_of
from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.heuristics.decision import Decision, features, tracing
from k6ci.secretscan.inputs.content import Content, read_file
from k6ci.secretscan.inputs.file_types import Profile, file_kind, profile_of
from k6ci.secretscan.inputs.texts import decoded, is_archive, normalise
from k6ci.secretscan.prefilter.lines import hit_lines
from k6ci.secretscan.report.findings import hint_for
from k6ci.secretscan.suppression.baseline import Baseline
from k6ci.secretscan.suppression.paths import Paths


def explain(asked: str, paths: Paths, baseline: Baseline | None) -> str:
    """The explanation of one line of a file (PATH:LINE), or of all lines that pass the prefilter (PATH).

    Raises:
        UsageError: there is no such file, or its lines begin after this one.
    """
    path, _, number = asked.rpartition(":")
    if not path or not number.isdecimal() or os.path.exists(asked):
        path, number = asked, ""
    if not os.path.isfile(path) or (number and not int(number)):
        cause = f"{asked} is not a line" if os.path.isfile(path) else f"{path} is not a file"
        remedy = "Name a file, or a file and a line: `--explain app.yml:12`."
        raise UsageError(f"--explain: {cause}.", remedy)
    shown = paths.shown(path)
    if not paths.is_scanned(shown):
        return one_line(f"{shown}: excluded (`exclude` in k6ci.toml, --exclude)") + "\n"
    return explain_line(read_file(path)._replace(path=shown), int(number or 0), baseline)


def explain_line(read: Content, number: int, baseline: Baseline | None) -> str:
    """The explanation of one line of a content (from 1), or of all lines that pass the prefilter (0)."""
    return "".join(f"{line}\n" for line in _explained(read, number, baseline))


def _explained(read: Content, number: int, baseline: Baseline | None) -> Iterator[str]:
    path = read.path
    if read.content is None or is_archive(read.content):
        yield one_line(f"{path}: {read.skipped or 'archives are not explained'}")
        return
    content = normalise(read.content)
    profile = profile_of(path, content)
    text = decoded(content)
    lines = text.split("\n")
    hits = hit_lines(content, shapes_only=profile is not Profile.ALL)
    KNOWN_LINES.clear()
    with tracing() as decisions:
        findings = scan_content(path, read.content, keyer=baseline.keys_of if baseline else None)
    allowed = {one.line for one in scan_content(path, read.content, only_allowed=True)}
    yield one_line(f"{path}: {file_kind(path, text).value} file, profile `{profile.value}`")
    for asked in [number] if number else sorted({*hits, *(one.line for one in findings)}):
        if asked > len(lines):
            yield f"line {asked}: the file has {len(lines)} lines"
            continue
        detectors = ", ".join(detector.id for _, detector in detectors_of(hits.get(asked, 0)))
        yield f"line {asked}"
        yield f"  detectors: {detectors}" if detectors else "  prefilter: no keyword of a detector"
        yield from _decisions([one for one in dict.fromkeys(decisions) if _is_about(one, lines, asked)])
        here = [one for one in findings if one.line == asked]
        for one in here:
            listed = "; listed in the baseline" if baseline and baseline.knows(one.path, one.keys) else ""
            yield one_line(f"  finding: [{one.rule}] in column {one.column}: {one.reason}{listed}")
        if not here:
            yield f"  finding: none{', a comment allows it' if asked in allowed else ''}"


def _is_about(one: Decision, lines: Sequence[str], asked: int) -> bool:
    """True when the decision is about a value of this line (of one with the same text, the detectors read one)."""
    line = lines[asked - 1]
    # In JSON and in pieces of long lines the number is not known.
    is_here = not one.line or lines[one.line - 1 : one.line] == [line] or len(line) > LONGEST_LINE
    return is_here and one.value != "" and one.value in line


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
