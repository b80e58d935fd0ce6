"""Secrets among the words of a command line, and in the script's own variables: masked before anything is written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from k6ci.k6.process import looks_secret
from k6ci.settings.catalogue import BY_NAME
from k6ci.settings.parse import parse

_SECRET_OPTIONS: Final = ("--token", "--password")
SECRET_AT_LOGIN: Final = ("-t", "-p", *_SECRET_OPTIONS)  # k6's own short forms, which mean something else to `run`
# As long as a token and in one piece: no name of a script, an option or a stack is.
_LIKE_A_TOKEN: Final = re.compile(r"(?:glsa_|glc_)?[0-9A-Za-z]{30,}(?:_[0-9A-Fa-f]{8})?={0,2}|eyJ[\w.=-]{30,}")
_WORDS: Final = ("-e", "--env")


def secret_variables(argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The values of `-e NAME=value`, and of K6CI_ENV, whose names say that they are secrets.

    Reads the words as they are, before anything is parsed: what is malformed is told later, by who parses it.
    """
    pairs = [assignment.partition("=") for assignment in (*_typed(argv), *_inherited(environ))]
    return [value for name, _, value in pairs if value and looks_secret(name)]


def typed_secrets(argv: Sequence[str]) -> list[str]:
    """Values of options that must not be there, and words that look like tokens, so that no error repeats them."""
    options = SECRET_AT_LOGIN if list(argv[:1]) == ["login"] else _SECRET_OPTIONS
    following = [value for name, value in itertools.pairwise(argv) if name in options]
    following += [word.partition("=")[2] for word in argv if word.partition("=")[0] in options]
    return following + [word for word in argv if _LIKE_A_TOKEN.fullmatch(word)]


def _typed(argv: Sequence[str]) -> Iterator[str]:
    for position, word in enumerate(argv):
        if word in _WORDS and position + 1 < len(argv):
            yield argv[position + 1]
        elif word.startswith("--env="):
            yield word.removeprefix("--env=")
        elif word.startswith("-e") and not word.startswith("--"):
            yield word.removeprefix("-e")


def _inherited(environ: Mapping[str, str]) -> tuple[str, ...]:
    entry = BY_NAME["env"]
    try:
        found: tuple[str, ...] = parse(entry, environ.get(entry.environment_names[0], ""))
    except ValueError:
        return ()
    return found
