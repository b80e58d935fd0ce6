"""Secrets on a command line: `k6 cloud login -t …`, `--token=…`, `curl -u user:…`, wherever it is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k6ci.secretscan.candidates import QUOTED, Candidate, unquote
from k6ci.secretscan.names import NameKind, kind_of
from k6ci.secretscan.values import is_generated, is_secret

# Also read lists of arguments: ["k6", "login", "cloud", "-t", "…"].
_GAP = r"[\"'`]?(?:=|,?\s{1,8}|,)"
_RAW = rf"(?P<raw>{QUOTED}|[^\s\"'`\-=,][^\s\"'`]{{0,400}})"
_LONG = re.compile(rf"(?<![\w\-])--(?P<name>[A-Za-z][\w\-.]{{1,50}}){_GAP}{_RAW}")
_SHORT_K6 = re.compile(rf"(?<![\w\-])-(?P<flag>t|p)(?:{_GAP})?{_RAW}")
_USER = re.compile(
    rf"(?<![\w\-])(?:-u|--user|-a|--auth|--proxy-user|-U)(?:{_GAP})?(?P<raw>{QUOTED}|[^\s\"'`]{{3,300}})"
)
_SHORT_PASSWORD = re.compile(rf"(?<![\w\-])-(?P<flag>p|P|a|w)(?:{_GAP})?{_RAW}")
_GLUED_PASSWORD = re.compile(r"(?<![\w\-])-p(?P<raw>[^\s\"'`\-][^\s\"'`]{2,200})")
_LOGIN = re.compile(r"\blogin\b")
_HTTP_CLIENT = re.compile(r"\b(?:curl|wget|http|https|xh)\b")
_CLIENT = re.compile(
    r"\b(?:(?:docker|podman|helm|oras|crane|az|oc|cf)\s[\w \-]{0,30}\blogin|mongo|mongosh|mongodump|sqlcmd|"
    r"redis-cli|sshpass|ldapsearch|twine)\b"
)
_MYSQL = re.compile(r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b")
# A command that goes on from the line before begins with its flag.
_CONTINUED = re.compile(r"^\s*-{1,2}(?:u|user|t|token)\b")
_REACH = 400
_BEFORE = 200


def find(line: str, number: int) -> Iterator[Candidate]:
    """The secrets that commands on this line are given as arguments."""
    if "-" not in line:
        return
    lowered = line.lower()
    for match in _LONG.finditer(line):
        yield from _long(match, lowered, number)
    yield from _k6_login(line, lowered, number)
    for match in _arguments(_HTTP_CLIENT, _USER, line):
        yield from _user(match, number)
    for command, flags in ((_CLIENT, _SHORT_PASSWORD), (_MYSQL, _GLUED_PASSWORD)):
        for match in _arguments(command, flags, line):
            yield from _judged(match, NameKind.PASSWORD, number, "the command takes a password there")
    if _CONTINUED.match(line):
        for match in _USER.finditer(line, 0, _REACH):
            yield from _user(match, number)
        for match in _SHORT_K6.finditer(line, 0, _REACH):
            if match["flag"] == "t" and is_generated(match["raw"], shortest=16):
                yield from _judged(match, NameKind.K6, number, "`-t` of a command that goes on here takes a token")


def _k6_login(line: str, lowered: str, number: int) -> Iterator[Candidate]:
    for login in _LOGIN.finditer(lowered):
        if "k6" not in lowered[max(0, login.start() - _BEFORE) : login.start()]:
            continue
        for match in _SHORT_K6.finditer(line, login.end(), login.end() + _REACH):
            kind = NameKind.K6 if match["flag"] == "t" else NameKind.PASSWORD
            yield from _judged(match, kind, number, "`k6 login` takes it as an argument")


def _arguments(command: re.Pattern[str], flags: re.Pattern[str], line: str) -> Iterator[re.Match[str]]:
    """The flags within reach of a command; what the reach of one command covers is not searched again for the next."""
    searched = 0
    for found in command.finditer(line):
        if found.end() >= searched:
            searched = found.end() + _REACH
            yield from flags.finditer(line, found.end(), searched)


def _long(match: re.Match[str], lowered: str, number: int) -> Iterator[Candidate]:
    kind = kind_of(match["name"])
    if kind is None:
        return
    if kind is NameKind.TOKEN and "k6" in lowered:
        kind = NameKind.K6
    yield from _judged(match, kind, number, f"`--{match['name']}` takes a credential")


def _user(match: re.Match[str], number: int) -> Iterator[Candidate]:
    value = unquote(match["raw"], match.start("raw"))
    user, colon, password = value.text.partition(":")
    if colon and is_secret(password, NameKind.PASSWORD, is_config=True):
        start = value.start + len(user) + 1
        yield Candidate(number, start + 1, password, "credential-flag", "the command takes user:password there")


def _judged(match: re.Match[str], kind: NameKind, number: int, reason: str) -> Iterator[Candidate]:
    value = unquote(match["raw"], match.start("raw"))
    if is_secret(value.text, kind, is_config=True):
        rule = "k6-cloud-token" if kind is NameKind.K6 else "credential-flag"
        yield Candidate(number, value.start + 1, value.text, rule, reason)
