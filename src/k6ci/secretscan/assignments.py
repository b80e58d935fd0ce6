"""Values behind a name: `NAME=value`, `name: value`, `"name": "value"`, `<name>value</name>`, `ENV NAME value`.

In code a bare word is a variable, so a value there needs quotes; a shell-like `NAME=value` in capitals needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from k6ci.secretscan.candidates import NAME, QUOTED, Candidate, Value, unquote
from k6ci.secretscan.file_kinds import FileKind
from k6ci.secretscan.names import NameKind, kind_of
from k6ci.secretscan.values import is_generated, is_secret

_ASSIGNMENT = re.compile(
    rf"(?<![\w.\-$])(?P<name>{NAME})(?P<close>\\?[\"'`]?\]?\)?[?!]?)"
    r"(?:\s{0,4}:\s{0,4}[A-Za-z_][\w.<>\[\]|&?]{0,40}(?=\s{0,4}=[^=>]))?"
    rf"\s{{0,40}}(?P<sign>:=|=>|\?=|\+=|={{1,3}}|:(?!:|//)|,|\()\s{{0,40}}(?P<prefix>[@$bBrRuUfF]{{0,2}}(?=[\"'`]))?"
    rf"(?P<raw>{QUOTED}|\\\"[^\"\\\n]{{0,500}}\\\"|[^\s\"'`][^\s]{{0,500}})"
)
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_][\w.\-:]{0,60})(?:\s[^<>]{0,100})?>(?P<raw>[^<>\s][^<>\n]{2,300})</")
_SPACED = re.compile(
    rf"(?:^|[\s&|;])(?:ENV|ARG|setenv|setx|set\s{{1,4}}-[gxUu]{{1,3}}|"
    rf"machine\s{{1,4}}\S{{1,80}}\s{{1,4}}login\s{{1,4}}\S{{1,80}})\s{{1,4}}(?P<name>{NAME})\s{{1,8}}"
    rf"(?P<raw>{QUOTED}|[^\s\"'`=][^\s]{{0,500}})"
)
_FALLBACK = re.compile(rf"(?P<name>[A-Za-z_][\w.]{{2,80}})\s{{0,4}}(?:\|\||\?\?|\?:|\bor\b)\s{{0,4}}(?P<raw>{QUOTED})")
_IN_CONNECTION = re.compile(
    r"(?i)(?:^|[;\"'\s&])(?P<name>password|pwd|sharedaccesskey|accountkey)\s?=\s?(?P<raw>[^;\"'\s&]{3,200})"
)
_CAPITALS = re.compile(r"^[A-Z][A-Z0-9_]{3,80}$")
_COMPARED = frozenset({"==", "==="})


def find(line: str, number: int, kind: FileKind) -> Iterator[Candidate]:
    """The secrets behind names on one line; `number` is the number of the line."""
    yield from _assigned(line, number, kind)
    for pattern in (_ELEMENT, _SPACED, _FALLBACK):
        for match in pattern.finditer(line):
            value = unquote(match["raw"], match.start("raw"))
            yield from _judged(match["name"], value, number, is_config=pattern is not _FALLBACK)
    if ";" in line:
        for match in _IN_CONNECTION.finditer(line):
            yield from _judged(
                match["name"], Value(match["raw"], match.start("raw"), is_quoted=False), number, is_config=True
            )


def judge_named(name: str, value: Value, number: int, *, is_config: bool) -> Iterator[Candidate]:
    """A value whose name was found elsewhere: on another line, or as the path of a structure."""
    yield from _judged(name, value, number, is_config=is_config)


def _assigned(line: str, number: int, kind: FileKind) -> Iterator[Candidate]:
    position = 0
    while True:
        match = _ASSIGNMENT.search(line, position)
        if match is None:
            return
        position = match.end("name")
        name_kind = kind_of(match["name"])
        # The parameters of a URL are judged as such: badges carry short public tokens.
        if name_kind is None or line[match.start() - 1 : match.start()] in {"?", "&"}:
            continue
        value = _value_of(match, kind, name_kind)
        if value is None:
            continue
        # A quoted value behind a comparison or a call is seldom configuration.
        is_config = kind is not FileKind.CODE and match["sign"] not in _COMPARED and match["sign"] not in ",("
        yield from _judged(match["name"], value, number, is_config=is_config)


def _value_of(match: re.Match[str], kind: FileKind, name_kind: NameKind) -> Value | None:
    """The value when it may stand unquoted there, or is quoted; None when it is code."""
    sign, raw = match["sign"], match["raw"]
    value = unquote(raw, match.start("raw"))
    if match["prefix"] and match["prefix"] in "fF$" and "{" in raw:
        return None
    if sign in {",", "("}:
        is_argument = value.is_quoted and (sign == "(" or match["close"][:1] in {'"', "'"})
        return value if is_argument else None
    if value.is_quoted or raw.startswith('\\"') or _may_be_bare(match, value, kind, name_kind):
        return value
    return None


def _may_be_bare(match: re.Match[str], value: Value, kind: FileKind, name_kind: NameKind) -> bool:
    """True when an unquoted word at this place is a value; in code it is a variable, in prose it may be just a word."""
    sign = match["sign"]
    after = match.string[match.end() :].lstrip()
    is_sentence = after[:1].isalpha() and sign == ":" and kind in {FileKind.CONFIG, FileKind.PROSE}
    if is_sentence or sign in _COMPARED or sign == "=>":
        return False
    if _CAPITALS.match(match["name"]) and sign in {"=", ":", "?=", ":="}:
        return kind is not FileKind.CODE or is_generated(value.text, shortest=12)
    if kind in {FileKind.PROSE, FileKind.MARKUP}:
        return name_kind is NameKind.K6 or is_generated(value.text, shortest=10)
    return kind is not FileKind.CODE


def _judged(name: str, value: Value, number: int, *, is_config: bool) -> Iterator[Candidate]:
    kind = kind_of(name)
    # A value that says its own name is a reference to it: `password: db-password`, `KEY=pgp:KEY`.
    if name.lower().rsplit(".", 1)[-1] in value.text.lower():
        return
    if kind is None or not is_secret(value.text, kind, is_config=is_config):
        return
    rule = {
        NameKind.K6: "k6-cloud-token",
        NameKind.TOKEN: "assigned-token",
        NameKind.PASSWORD: "assigned-password",
        NameKind.KEY: "assigned-key",
    }[kind]
    if kind is NameKind.K6 and "k6" not in name.lower() and "impact" not in name.lower():
        rule = "grafana-credential"
    reason = f"`{name[:60]}` names a credential, and what stands behind it is no reference, example or word"
    yield Candidate(number, value.start + 1, value.text, rule, reason)
