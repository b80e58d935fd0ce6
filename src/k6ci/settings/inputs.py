"""What an input is: where users meet it, the form of its value, its names. The inputs themselves: catalogue.py."""

from __future__ import annotations

import dataclasses
import enum


@enum.unique
class Face(enum.Enum):
    """Where a user meets an input."""

    CLI = "command line"
    ENVIRONMENT = "environment"
    FILE = "k6ci.toml"
    ACTION = "GitHub Action"
    GITLAB = "GitLab template"


@enum.unique
class Kind(enum.Enum):
    """The form of a value; parse.py has one parser for each."""

    TEXT = "text"
    PATH = "path"
    URL = "URL"
    CHOICE = "choice"
    SWITCH = "true or false"
    PROJECT = "project id"
    STACK = "stack"
    DURATION = "duration"
    WAIT = "duration, or none at all"
    COUNT = "count"
    AMOUNT = "amount"
    SHARE = "share"
    LINES = "list, one per line"
    WORDS = "list of words"
    ASSIGNMENTS = "list of NAME=value"


EVERYWHERE = frozenset(Face)
TRUSTED = EVERYWHERE - {Face.FILE}  # pull requests edit k6ci.toml: it may redirect neither tokens nor programs
LOCAL = frozenset({Face.CLI, Face.ENVIRONMENT})


@dataclasses.dataclass(frozen=True)
class Input:
    """One input.

    `variables` are k6's own names for it; they count after `K6CI_<NAME>`. `accepted` is the form that an error names.
    """

    name: str
    kind: Kind
    help: str
    accepted: str
    default: str | None = None
    secret: bool = False
    faces: frozenset[Face] = EVERYWHERE
    variables: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    own_variable: bool = True

    @property
    def environment_names(self) -> tuple[str, ...]:
        """The variables that set this input, the first set one wins."""
        own = (f"K6CI_{self.name.upper().replace('-', '_')}",) if self.own_variable else ()
        return own + self.variables
