"""Workflow commands in a step's output: finds them as the runner does, keeps what they did, gives the line to show.

Source: actions/runner, src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from github_runner.definition import NotModelledError
from github_runner.masking import Masker

# NOTE: the old form is found anywhere in a line: a program's output can forge it without a line of its own.
OLD_FORM = re.compile(r"##\[(?P<name>[^\s\]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
NEW_FORM = re.compile(r"::(?P<name>[^\s:]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)
ANNOTATIONS = ("error", "warning", "notice")
SILENT = ("debug", "group", "endgroup", "echo")
NOT_MODELLED = ("add-matcher", "remove-matcher", "add-path", "set-env", "set-output", "save-state")
REGISTERED = {"add-mask", "stop-commands", *ANNOTATIONS, *SILENT, *NOT_MODELLED}
PROPERTIES = {"file", "line", "endLine", "col", "endColumn", "title"}
DATA_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
MASKED_TOKEN_LENGTH = 6


class CommandError(Exception):
    """A command that the runner refuses; it fails the step."""


@dataclass(frozen=True)
class Annotation:
    """What GitHub shows beside the job: level error, warning or notice."""

    level: str
    message: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Command:
    name: str
    properties: Mapping[str, str]
    data: str


def unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escaped, character in escapes:
        text = text.replace(escaped, character)
    return text


def parse_command(line: str) -> Command | None:
    match, separator = NEW_FORM.match(line.lstrip()), ","
    if not match:
        match, separator = OLD_FORM.search(line), ";"
    if not match:
        return None
    pairs = (part.partition("=") for part in (match["properties"] or "").split(separator) if "=" in part)
    properties = {name.strip(): unescape(value, PROPERTY_ESCAPES) for name, _, value in pairs if value}
    return Command(match["name"].lower(), properties, unescape(match["data"], DATA_ESCAPES))


class CommandReader:
    """Reads the lines of one job. `annotations` and the masker grow; `is_stopped` says whether commands are off."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._stop_token = ""
        self.annotations: list[Annotation] = []
        self.stopped_lines: list[str] = []

    @property
    def is_stopped(self) -> bool:
        return bool(self._stop_token)

    def feed(self, line: str) -> str | None:
        """The line as the log shows it, masked; None when it is not shown at all.

        Raises:
            CommandError: the runner would fail the step.
            NotModelledError: a command that this stand-in does not know.
        """
        command = parse_command(line)
        if self.is_stopped:
            if command and command.name == self._stop_token.lower():
                self._stop_token = ""
            else:
                self.stopped_lines.append(line)
            return self._masker.hide(line)
        if command is None:
            return self._masker.hide(line)
        return self._obey(command, line)

    def _obey(self, command: Command, line: str) -> str | None:
        if command.name not in REGISTERED or command.name in NOT_MODELLED:
            raise NotModelledError(f"workflow command {command.name}")
        if command.name == "stop-commands":
            return self._stop(command.data, line)
        if command.name == "add-mask":
            if not command.data.strip():
                self.annotations.append(Annotation("warning", "Can't add secret mask for empty string.", {}))
            self._masker.add(command.data)
            return None
        if command.name in SILENT:
            return f"##[{command.name}]{self._masker.hide(command.data)}"
        unknown = set(command.properties) - PROPERTIES
        if unknown:
            raise NotModelledError(f"properties of an annotation: {', '.join(sorted(unknown))}")
        message = self._masker.hide(command.data)
        self.annotations.append(Annotation(command.name, message, command.properties))
        return f"##[{command.name}]{message}"

    def _stop(self, token: str, line: str) -> str:
        if not token or token.lower() in {*REGISTERED, "pause-logging"}:
            raise CommandError(f"Invalid token {token!r} for stop-commands")
        self._stop_token = token
        shown = self._masker.hide(line)
        if len(token) > MASKED_TOKEN_LENGTH:
            self._masker.add(token)
        return shown
