"""GitHub's runner: the commands that it obeys in the log of a step, and the files that it reads after the step.

Facts: the runner's source (2.336.0); actions/toolkit, packages/core/src/command.ts. The runner reads standard output
and standard error by two threads into one command processor, so that the order between the two is not defined: masks,
fence and everything inside of the fence have to be written to one stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final

from k6ci.lines import one_line

# Variables that name the files which a step appends to.
OUTPUTS: Final = "GITHUB_OUTPUT"
STEP_SUMMARY: Final = "GITHUB_STEP_SUMMARY"

_SHORTEST_MASK: Final = 6
# A write of this size to a pipe is never torn apart by another writer (PIPE_BUF is 4096 on Linux).
_LONGEST_TITLE: Final = 300


class GitHubLog:
    """The log of a step. Foreign text could forge commands, so everything stands inside a fence.

    Between its opening and its closing the runner obeys no command; only the word of the opening ends it, which nobody
    can guess.
    """

    reads_commands = True
    has_sections = True

    def __init__(self) -> None:
        self._word = ""

    def masks(self, secrets: Iterable[str]) -> str:
        """Commands that hide these values, and each line of those that have several; the runner does not echo them."""
        parts = [part.strip() for value in secrets for part in (value, *value.splitlines())]
        return "".join(f"::add-mask::{_data(part)}\n" for part in dict.fromkeys(parts) if len(part) >= _SHORTEST_MASK)

    def opening(self) -> str:
        """The line that opens the fence, with another word each time."""
        self._word = os.urandom(16).hex()
        return f"::stop-commands::{self._word}\n"

    def closing(self) -> str:
        """The line that closes the fence."""
        return f"::{self._word}::\n"

    def open_section(self, title: str) -> str:
        """The beginning of a group; the fence is closed for this one command, and opened again."""
        return self._outside(f"::group::{_data(one_line(title)[:_LONGEST_TITLE])}")

    def close_section(self) -> str:
        """The end of the group."""
        return self._outside("::endgroup::")

    def remark(self, level: str, text: str) -> str:
        """An annotation of the job; the runner also shows it in the log."""
        return self._outside(f"::{level} title=k6ci::{_data(one_line(text))}")

    def _outside(self, command: str) -> str:
        return f"{self.closing()}{command}\n{self.opening()}"


def annotation(message: str, *, title: str, **place: object) -> str:
    """An error that the runner shows at the job, or at a place of a file (`file`, `line`, `col`)."""
    properties = {**place, "title": title}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    lines = "\n".join(one_line(line) for line in message.split("\n"))
    return f"::error {listed}::{_data(lines)}\n"


def output(name: str, value: str) -> str:
    """An entry for the file of outputs; its delimiter is random, so that no value can contain it."""
    delimiter = f"ghadelimiter_{os.urandom(16).hex()}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def append(environ: Mapping[str, str], variable: str, text: str) -> None:
    """Append to the file that a variable of the runner names (OUTPUTS, STEP_SUMMARY); nothing happens without it.

    The file is the runner's own and lies outside of the checkout, so links are followed.

    Raises:
        OSError: the file cannot be written.
    """
    path = environ.get(variable)
    if path:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 -- imports no pathlib
            file.write(text)


def inert_json(document: str) -> str:
    """The same JSON without `##[`, with which the runner's older commands begin, anywhere in a line."""
    return document.replace("##[", "\\u0023#[")


def _data(text: str) -> str:
    """The escapes of a command's message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
