"""Secrets on the command line: read once, before the command line is parsed and before anything is written."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from k6ci.k6.flags import variables_in
from k6ci.redaction.names import secrets_in
from k6ci.settings.catalogue import BY_NAME

_SECRET_OPTIONS: Final = ("--token", "--password")
SECRET_OPTIONS_OF_LOGIN: Final = (*_SECRET_OPTIONS, "-t", "-p")  # k6's own short forms; `run` uses them differently
# As long as a token and without spaces: no name of a script, an option or a stack is.
_LIKE_A_TOKEN: Final = re.compile(r"(?:glsa_|glc_)?[0-9A-Za-z]{30,}(?:_[0-9A-Fa-f]{8})?={0,2}|eyJ[\w.=-]{30,}")


class ArgvSecrets(NamedTuple):
    """`variables` are secret values of `-e NAME=value`; `misplaced` are secrets that the command line may not hold."""

    variables: list[str]
    misplaced: list[str]


def argv_secrets(argv: Sequence[str]) -> ArgvSecrets:
    """The secrets among the arguments, of which some may be malformed: parsing them comes later and reports that."""
    assignments = list(variables_in(argv))
    for flags in _values_of((f"--{BY_NAME['flags'].name}",), argv):
        assignments += variables_in(words_of(flags))
    options = SECRET_OPTIONS_OF_LOGIN if list(argv[:1]) == ["login"] else _SECRET_OPTIONS
    tokens = [word for word in argv if _LIKE_A_TOKEN.fullmatch(word)]
    return ArgvSecrets(secret_values(assignments), [*_values_of(options, argv), *tokens])


def secret_values(assignments: Iterable[str]) -> list[str]:
    """The secret values among NAME=value: those with a secret's name, and passwords in URLs."""
    pairs = [assignment.partition("=") for assignment in assignments]
    return [secret for name, _, value in pairs if value for secret in secrets_in(name, value)]


def words_of(flags: str) -> list[str]:
    """The words of k6 flags in one string, split as a shell does; at spaces if a quote is missing."""
    try:
        return shlex.split(flags)
    except ValueError:
        return flags.split()


def _values_of(options: Sequence[str], argv: Sequence[str]) -> Iterator[str]:
    """The values of `--option value` and `--option=value`."""
    for word, following in itertools.pairwise([*argv, ""]):
        name, equals, value = word.partition("=")
        if name in options:
            yield value if equals else following
