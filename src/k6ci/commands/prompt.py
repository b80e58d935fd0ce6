"""Reads answers from the terminal or from a pipe. A secret is never echoed and never read from the command line."""

from __future__ import annotations

import getpass
import sys
import warnings
from typing import Final

from k6ci.errors import CredentialsError, SettingsError

_LARGEST: Final = 2**16


def is_interactive() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_secret(what: str) -> str:
    """Read a secret: typed into a terminal that does not show it, or all of standard input.

    Args:
        what: the kind of secret, for the prompt and for the error.

    Raises:
        CredentialsError: the input is empty or too long, or the terminal would show it.
    """
    if not is_interactive():
        given = "" if sys.stdin is None else sys.stdin.read(_LARGEST + 1)
        if not given.strip() or len(given) > _LARGEST:
            why = "is empty" if not given.strip() else "is too long"
            raise CredentialsError(
                f"No {what}: standard input {why}.",
                'Pipe it (`printf %s "$K6_CLOUD_TOKEN" | k6ci login ...`), or type it in a terminal.',
            )
        return given.removesuffix("\n").removesuffix("\r")  # as every file of one line ends
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            given = getpass.getpass(f"{what[:1].upper()}{what[1:]} (not shown): ")
    except getpass.GetPassWarning:
        raise CredentialsError(
            f"This terminal would show the {what}.", "Pipe it instead: `k6ci login ... < FILE`."
        ) from None
    except EOFError:
        sys.stdout.write("\n")
        given = ""
    except KeyboardInterrupt:
        sys.stdout.write("\n")  # so that the shell's prompt begins on a new line
        raise
    if not given.strip():
        raise CredentialsError(f"No {what}: nothing was typed.", "Run `k6ci login` again when you have it.")
    return given


def ask(question: str, default: str | None = None) -> str:
    """Read a line that is not secret; an empty one means the default.

    Raises:
        SettingsError: it is empty and there is no default; or the input ended, which is not a "yes" to the default.
    """
    sys.stdout.write(f"{question}{f' [{default}]' if default else ''}: ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stdout.write("\n")
    given = line and (line.strip() or default)
    if not given:
        raise SettingsError(f"{question}: nothing was typed.", "Run the command again when you have it.")
    return given
