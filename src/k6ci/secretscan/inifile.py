"""What detect-secrets makes of a file that reads as INI: lines of the form `key = "value"`, at their line numbers.

The same lines as `detect_secrets.transformers.config` yields, quirks included, in linear time and bounded memory: it
stops at the first error, never copies the rest of the file, and gives up on interpolation that explodes.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import MutableMapping
from typing import Any

_NEXTLINE_PRAGMA = re.compile(r"^[#;][ \t]*pragma: ?allowlist[ -]nextline[ -]secret")
_COMMENT = re.compile(r"\s*[;#]")
_DELIMITERS = " :="
# Sections repeat every default; past this product the file is not worth the time, and is read as plain lines.
_MOST_DEFAULTS = 100_000


# configparser's own pattern is quadratic in runs of blanks, and no line of a real file is this long.
_TOO_WIDE = re.compile(r"[ \t]{200}|[^\n]{4000}").search


class NotIni(Exception):  # noqa: N818 - an answer, not an error
    """The file does not read as INI, or would cost more than its size to read so."""


class _BoundedInterpolation(configparser.BasicInterpolation):
    """`%(name)s` expands exponentially when names nest; the budget is the text that may be touched, in characters."""

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def _interpolate_some(
        self,
        parser: configparser.RawConfigParser,
        option: str,
        accum: list[str],
        rest: str,
        section: str,
        map: MutableMapping[str, str],  # noqa: A002 - the name that configparser gives it
        depth: int,
    ) -> None:
        self.budget -= len(rest) + 1
        if self.budget < 0:
            raise NotIni
        super()._interpolate_some(parser, option, accum, rest, section, map, depth)  # type: ignore[misc]


class _Parser(configparser.ConfigParser):
    """Stops at the first error: the outcome of a file with an error is the same, whatever follows."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr

    def _handle_error(self, exc: Any, fpname: str, lineno: int, line: str) -> Any:  # noqa: ARG002
        raise NotIni


def ini_lines(text: str, *, add_header: bool) -> list[str]:
    """The lines that the engine looks at instead of the file's own.

    Raises:
        NotIni: the file is to be read as it is.
    """
    if _TOO_WIDE(text):
        raise NotIni
    parser = _Parser(interpolation=_BoundedInterpolation(2 * len(text) + 100_000))
    try:
        parser.read_string("[global]\n" + text if add_header else text)
        if not parser.sections() or len(parser.defaults()) * len(parser.sections()) > _MOST_DEFAULTS:
            raise NotIni
        return _render(parser, [line.strip() for line in text.split("\n")])
    except (configparser.Error, RecursionError) as error:
        raise NotIni from error


def _render(parser: configparser.ConfigParser, source: list[str]) -> list[str]:
    lines: list[str] = []
    position = 0
    for section in parser:
        for key, values in parser.items(section):
            places, position = _places(key, values, source, position)
            for value, number in places:
                if not value:
                    continue
                while len(lines) < number - 1:
                    lines.append("")
                lines.append(_line(key, value))
    return lines


def _line(key: str, value: str) -> str:
    if _NEXTLINE_PRAGMA.search(value):
        return value
    if value[0] in "'\"" and value[-1] == value[0]:
        value = value[1:-1]
    escaped = value.replace('"', '\\"')
    return f'{key} = "{escaped}"'


def _places(key: str, values: str, source: list[str], start: int) -> tuple[list[tuple[str, int]], int]:
    """The lines on which the value (or the several values) of a key stand, and where to look for the next key."""
    wanted = [*values.splitlines()[:1], *filter(None, values.splitlines()[1:])]
    if not wanted:
        return [], start
    found: list[tuple[str, int]] = []
    index = 0
    for position in range(start, len(source)):
        line = source[position]
        if _NEXTLINE_PRAGMA.search(line):
            found.append((line, position + 1))
        elif not line or _COMMENT.match(line):
            continue
        elif index == 0:
            if _starts_with(line, key, wanted[0]):
                found.append((wanted[0], position + 1))
                index = 1
        elif index == len(wanted):
            return found, max(position, start + 1)
        else:
            found.append((wanted[index], position + 1))
            index += 1
    return found, len(source)


def _starts_with(line: str, key: str, value: str) -> bool:
    """`key`, then delimiters, then `value`; the value itself may begin with delimiters."""
    if not line.startswith(key):
        return False
    after = line[len(key) :]
    run = len(after) - len(after.lstrip(_DELIMITERS))
    rest = value.lstrip(_DELIMITERS)
    if rest:
        gap = run - (len(value) - len(rest))
        return gap >= 1 and after.startswith(value, gap)
    return run > len(value) and value in after[1:run] if value else run >= 1
