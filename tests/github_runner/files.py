"""The five files through which a step speaks to the runner. Source: actions/runner, FileCommandManager.cs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

KINDS = ("env", "path", "output", "state", "step_summary")
SUMMARY_LIMIT_BYTES = 1024 * 1024


class FileCommandError(Exception):
    """A file that the runner cannot read; it fails the step."""


def create_files(temporary: Path) -> dict[str, Path]:
    """New empty files for one step, by kind."""
    folder = temporary / "_runner_file_commands"
    folder.mkdir(exist_ok=True)
    suffix = uuid.uuid4()
    files = {kind: folder / f"{kind}_{suffix}" for kind in KINDS}
    for path in files.values():
        path.touch()
    return files


def variables_of(files: Mapping[str, Path]) -> dict[str, str]:
    return {f"GITHUB_{kind.upper()}": str(path) for kind, path in files.items()}


def parse_pairs(text: str) -> dict[str, str]:
    """`name=value` and heredoc lines; what comes first on a line, `=` or `<<`, decides."""
    pairs: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            value = _read_heredoc(lines, delimiter)
        else:
            raise FileCommandError(f"Invalid format {line!r}")
        if not name:
            raise FileCommandError(f"Invalid format {line!r}: no name")
        pairs[name] = value
    return pairs


def _read_heredoc(lines, delimiter: str) -> str:
    if not delimiter:
        raise FileCommandError("Invalid format: no delimiter")
    collected = []
    for line in lines:
        if line == delimiter:
            return "\n".join(collected)
        collected.append(line)
    raise FileCommandError(f"Matching delimiter not found {delimiter!r}")


def read_summary(path: Path) -> str:
    """The step's summary.

    Raises:
        FileCommandError: over the limit; the real runner then shows nothing of it.
    """
    if path.stat().st_size > SUMMARY_LIMIT_BYTES:
        raise FileCommandError("$GITHUB_STEP_SUMMARY supports content up to a size of 1024k")
    return path.read_text(encoding="utf-8")
