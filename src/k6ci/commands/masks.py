"""Values that a CI system is told to mask before anything else is written: secrets in the script's own variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from k6ci.k6.process import looks_secret
from k6ci.settings.catalogue import BY_NAME
from k6ci.settings.parse import parse

_WORDS = ("-e", "--env")


def secret_variables(argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The values of `-e NAME=value`, and of K6CI_ENV, whose names say that they are secrets.

    Reads the words as they are, before anything is parsed: what is malformed is told later, by who parses it.
    """
    pairs = [assignment.partition("=") for assignment in (*_typed(argv), *_inherited(environ))]
    return [value for name, _, value in pairs if value and looks_secret(name)]


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
