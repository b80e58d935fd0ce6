"""Command-line options made from the catalogue: an input is declared there, and typer is told about it here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from k6ci.settings.catalogue import BY_NAME, Input, Kind
from k6ci.settings.parse import Raw

_SHORT = {"env": "-e", "config": "-c"}
_REPEATABLE = (Kind.LINES, Kind.WORDS, Kind.ASSIGNMENTS)


def with_inputs(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command function `(ctx, given, **own)` the options of these inputs; `given` maps their names to values."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = [
            parameter
            for parameter in inspect.signature(function, eval_str=True).parameters.values()
            if parameter.name != "given"
        ]

        def command(**values: Any) -> None:
            given = {name: _raw(BY_NAME[name], values.pop(_field(name))) for name in names}
            function(given=given, **values)

        parameters = [*own, *(_parameter(BY_NAME[name]) for name in names)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        command.__doc__ = function.__doc__
        command.__name__ = function.__name__
        return command

    return decorate


def _field(name: str) -> str:
    return f"input_{name.replace('-', '_')}"


def _parameter(entry: Input) -> inspect.Parameter:
    return inspect.Parameter(
        _field(entry.name), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(entry)
    )


def _annotation(entry: Input) -> Any:
    if entry.name == "script":
        return Annotated[list[str] | None, typer.Argument(metavar="SCRIPT...", help=entry.help, show_default=False)]
    words = [f"--{entry.name}", *([_SHORT[entry.name]] if entry.name in _SHORT else [])]
    option = typer.Option(*words, help=_help(entry), metavar=_metavar(entry), show_default=False)
    if entry.kind is Kind.SWITCH:
        return Annotated[bool | None, typer.Option(f"--{entry.name}/--no-{entry.name}", help=_help(entry))]
    return Annotated[(list[str] if entry.kind in _REPEATABLE else str) | None, option]


def _help(entry: Input) -> str:
    default = f" (default: {entry.default})" if entry.default and entry.kind is not Kind.SWITCH else ""
    return f"{entry.help}{default}"


def _metavar(entry: Input) -> str | None:
    if entry.kind is Kind.SWITCH:
        return None
    names = {Kind.ASSIGNMENTS: "NAME=VALUE", Kind.WORDS: "FLAGS", Kind.CHOICE: "|".join(entry.choices)}
    return names.get(entry.kind, entry.kind.name)


def _raw(entry: Input, value: Raw | None) -> Raw | None:
    """`--flags` may be repeated; each is split as a shell would, so a broken quote is told of the whole."""
    if entry.kind is Kind.WORDS and isinstance(value, (list, tuple)):
        return " ".join(value) or None
    return value
