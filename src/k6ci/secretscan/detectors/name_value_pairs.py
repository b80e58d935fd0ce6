"""Names and values in two places: `name: X` with `value: Y` below, `<add key= value=>`, `variable` with `default`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import NAME, NAMED_VALUE, QUOTED, Candidate, Value, find_named, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.names import kind_of
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import AT_LINE_END, VALUE, Pattern, words

TRIGGERS = (
    words("token secret passwrd password passwd pwd key credential passphrase _pass authorization", AT_LINE_END),
    NAMED_VALUE,
    words("key", VALUE),
)

_NAMED = Pattern(
    rf"(?i)(?<![\w.\-])(?:(?:(?:parameter|option|secret|env|setting)[_\-]?)?(?:name|key)|variable|env|property|id)"
    rf"[\"']?\s{{0,8}}[:=]>?\s{{0,8}}[\"']?(?:/(?:[\w.\-]{{1,60}}/){{0,6}}|"
    rf"[a-z]{{1,10}}:)?(?P<name>{NAME})[\"']?|<(?:key|name)>(?P<element>{NAME})<",
    example="name: DB_PASSWORD",
)
# `K6_CLOUD_TOKEN:`, `K6_CLOUD_TOKEN = {`, `const token =`, `password=\` with the value on a line of its own.
_OPENED = Pattern(
    rf"^[ \t]{{0,200}}(?:-{{1,2}}[ \t]{{0,20}})?(?:[A-Za-z]{{1,20}}[ \t]{{1,4}}){{0,5}}[\"']?(?P<name>{NAME})"
    rf"[\"']?\s{{0,4}}(?:=>|:|[:?+]?=)?\s{{0,4}}[{{>|(]?[-+]?[ \t]{{0,20}}(?:[\"']{{2}}[ \t]{{0,4}}\+)?"
    r"\\?$",
    example="db.password=\\",
)
_VARIABLE = Pattern(rf"(?i:variable)\s+\"(?P<name>{NAME})\"", example='variable "db_password"')
_VALUED = Pattern(
    rf"(?i)(?<![\w.\-])(?:(?:parameter|option|secret|default|plaintext)?_?value|val|default|content|string|plaintext)"
    rf"[\"']?\s{{0,8}}(?:[:=]>?|>)\s{{0,8}}(?P<raw>{QUOTED}|[^\s\"'`<>{{}}][^\s<>]{{2,400}})",
    example="value: changeme1",
)
_ALONE = Pattern(rf"^[ \t]{{1,100}}[bru]?(?P<raw>{QUOTED})[,;)]{{0,2}} ?$", example='  "changeme1"')
# What continues a line that ended with a backslash.
_CONTINUATION = Pattern(
    r"^[ \t]{0,100}(?:[:=][ \t]{0,8})?(?P<raw>[^\s=:][^\s]{3,200})(?:[ \t]{1,8}\\)?[ \t]{0,20}$",
    example="  changeme1 \\",
)
_LINES_AHEAD = 4


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets whose name stands on the line and whose value stands behind it or on one of the next lines."""
    line, number = context.line, context.number
    yield from positions.find("name-value-pairs", context)
    opened = _OPENED.match(line) or _VARIABLE.search(line)
    for match in (*_NAMED.finditer(line), *((opened,) if opened else ())):
        name = match["name"] or match["element"]
        if kind_of(name) is None:
            continue
        here = list(_value_of(name, line, number, match.end(), context))
        yield from here
        if here:
            continue
        if match is opened and number < len(context.lines):
            following = context.lines[number]
            is_continued = line.endswith("\\") and context.kind is not FileKind.CODE
            alone = _ALONE.match(following) or (_CONTINUATION.match(following) if is_continued else None)
            if alone:
                yield from _check(name, unquote(alone["raw"], alone.start("raw")), number + 1, context)
                continue
        yield from _ahead(name, context)


def _ahead(name: str, context: LineContext) -> Iterator[Candidate]:
    for number in range(context.number + 1, min(context.number + _LINES_AHEAD, len(context.lines)) + 1):
        following = context.lines[number - 1]
        if number > context.number + 1 and (_NAMED.search(following) or not following.strip()):
            return
        found = list(_value_of(name, following, number, 0, context))
        yield from found
        if found or _NAMED.search(following):
            return


def _value_of(name: str, line: str, number: int, start: int, context: LineContext) -> Iterator[Candidate]:
    match = _VALUED.search(line, start, start + 1_000)
    # A bare word with another behind it is the beginning of a sentence, and in code a variable.
    if match and (
        match["raw"][0] in "\"'`"
        or (context.kind is not FileKind.CODE and not line[match.end() :].lstrip()[:1].isalpha())
    ):
        yield from _check(name, unquote(match["raw"], match.start("raw")), number, context)


def _check(name: str, value: Value, number: int, context: LineContext) -> Iterator[Candidate]:
    places: Iterable[Confidence] | LineContext = (Confidence.CONFIG,) if context.kind is FileKind.CODE else context
    yield from find_named(name, value, number, places)
