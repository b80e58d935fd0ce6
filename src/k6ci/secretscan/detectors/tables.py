"""Passwords and tokens in the columns of a table: CSV with a head line, tables of Markdown, rows inserted by SQL.

The header names the columns. A file with a single column is a list of words, not a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k6ci.secretscan.detectors.candidates import PATTERNS, Candidate, Value, find_named, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.features import FEATURES
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.patterns import DIGIT, Trigger

TRIGGERS = (
    Trigger("passw pwd token secret key credential pass pw senha", rb"[^\n]{0,64}\|"),
    Trigger("insert␣", rb"[^\n]{4}"),
)

_LONGEST_ROW = 4_000
_HEAD = PATTERNS["head of a column"]
_is_stored = FEATURES["stored hash"].test
_INSERTED = "an SQL statement sets a literal password"
_WANTED = frozenset({NameKind.K6, NameKind.PASSWORD, NameKind.TOKEN})


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets in the rows of the Markdown table whose head is the line, or in the row that it inserts by SQL."""
    if "|" in context.line:
        yield from _in_markdown(context)
    for row in PATTERNS["insert statement"].finditer(context.line) if "insert" in context.lowered else ():
        names = [name.strip(" `\"'[]") for name in row["columns"].split(",")]
        for name, field in zip(names, PATTERNS["inserted value"].finditer(row["values"]), strict=False):
            value = unquote(field[1], row.start("values") + field.start(1))
            is_password = kind_of(name) is NameKind.PASSWORD and value.is_quoted and not _is_stored(value.text)
            if is_password and is_secret(value.text, NameKind.PASSWORD, Confidence.LOGIN):
                yield Candidate(context.number, value.start + 1, value.text, "assigned-password", _INSERTED)


def _in_markdown(context: LineContext) -> Iterator[Candidate]:
    head, number = context.line, context.number
    lines = context.lines
    rule = lines[number] if number < len(lines) else ""
    if "|" not in rule:
        return
    # The examples of a scenario have bars on both sides, and no rule below their head.
    is_ruled = "--" in rule and PATTERNS["rule of a table"].match(rule) is not None
    is_first = number < 2 or not _is_boxed(lines[number - 2])  # noqa: PLR2004 - nothing before
    is_example = is_first and _is_boxed(head) and _is_boxed(rule) and head.count("|") == rule.count("|")
    if not (is_ruled or is_example):
        return
    columns = _columns([text for text, _ in _cells(head)])
    for index in range(number + is_ruled, len(lines)) if columns else ():
        row = lines[index]
        # A second rule belongs to another table, a row without bars on both sides to no example: no row is read twice.
        is_rule = "--" in row and PATTERNS["rule of a table"].match(row) is not None
        if "|" not in row or len(row) > _LONGEST_ROW or is_rule or not (is_ruled or _is_boxed(row)):
            return
        yield from _in_row(list(_cells(row)), columns, index + 1, Confidence.CONFIG)


def columns_of(head: str) -> tuple[str, list[tuple[int, str]]]:
    """The sign between the values of a file with such a first line, and the columns whose heads name a secret."""
    sign = max(",;\t|", key=head.count)
    return sign, _columns(_values(head, sign))


def find_in_csv(lines: Sequence[str], head: str) -> Iterator[Candidate]:
    """The secrets in the rows of a file, or of a piece of it, whose first line is the head."""
    sign, columns = columns_of(head)
    for number, line in enumerate(lines, 1) if columns else ():
        if len(line) <= _LONGEST_ROW and line != head:
            cells = [(text.strip(), max(0, line.find(text.strip()))) for text in _values(line, sign)]
            yield from _in_row(cells, columns, number, Confidence.LOGIN)


def _is_boxed(line: str) -> bool:
    return line.strip()[:1] == line.strip()[-1:] == "|"


def _columns(head: Sequence[str]) -> list[tuple[int, str]]:
    """The columns whose heads name a secret, in a table that has others, too."""
    bare = [name.strip("`*\"' ") for name in head]
    named = [(index, name) for index, name in enumerate(bare) if _HEAD.match(name) and kind_of(name) in _WANTED]
    return named if len(named) < len(head) else []


def _values(line: str, sign: str) -> list[str]:
    import csv  # noqa: PLC0415 - every commit loads the detectors, and few need this

    return next(csv.reader([line], delimiter=sign, skipinitialspace=True), [])


def _cells(line: str) -> Iterator[tuple[str, int]]:
    """The cells of a row of Markdown and where they begin; the bar before the first is not needed."""
    start = len(line) - len(line.lstrip(" \t|")) if line.lstrip()[:1] == "|" else 0
    for text in line[start:].split("|"):
        bare = text.strip(" \t`*\"'")
        yield bare, start + text.index(bare)
        start += len(text) + 1


def _in_row(
    cells: Sequence[tuple[str, int]], columns: Sequence[tuple[int, str]], number: int, place: Confidence
) -> Iterator[Candidate]:
    for column, name in columns:
        text, start = cells[column] if column < len(cells) else ("", 0)
        if kind_of(name) is NameKind.PASSWORD:
            # What is stored for a user ought to be a hash, and a word alone may say anything.
            is_worth = DIGIT.finds(text) and not _is_stored(text)
        else:
            is_worth = is_generated(text, shortest=16)
        if is_worth and " " not in text:
            yield from find_named(name, Value(text, start, is_quoted=True), number, place)
