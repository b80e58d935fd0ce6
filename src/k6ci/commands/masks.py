"""Secrets among the words of a command line, and in the script's own variables: masked before anything is written."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from k6ci.k6.flags import variables_in
from k6ci.redaction.names import secrets_in
from k6ci.settings.catalogue import BY_NAME
from k6ci.settings.parse import parse

_SECRET_OPTIONS: Final = ("--token", "--password")
SECRET_AT_LOGIN: Final = ("-t", "-p", *_SECRET_OPTIONS)  # k6's own short forms, which mean something else to `run`
# As long as a token and in one piece: no name of a script, an option or a stack is.
_LIKE_A_TOKEN: Final = re.compile(r"(?:glsa_|glc_)?[0-9A-Za-z]{30,}(?:_[0-9A-Fa-f]{8})?={0,2}|eyJ[\w.=-]{30,}")


def secret_variables(argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The values of `-e NAME=value`, also inside of flags, and of K6CI_ENV and K6CI_FLAGS, that are secrets.

    A name or a password in a URL says so. Reads the words as they are, before anything is parsed: what is malformed is
    told later, by who parses it.
    """
    found = [*variables_in(argv), *_inherited(environ)]
    for flags in (*_flags(argv), environ.get(BY_NAME["flags"].environment_names[0], "")):
        found += variables_in(_split(flags))
    pairs = [assignment.partition("=") for assignment in found]
    return [secret for name, _, value in pairs if value for secret in secrets_in(name, value)]


def typed_secrets(argv: Sequence[str]) -> list[str]:
    """Values of options that must not be there, and words that look like tokens, so that no error repeats them."""
    options = SECRET_AT_LOGIN if list(argv[:1]) == ["login"] else _SECRET_OPTIONS
    following = [value for name, value in itertools.pairwise(argv) if name in options]
    following += [word.partition("=")[2] for word in argv if word.partition("=")[0] in options]
    return following + [word for word in argv if _LIKE_A_TOKEN.fullmatch(word)]


def _flags(argv: Sequence[str]) -> Iterator[str]:
    """The values of `--flags`."""
    option = f"--{BY_NAME['flags'].name}"
    for position, word in enumerate(argv):
        if word == option:
            yield from argv[position + 1 : position + 2]
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2]


def _split(flags: str) -> list[str]:
    try:
        return shlex.split(flags)
    except ValueError:
        return flags.split()


def _inherited(environ: Mapping[str, str]) -> tuple[str, ...]:
    entry = BY_NAME["env"]
    try:
        found: tuple[str, ...] = parse(entry, environ.get(entry.environment_names[0], ""))
    except ValueError:
        return ()
    return found
