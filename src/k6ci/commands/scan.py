"""`k6ci scan` in the list of commands. `__main__` calls the scan itself, without the start of the command line."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode


def scan(
    _context: AppContext, _raw_inputs: RawInputs, words: Annotated[list[str] | None, typer.Argument()] = None
) -> CommandResult:
    """Scan as the words say; secretscan/cli.py parses them."""
    from k6ci.secretscan import cli  # noqa: PLC0415 -- the other commands do not pay for it

    return ExitCode(cli.main(words or [], is_fenced=True))


COMMAND: Final = Command(
    "scan", scan, "Find secrets in files, staged changes or commits.", takes_unknown_options=True, has_help=False
)
