"""The scan as a job of CI: reports in a folder; on GitHub annotations, the step's summary and outputs, too.

Names of files and commits are foreign text that could forge workflow commands: on GitHub all that is printed stands
between `::stop-commands::TOKEN` and `::TOKEN::`, and annotations are escaped (actions/toolkit, core/src/command.ts).
"""

from __future__ import annotations

import html
import os
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from k6ci.errors import ExitCode, K6ciError
from k6ci.secretscan.report.render import render
from k6ci.secretscan.report.rules import RULES

if TYPE_CHECKING:
    from k6ci.secretscan.inputs.content import Content
    from k6ci.secretscan.report.findings import Finding

# What a job leaves in its report folder, and in which form.
FILES = {
    "scan.json": "json",
    "scan.sarif": "sarif",
    "gl-secret-detection-report.json": "gitlab",
    "gl-code-quality-report.json": "codequality",
}
# GitHub shows ten annotations of a step; rows beyond a hundred are read by nobody and cost the whole summary at 1 MiB.
_MOST_ANNOTATIONS = 10
_MOST_ROWS = 100
_RESULTS = {ExitCode.PASSED: "passed", ExitCode.FINDINGS: "failed"}


class Job:
    """One job: where it reports to, as its environment says."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._folder = environment.get("K6CI_REPORT_DIR") or "k6ci-report"
        self._is_github = bool(environment.get("GITHUB_ACTIONS"))
        self._fence = secrets.token_hex(16)

    def opening(self) -> str:
        """What comes before everything that is printed."""
        return f"::stop-commands::{self._fence}\n" if self._is_github else ""

    def closing(self, findings: Sequence[Finding], error: K6ciError | None = None) -> str:
        """What comes after it: annotations at the places of the findings, or one for the error."""
        if not self._is_github:
            return ""
        lines = [f"::{self._fence}::", *map(_annotation, findings[:_MOST_ANNOTATIONS])]
        if error:
            lines.append(
                f"::error title={_property(f'k6ci scan (exit code {int(error.code)})')}::{_data(error.explain())}"
            )
        return "\n".join(lines) + "\n"

    def deliver(self, findings: Sequence[Finding], skipped: Sequence[Content], code: ExitCode, scope: str) -> list[str]:
        """Write the files, the summary and the outputs; a sentence for each that could not be written."""
        outputs = {"result": _RESULTS.get(code, "error"), "result-file": os.path.join(self._folder, "scan.json")}
        problems = []
        for name, form in FILES.items():
            problems += self._write(os.path.join(self._folder, name), "w", render(form, findings, skipped))
        summary = summary_of(findings, skipped, scope)
        problems += self._write(os.path.join(self._folder, "summary.md"), "w", summary)
        problems += self._write(self._environment.get("GITHUB_STEP_SUMMARY", ""), "a", summary)
        text = "".join(map(_output, outputs.items()))
        return problems + self._write(self._environment.get("GITHUB_OUTPUT", ""), "a", text)

    def fail(self) -> None:
        """Write the outputs of a scan that could not be made."""
        self._write(self._environment.get("GITHUB_OUTPUT", ""), "a", _output(("result", "error")))

    def _write(self, path: str, mode: str, text: str) -> list[str]:
        if not path:
            return []
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, mode, encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as error:
            return [f"{path} could not be written: {error.strerror or error}."]
        return []


def summary_of(findings: Sequence[Finding], skipped: Sequence[Content], scope: str) -> str:
    """The scan as Markdown: what was looked at, a row a finding, what was not judged."""
    count = {0: "no secrets", 1: "1 secret"}.get(len(findings), f"{len(findings)} secrets")
    lines = [f"## k6ci scan: {count} found", "", f"ScanResult at: {_cell(scope)}.", ""]
    if findings:
        lines += ["| place | what | what to do |", "|---|---|---|"]
        lines += [_row(one) for one in findings[:_MOST_ROWS]]
        lines += ["", f"{len(findings) - _MOST_ROWS} more are in scan.json." if len(findings) > _MOST_ROWS else ""]
    if skipped:
        lines.append(f"Not judged: {len(skipped)} (binary, too large or unreadable; scan.json names them).")
    return "\n".join(lines) + "\n"


def _row(one: Finding) -> str:
    commit = f" in commit {one.commit[:12]}" if one.commit else ""
    place = f"{_cell(f'{one.path}:{one.line}:{one.column}')}{commit}"
    return f"| {place} | {_cell(one.rule)} {_cell(one.hint)}<br>{_text(one.reason)} | {_text(one.remedy)} |"


def _annotation(one: Finding) -> str:
    title = _property(f"k6ci: {RULES[one.rule].title}")
    commit = f" (commit {one.commit[:12]})" if one.commit else ""
    place = f"file={_property(one.path)},line={one.line},col={one.column},title={title}"
    return f"::error {place}::{_data(f'{one.reason}{commit} {one.remedy}')}"


def _output(pair: tuple[str, str]) -> str:
    delimiter = f"ghadelimiter_{secrets.token_hex(16)}"
    return f"{pair[0]}<<{delimiter}\n{pair[1]}\n{delimiter}\n"


def _cell(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Text that Markdown leaves alone, in a table, on one line."""
    plain = html.escape(" ".join(text.splitlines()))
    return "".join(f"&#{ord(sign)};" if sign in "|`*_[]\\~@:" else sign for sign in plain)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
