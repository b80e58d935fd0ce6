"""What an input is: where users set it, the form of its value, its names. The inputs themselves: catalogue.py."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, ParamSpec

Parameters = ParamSpec("Parameters")


@enum.unique
class Face(enum.Enum):
    """Where users set an input."""

    CLI = "command line"
    ENVIRONMENT = "environment"
    FILE = "k6ci.toml"
    ACTION = "GitHub Action"
    GITLAB = "GitLab template"


@enum.unique
class Kind(enum.Enum):
    """The form of a value, in the words of an error's remedy; parse.py has one parser for each."""

    TEXT = "text"
    PATH = "a path"
    URL = "an https URL, or an http URL of a loopback address"
    SHA256 = "a SHA-256, 64 hexadecimal digits"
    CHOICE = "one of its choices"
    SWITCH = "true or false"
    PROJECT = "a positive whole number"
    STACK = "a stack number (12345), a slug (acme) or a URL (https://acme.grafana.net)"
    DURATION = "a duration such as 90s, 20m or 1h30m"
    WAIT = "a duration such as 90s or 10m, or 0s"
    COUNT = "a whole number from 1 to 100"
    AMOUNT = "a number such as 5 or 0.5"
    SHARE = "a rate such as 95% or 0.95"
    LINES = "paths or globs, one per line"
    WORDS = "k6 flags in one string, or a list of words"
    ASSIGNMENTS = "NAME=value, one per line"


LISTS = frozenset({Kind.LINES, Kind.WORDS, Kind.ASSIGNMENTS})

EVERYWHERE = frozenset(Face)
TRUSTED = EVERYWHERE - {Face.FILE}  # pull requests edit k6ci.toml: it may redirect neither tokens nor programs
LOCAL = frozenset({Face.CLI, Face.ENVIRONMENT})
INTERNAL = frozenset({Face.ENVIRONMENT})
JOB = frozenset({Face.ACTION, Face.GITLAB})
GITHUB = EVERYWHERE - {Face.GITLAB}


@dataclasses.dataclass(frozen=True)
class Input:
    """One input.

    `form` replaces the words of `kind` for the accepted form. `variables` are k6's own environment variables for the
    input; they count after `K6CI_<NAME>`, which only an input with `own_variable` has. On the command line the input is
    the option `--NAME`, also `short` if it has one, or with `is_argument` the arguments. `action_default` is what the
    action passes if the user sets nothing. `script_key` is the key in a
    script's `options.cloud` that sets the input, `config_keys` are those in `collectors.cloud` of k6's config file;
    settings keep the source of an input that has some.
    """

    name: str
    kind: Kind
    help: str
    form: str = ""
    default: str | None = None
    secret: bool = False
    faces: frozenset[Face] = EVERYWHERE
    variables: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    own_variable: bool = True
    short: str = ""
    is_argument: bool = False
    action_default: str = ""
    script_key: str = ""
    config_keys: tuple[str, ...] = ()

    @property
    def accepted(self) -> str:
        """The accepted form, as the object of "Give ..."."""
        if self.choices:
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        return self.form or self.kind.value

    @property
    def description(self) -> str:
        """The help as sentences, with the default."""
        text = self.help if self.help.startswith("k6") else f"{self.help[0].upper()}{self.help[1:]}"
        return f"{text}. Default: {self.default}." if self.default else f"{text}."

    @property
    def environment_names(self) -> tuple[str, ...]:
        """The environment variables that set this input; the first one that is set wins."""
        own = (f"K6CI_{self.name.upper().replace('-', '_')}",) if self.own_variable else ()
        return own + self.variables


def _as_field(make: Callable[Parameters, Input]) -> Callable[Parameters, Any]:
    """`make` for fields of a dataclass: the input is the field's metadata, and "not set" its default."""

    def declare(*arguments: Parameters.args, **named: Parameters.kwargs) -> Any:
        entry = make(*arguments, **named)
        unset = () if entry.kind in LISTS else None
        return dataclasses.field(
            default=unset if entry.default is None else dataclasses.MISSING,
            repr=entry.kind is not Kind.ASSIGNMENTS,  # a value may be a secret, although it should not
            metadata={"input": entry},
        )

    return declare


declared = _as_field(Input)
