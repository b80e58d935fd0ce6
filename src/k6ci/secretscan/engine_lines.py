"""Which lines the engine is shown: those of the INI or the YAML reading of a file when it has one, else the file's own.

Only lines that a plugin could match come out, so detect_secrets is not even imported for a file without any.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from k6ci.secretscan.engine_gates import Gate, admitted, has_bare_run, wants_quotes
from k6ci.secretscan.prefilter.lines import any_of_engine, fold

_YAML_SUFFIXES = frozenset({".yaml", ".yml", ".eyaml"})
# The suffixes to which the engine gives a type of their own; the rest is tried as INI without a section, too.
_TYPED_SUFFIXES = frozenset(
    (
        ".cls .example .go .java .js .m .php .py .pyi .swift .tf .cs .c .cpp .cnf .conf .cfg .cf .ini .properties .toml"
    ).split()
)


_ESCAPE = re.compile(r"\\(?:[xuU]|\n)")


class ReadLine(NamedTuple):
    """A line as the engine sees it: its number from 1, the line before it (which may allow it), who could match it."""

    number: int
    line: str
    previous: str
    gates: list[Gate]


def is_other(path: str) -> bool:
    """True for files whose suffix says nothing to the engine."""
    suffix = os.path.splitext(path)[1]
    return suffix not in _TYPED_SUFFIXES and suffix not in _YAML_SUFFIXES


def has_reading(path: str, content: bytes) -> bool:
    """True when the INI or YAML reading could show the engine something although the prefilter left no line."""
    if not (is_other(path) or os.path.splitext(path)[1] in _YAML_SUFFIXES or content[:1] in {b"[", b"#", b";", b"\n"}):
        return False
    return _could_hide(content.decode("utf-8", errors="replace"))


def first_reading(path: str, text: str, hits: Collection[int] | None) -> Iterator[ReadLine]:
    """The lines of the file's natural reading; `hits` narrows the plain one (None: no prefilter has looked)."""
    lines = _structured(path, text, hits)
    if lines is None:
        return
    if lines:
        yield from _admitted(path, lines, range(1, len(lines) + 1))
    elif hits is None or hits:
        lines = text.split("\n")
        yield from _admitted(path, lines, range(1, len(lines) + 1) if hits is None else sorted(hits))


def second_reading(path: str, text: str, hits: Collection[int] | None) -> Iterator[ReadLine]:
    """The lines of the INI reading without a section, which upstream tries when the first reading found nothing."""
    if not _is_of_use(text, hits):
        return
    from k6ci.secretscan.inifile import NotIni, ini_lines  # noqa: PLC0415 - configparser is not for every commit

    try:
        lines = ini_lines(text, add_header=True)
    except NotIni:
        return
    yield from _admitted(path, lines, range(1, len(lines) + 1))


def _structured(path: str, text: str, hits: Collection[int] | None) -> list[str] | None:
    """The lines of the INI or YAML reading, none where the file has no such; None where it would show nothing."""
    is_yaml, is_ini = os.path.splitext(path)[1] in _YAML_SUFFIXES, _could_be_ini(text)
    if not (is_yaml or is_ini):
        return []
    if not _is_of_use(text, hits):
        return None
    if is_ini:
        from k6ci.secretscan.inifile import NotIni, ini_lines  # noqa: PLC0415 - see above

        try:
            lines = ini_lines(text, add_header=False)
        except NotIni:
            lines = []
        if lines:
            return lines
    return _yaml_lines(path, text) if is_yaml else []


def _yaml_lines(path: str, text: str) -> list[str]:
    from k6ci.secretscan.engine_import import offline_import  # noqa: PLC0415 - the engine is imported where something is left

    reading = offline_import("k6ci.secretscan.engine_yaml")
    try:
        lines: list[str] = reading.yaml_lines(text, path)
    except reading.NotYaml:
        return []
    return lines


def _is_of_use(text: str, hits: Collection[int] | None) -> bool:
    """Whether another reading than the plain one could show the engine anything."""
    return hits is None or (bool(hits) and any_of_engine(text, hits)) or _could_hide(text)


def _could_hide(text: str) -> bool:
    r"""True when a reading could show what stands on no line as such: bare values, `\x41`, `!!binary`, `%(name)s`."""
    return "binary" in text or "%(" in text or _ESCAPE.search(text) is not None or has_bare_run(fold(text))


def _could_be_ini(text: str) -> bool:
    """False when configparser is sure to refuse at the first line that says anything."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        said = text[start : end if end >= 0 else len(text)].strip()
        if said and said[0] not in "#;":
            return said[0] == "[" and "]" in said
        start = end + 1 if end >= 0 else len(text)
    return False


def _admitted(path: str, lines: list[str], numbers: Collection[int]) -> Iterator[ReadLine]:
    quotes = wants_quotes(path)
    for number in numbers:
        line = lines[number - 1].rstrip()
        gates = admitted(line, fold(line), wants_quotes=quotes) if line else []
        if gates:
            yield ReadLine(number, line, lines[number - 2] if number > 1 else "", gates)
