"""Render a report in one of the formats, show it, and name skipped files on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from k6ci.lines import one_line

if TYPE_CHECKING:
    from k6ci.secretscan.inputs.content import Content
    from k6ci.secretscan.report.findings import Finding

# A new format is a new template in this folder.
FOLDER = os.path.join(os.path.dirname(__file__), "formats")
FORMATS = ("text", *sorted(name.removesuffix(".json") for name in os.listdir(FOLDER) if name.endswith(".json")))
_NAMED_OF_A_KIND = 5
_FEWEST_COLUMNS = 40


def render(form: str, findings: Sequence[Finding], skipped: Sequence[Content], again: str = "--all") -> str:
    """The report in one of the formats, empty for text without findings; `again` selects the same contents."""
    if form != "text":
        from k6ci.secretscan.report import templates  # noqa: PLC0415 - where there is something to report

        return templates.report(form, findings, skipped)
    if not findings:
        return ""
    from k6ci.secretscan.report import text  # noqa: PLC0415 - same

    return text.report(findings, again)


def show(text: str, stream: TextIO, *, wraps: bool = True) -> None:
    """Write text to a stream of any encoding; `wraps`: to the width of a terminal, without breaking words."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # a file name may hold bytes that are no UTF-8
    stream.write(_wrapped(text) if wraps and stream.isatty() else text)
    stream.flush()


def _wrapped(text: str) -> str:
    import shutil  # noqa: PLC0415 - in a terminal only
    from textwrap import wrap  # noqa: PLC0415 - same

    width = max(_FEWEST_COLUMNS, shutil.get_terminal_size().columns)
    lines = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip(" "))] or "    "
        lines += wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(lines)


def name_skipped(skipped: Sequence[Content]) -> None:
    """Name skipped files: every failure, and a few of each other reason (a tree has many images)."""
    kinds: dict[str, list[Content]] = {}
    for one in skipped:
        if one.skipped != "a folder":  # a submodule
            kinds.setdefault("" if one.is_failure else one.skipped, []).append(one)
    for kind, ones in kinds.items():
        named = ones[:_NAMED_OF_A_KIND] if kind else ones
        for one in named:
            sys.stderr.write(one_line(f"k6ci: skipped {one.path}: {one.skipped}") + "\n")
        if len(ones) > len(named):
            sys.stderr.write(f"k6ci: skipped {len(ones) - len(named)} more: {kind} (--format json names them)\n")
