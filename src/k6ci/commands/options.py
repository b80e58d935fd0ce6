"""Commands as typer wants them: options are made from the catalogue, where an input is declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from k6ci.commands.command import Command, CommandResult
from k6ci.commands.context import AppContext
from k6ci.settings.catalogue import BY_NAME, Input, Kind
from k6ci.settings.inputs import LISTS
from k6ci.settings.raw import Raw

_METAVARS = {
    Kind.ASSIGNMENTS: "NAME=VALUE",
    Kind.WORDS: "FLAGS",
    Kind.LINES: "PATHS",
    Kind.PROJECT: "ID",
    Kind.WAIT: "DURATION",
    Kind.COUNT: "NUMBER",
    Kind.AMOUNT: "NUMBER",
    Kind.SHARE: "RATE",
}


def add_command(app: typer.Typer, command: Command, context: Callable[[], AppContext]) -> None:
    """Add a command to the command line; `context` is called when the command line is parsed."""

    def carry_out(**values: Any) -> CommandResult:
        raw_inputs = {name: _raw(BY_NAME[name], values.pop(_field(name))) for name in command.inputs}
        return command.run(context(), raw_inputs, **values)

    _, _, *own = inspect.signature(command.run, eval_str=True).parameters.values()
    parameters = [*own, *(_parameter(BY_NAME[name]) for name in command.inputs)]
    carry_out.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    carry_out.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    settings = {"ignore_unknown_options": command.takes_unknown_options}
    decorate = app.command(command.name, help=command.help, context_settings=settings, add_help_option=command.has_help)
    decorate(carry_out)


def _field(name: str) -> str:
    return f"input_{name.replace('-', '_')}"


def _parameter(entry: Input) -> inspect.Parameter:
    return inspect.Parameter(
        _field(entry.name), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(entry)
    )


def _annotation(entry: Input) -> Any:
    if entry.is_argument:
        name = entry.name.upper()
        return Annotated[list[str] | None, typer.Argument(metavar=name, help=entry.description, show_default=False)]
    words = [f"--{entry.name}", *([entry.short] if entry.short else [])]
    option = typer.Option(*words, help=entry.description, metavar=_metavar(entry), show_default=False)
    if entry.kind is Kind.SWITCH:
        return Annotated[bool | None, typer.Option(f"--{entry.name}/--no-{entry.name}", help=entry.description)]
    return Annotated[(list[str] if entry.kind in LISTS else str) | None, option]


def _metavar(entry: Input) -> str | None:
    if entry.kind is Kind.SWITCH:
        return None
    return "|".join(entry.choices) or _METAVARS.get(entry.kind, entry.kind.name)


def _raw(entry: Input, value: Raw | None) -> Raw | None:
    """`--flags` may be repeated; each is split as a shell would, so a broken quote is told of the whole."""
    if entry.kind is Kind.WORDS and isinstance(value, (list, tuple)):
        return " ".join(value) or None
    return value
