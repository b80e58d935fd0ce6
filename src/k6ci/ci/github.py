"""Workflow commands of GitHub's runner: masks, the fence around foreign output, annotations.

Facts: the runner's source (2.336.0); actions/toolkit, packages/core/src/command.ts. The runner reads standard output
and standard error by two threads into one command processor, so that the order between the two is not defined: masks,
fence and everything inside of it belong to one stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from k6ci.lines import one_line

_SHORTEST_MASK = 6
# A write of this size to a pipe is never torn apart by another writer (PIPE_BUF is 4096 on Linux).
_LONGEST_TITLE = 300


def is_github(environ: Mapping[str, str]) -> bool:
    """Whether the runner of GitHub Actions reads this process's output."""
    return environ.get("GITHUB_ACTIONS") == "true"


class Fence:
    """Between its beginning and its end the runner obeys no command; only who knows the word can end it."""

    def __init__(self) -> None:
        self._word = ""

    def opening(self) -> str:
        """The line that begins it, with a word that nobody can guess, another one each time."""
        self._word = os.urandom(16).hex()
        return f"::stop-commands::{self._word}\n"

    def closing(self) -> str:
        """The line that ends it."""
        return f"::{self._word}::\n"

    def around(self, command: str) -> str:
        """A command of our own: the fence is taken down for it, and put up again."""
        return f"{self.closing()}{command}\n{self.opening()}"


def masks(values: Iterable[str]) -> str:
    """Commands that hide these values, and each line of those that have several; the runner does not echo them."""
    parts = [part.strip() for value in values for part in (value, *value.splitlines())]
    return "".join(f"::add-mask::{data(part)}\n" for part in dict.fromkeys(parts) if len(part) >= _SHORTEST_MASK)


def group(title: str) -> str:
    """The command that begins a group."""
    return f"::group::{data(one_line(title)[:_LONGEST_TITLE])}"


def annotation(message: str, *, title: str, **place: object) -> str:
    """An error that the runner shows at the job, or at a place of a file."""
    properties = {**place, "title": title}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    lines = "\n".join(one_line(line) for line in message.split("\n"))
    return f"::error {listed}::{data(lines)}\n"


def output(name: str, value: str) -> str:
    """An entry for the file of outputs, with a delimiter that no value can contain by design."""
    delimiter = f"ghadelimiter_{os.urandom(16).hex()}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def inert_json(document: str) -> str:
    """The same JSON without `##[`, with which the runner's older commands begin, anywhere in a line."""
    return document.replace("##[", "\\u0023#[")


def data(text: str) -> str:
    """The escapes of a command's message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
