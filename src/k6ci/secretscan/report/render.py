"""Render a report in one of the formats; each format is imported when it is used."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from k6ci.secretscan.inputs.content import Content
    from k6ci.secretscan.report.findings import Finding

# A new format is a new module in this folder.
_MODULES = os.listdir(os.path.join(os.path.dirname(__file__), "formats"))
_OTHERS = (
    name.removesuffix(".py") for name in _MODULES if name.endswith(".py") and name not in {"__init__.py", "text.py"}
)
FORMATS = ("text", *sorted(_OTHERS))


def printable(text: str) -> str:
    """Text that any stream takes: bytes of a file name that are no UTF-8 as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def render(form: str, findings: Sequence[Finding], skipped: Sequence[Content]) -> str:
    """The report as text; the empty string for text without findings."""
    if form == "text" and not findings:
        return ""
    module = importlib.import_module(f"k6ci.secretscan.report.formats.{form}")
    return str(module.report(findings, skipped))
