"""The reports of a scan in a CI job: files in a folder; on GitHub also annotations, the job summary and step outputs.

On GitHub everything printed is between two commands (`fenced`): names of files and commits are foreign text that could
forge workflow commands (ci/github.py). Annotations come after it.
"""

from __future__ import annotations

import contextlib
import html
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from k6ci import files
from k6ci.ci.github import OUTPUTS, STEP_SUMMARY, GitHubLog, annotation, append, output
from k6ci.errors import ExitCode, SettingsError
from k6ci.lines import one_line
from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import RULES, Finding
from k6ci.secretscan.report.render import render
from k6ci.stdio import arranged, silence

# The files in the report folder, and their formats.
FILES = {
    "scan.json": "json",
    "scan.sarif": "sarif",
    "gl-secret-detection-report.json": "gitlab",
    "gl-code-quality-report.json": "codequality",
}
# GitHub shows ten annotations per step, and drops a summary over 1 MiB.
_MOST_ANNOTATIONS = 10
_MOST_ROWS = 100
_RESULTS = {ExitCode.PASSED: "passed", ExitCode.FINDINGS: "failed"}


@contextlib.contextmanager
def fenced(argv: Sequence[str]) -> Iterator[tuple[TextIO, list[str]]]:
    """The stream for the report, and the annotations that are written at the end, after the fence."""
    # Before arguments are parsed, because those errors belong inside, too. argparse accepts abbreviated options.
    has_document = any(word.startswith("--f") for word in argv)
    document, log, is_joined = arranged(joins=True, has_document=has_document)
    job_log, annotations = GitHubLog(), list[str]()
    log.write(job_log.opening())
    log.flush()
    try:
        yield document, annotations
    finally:
        with contextlib.suppress(OSError):  # the reader is gone, or the disk is full: the exit code still counts
            document.flush()
            log.write("".join([job_log.closing(), *annotations]))
            log.flush()
        if is_joined:
            silence()


def deliver(
    environment: Mapping[str, str], findings: Sequence[Finding], skipped: Sequence[Content], code: ExitCode, scope: str
) -> list[str]:
    """Write the files, the summary and the outputs; return a sentence for each that could not be written.

    Raises:
        SettingsError: the path of the report folder contains a symbolic link in the checkout.
    """
    folder = environment.get("K6CI_REPORT_DIR") or "k6ci-report"
    root = files.checkout_root(".", environment)
    summary = _summary_of(findings, skipped, scope)
    texts = {name: render(form, findings, skipped) for name, form in FILES.items()} | {"summary.md": summary}
    result = {"result": _RESULTS.get(code, "error"), "result-file": os.path.join(folder, "scan.json")}
    outputs = "".join(output(*pair) for pair in result.items())
    problems: list[str] = []
    for path, text in ((os.path.join(folder, name), text) for name, text in texts.items()):
        with _naming(path, problems):
            files.write_text(path, text, root=root)
    for variable, text in ((STEP_SUMMARY, summary), (OUTPUTS, outputs)):
        with _naming(variable, problems):
            append(environment, variable, text)
    return problems


@contextlib.contextmanager
def _naming(target: str, problems: list[str]) -> Iterator[None]:
    """Add a sentence to the problems when the target cannot be written."""
    try:
        yield
    except files.UnsafePathError as error:
        remedy = "Remove the link, or name another folder in K6CI_REPORT_DIR."
        raise SettingsError(f"report-dir: {error.strerror}.", remedy) from None
    except OSError as error:
        problems.append(f"{target} could not be written: {error.strerror or error}.")


def _summary_of(findings: Sequence[Finding], skipped: Sequence[Content], scope: str) -> str:
    """The scan as Markdown: the scope, one row per finding, the skipped files."""
    count = {0: "no secrets", 1: "1 secret"}.get(len(findings), f"{len(findings)} secrets")
    lines = [f"## k6ci scan: {count} found", "", f"Scanned: {_cell(scope)}.", ""]
    if findings:
        lines += ["| place | what | what to do |", "|---|---|---|"]
        lines += [_row(one) for one in findings[:_MOST_ROWS]]
        lines += ["", f"{len(findings) - _MOST_ROWS} more are in scan.json." if len(findings) > _MOST_ROWS else ""]
    if skipped:
        lines.append(f"Skipped: {len(skipped)} files (binary, too large or unreadable; scan.json names them).")
    return "\n".join(lines) + "\n"


def _row(one: Finding) -> str:
    place = f"{_cell(f'{one.path}:{one.line}:{one.column}')}{one.in_commit}"
    return f"| {place} | {_cell(one.rule)} {_cell(one.hint)}<br>{_text(one.reason)} | {_text(one.remedy)} |"


def _cell(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Text that Markdown leaves alone, in a table, on one line."""
    plain = html.escape(one_line(text))
    return "".join(f"&#{ord(sign)};" if sign in "|`*_[]\\~@:" else sign for sign in plain)


def annotations_of(findings: Sequence[Finding]) -> Iterator[str]:
    """GitHub's commands that show findings at their lines."""
    for one in findings[:_MOST_ANNOTATIONS]:
        message, title = f"{one.reason}{one.in_commit} {one.remedy}", f"k6ci: {RULES[one.rule].title}"
        yield annotation(message, title=title, file=one.path, line=one.line, col=one.column)
