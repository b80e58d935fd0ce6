"""How a command ends: a decision that every platform can show, or the bare exit code of one that decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from k6ci.errors import ExitCode
from k6ci.results.model import Decision
from k6ci.settings.parse import Raw

Given = Mapping[str, Raw | None]
Ending = Decision | ExitCode


def exit_code_of(ending: Ending) -> ExitCode:
    """The exit code of an ending."""
    return ending.exit_code if isinstance(ending, Decision) else ending
