"""What a command is. Each module of `commands/` declares its own as `COMMAND`, and cli.py makes the app of them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import typer

from k6ci.errors import ExitCode
from k6ci.results.model import Decision
from k6ci.settings.raw import Raw

RawInputs = Mapping[str, Raw | None]
"""What the command line sets, by input name; None for an input that it does not set."""

CommandResult = Decision | ExitCode
"""A decision that every platform can show, or the bare exit code of a command that decides nothing."""

JSON_OPTION: Final = "--json"
FORMAT_OPTION: Final = "--format"
OUTPUT_OPTION: Final = "--output"
AsJson = Annotated[bool, typer.Option(JSON_OPTION, help="Print JSON for programs.")]


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of the command line.

    `run(context, raw_inputs, **own)` carries it out. `own` are the further parameters of `run`, whose annotations
    declare arguments and options in typer's way. `inputs` names the inputs of the catalogue that the command takes as
    options. With `takes_unknown_options`, words that look like undeclared options reach `run` as arguments; without
    `has_help`, `--help` is one of them.
    """

    name: str
    run: Callable[..., CommandResult]
    help: str
    inputs: tuple[str, ...] = ()
    takes_unknown_options: bool = False
    has_help: bool = True


def has_json(argv: Sequence[str]) -> bool:
    """Whether a command prints JSON for programs; `--format json` says so, too, if no `--output` takes it."""
    is_format = (FORMAT_OPTION, "json") in itertools.pairwise(argv) or f"{FORMAT_OPTION}=json" in argv
    return JSON_OPTION in argv or (is_format and not any(one.startswith(OUTPUT_OPTION) for one in argv))


def exit_code_of(result: CommandResult) -> ExitCode:
    """The exit code of a result."""
    return result.exit_code if isinstance(result, Decision) else result
