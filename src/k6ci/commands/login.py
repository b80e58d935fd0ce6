"""`k6ci login`: the options, and the token that must not be among them."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer

from k6ci.commands.argv_secrets import SECRET_OPTIONS_OF_LOGIN
from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.store_login import LoginOptions, store_login
from k6ci.commands.stored import reset, show
from k6ci.errors import UsageError

_WHY_REFUSED: Final = "A token on the command line is visible in the process list and stays in the shell's history."
_SAFE_WAYS: Final = """Run this, and paste the token at the prompt:
  k6ci login
or pipe it:
  printf %s "$K6_CLOUD_TOKEN" | k6ci login --stack SLUG
If the token that you typed is real, replace it."""


def login(
    context: AppContext,
    raw_inputs: RawInputs,
    words: Annotated[list[str] | None, typer.Argument(hidden=True, metavar="cloud")] = None,
    *,
    email: Annotated[str | None, typer.Option(help="Log in by e-mail and password (old accounts).")] = None,
    migrate: Annotated[bool, typer.Option("--migrate", help="Take over the login of k6 before 1.0.")] = False,
    shows: Annotated[bool, typer.Option("--show", "-s", help="Show the stored login, with the token masked.")] = False,
    resets: Annotated[bool, typer.Option("--reset", "-r", help="Remove the stored login.")] = False,
) -> CommandResult:
    """Store, show or remove a login.

    Raises:
        UsageError: two of these at once, or an argument: it may be a token.
        K6ciError: refused by us, by the cloud or by the file system; nothing was changed then.
    """
    _refuse_arguments(words or [])
    ways = {"--email": email is not None, "--migrate": migrate, "--show": shows, "--reset": resets}
    chosen = [name for name, is_chosen in ways.items() if is_chosen]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} do not go together.", "Choose one of them.")
    if email is not None and not email.strip():
        raise UsageError("--email names no address.", "Give the address, or omit the option and paste a token.")
    if shows:
        return show(context, raw_inputs)
    return reset(context, raw_inputs) if resets else store_login(context, raw_inputs, LoginOptions(email, migrate))


def _refuse_arguments(words: list[str]) -> None:
    """Refuse everything but the `cloud` of `k6 login cloud`, and show no word that could be a token."""
    for word in words:
        name = word.partition("=")[0]
        if name.startswith(SECRET_OPTIONS_OF_LOGIN):
            raise UsageError(_WHY_REFUSED, _SAFE_WAYS)
        if re.fullmatch(r"--[a-z-]{1,20}|-[a-z]", name):
            raise UsageError(f"No such option: {name}", "Run `k6ci login --help` for usage.")
        if word != "cloud":
            raise UsageError("k6ci login takes no arguments.", _SAFE_WAYS)


COMMAND: Final = Command(
    "login",
    login,
    "Store a token where k6 reads it.\n\nPrompts for the token without showing it, or reads it from standard input.",
    inputs=("stack", "config", "k6-path"),
    takes_unknown_options=True,
)
