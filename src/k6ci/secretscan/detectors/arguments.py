"""Secrets in the arguments of commands: `k6 cloud login -t …`, `--token=…`, `curl -u user:…`, in files of any kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import QUOTED, Candidate, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of, mentions_k6
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import VALUE, Pattern, words

_SHORT_FLAG = rb"[\"', =]{0,4}[^ \t\n\-\"'$<{][^ \t\n\"']{3}"
TRIGGERS = (
    words(
        "token passw passphrase pwd secret credential api~key access~key private~key _pass auth http-basic",
        VALUE,
    ),
    words("--user -t -p -u -a -w -pw", _SHORT_FLAG, before=" \t\"'["),
    words("-key -pass", rb"[\"', =]{1,4}[^\n]{4}"),
    words("sudo␣-s net␣use net␣user␣ chpasswd --stdin --password-stdin"),
)

# Also read lists of arguments: ["k6", "login", "cloud", "-t", "…"].
_GAP = r"(?:[\"']?(?:=|,?\s{1,8}|,)|`,\s{0,8})"
_RAW = rf"(?P<raw>{QUOTED}|[^\s\"'`\-=,][^\s\"'`]{{0,400}})"
_LONG = Pattern(
    rf"(?<![\w\-])(?:--|-D|-(?=[A-Za-z]{{5}}))(?P<name>[A-Za-z][\w\-.]{{1,50}}){_GAP}{_RAW}",
    example="--token=changeme1",
)
_SHORT_K6 = Pattern(rf"(?<![\w\-])-(?P<flag>t|p)(?:{_GAP})?{_RAW}", example="-t changeme1")
_USER = Pattern(
    rf"(?<![\w\-])(?:-u|--user|-a|--auth|--proxy-user|-U)(?:{_GAP})?"
    rf"(?P<raw>(?P<user>[\w.@\-]{{1,80}}):(?P<own>{QUOTED})|{QUOTED}|[^\s\"'`]{{3,300}})",
    example="-u ann:changeme1",
)
_SHORT_PASSWORD = Pattern(rf"(?<![\w\-])-(?P<flag>p|P|a|w)(?:{_GAP})?{_RAW}", example="-p changeme1")
_GLUED_PASSWORD = Pattern(rf"(?<![\w\-])-p(?P<raw>{QUOTED}|[^\s\"'`\-][^\s\"'`]{{2,200}})", example="-pchangeme1")
_LOGIN = Pattern(r"\blogin\b", example="k6 cloud login")
# Of lists of arguments whose program stands elsewhere: `"args": ["cloud", "login", "-t", …]`.
_CLOUD_LOGIN = Pattern(r"\bcloud[\"',\s]{1,6}login\b|\blogin[\"',\s]{1,6}cloud\b", example='"cloud", "login"')
_HTTP_CLIENT = Pattern(r"\b(?:curl|wget|http|https|xh|lftp)\b", example="curl -u")
_CLIENT = Pattern(
    r"\b(?:(?:docker|podman|helm|oras|crane|az|oc|cf)\s[\w \-]{0,30}\blogin|mongo|mongosh|mongodump|mongorestore|"
    r"sqlcmd|osql|\w{1,10}_ldap_auth|check_(?:mysql|pgsql|http|ldap|smtp|ftp|mssql|snmp)\w{0,12}|"
    r"redis-cli|sshpass|ldapsearch|ldapadd|ldapmodify|twine|cqlsh|isql|bcp|ncftpput)\b",
    example="docker login",
)
_MYSQL = Pattern(r"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|7z)\b", example="mysqldump -u")
# `echo user:password | chpasswd`, `echo password | sudo -S`, `openssl -passin pass:password`.
_PIPED = Pattern(
    rf"\becho\s{{1,4}}(?:-[ne]{{1,2}}\s{{1,4}})?(?P<raw>{QUOTED}|"
    rf"[^\s\"'`|]{{4,200}})\s{{0,8}}\|\s{{0,8}}(?:[\w./\-]{{1,40}}\s{{1,4}}){{0,3}}?"
    r"(?P<reader>chpasswd|passwd\s{1,4}--stdin|sudo\s{1,4}-S|"
    r"(?:docker|podman|helm|crane|oras|nerdctl|skopeo)\s[^\n|]{0,120}--password-stdin)",
    example="echo changeme1 | sudo -S",
)
_UPLOADER = Pattern(r"\b(?:codecov(?:\.io/bash)?|coveralls|snyk|sonar-scanner|vercel|netlify)\b", example="codecov -t")
# `gh secret set NAME --body …`
_STORED = Pattern(
    rf"\b(?:gh|glab)\s{{1,4}}(?:secret|variable)\s{{1,4}}set\s[^\n]{{0,200}}?(?:--body|-b|--value|-v)(?:{_GAP}){_RAW}",
    example="gh secret set NAME --body changeme1",
)
_SHORT_TOKEN = Pattern(rf"(?<![\w\-])-t(?:{_GAP})?{_RAW}", example="-t changeme1")
# A command that goes on from the line before begins with its flag.
_CONTINUED = Pattern(r"^\s*-{1,2}(?:u|user|t|token)\b", example="  --user ann:changeme1")
_WITH_PROSE = frozenset({FileKind.CODE, FileKind.PROSE, FileKind.LABELS})
_REACH = 400
_BEFORE = 200


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets that commands on this line are given as arguments."""
    line, number = context.line, context.number
    lowered = context.lowered
    yield from positions.find("arguments", context)
    if "-" not in line and "echo" not in line:
        return
    for match in _LONG.finditer(line):
        if _may_be_argument(match, context.kind):
            yield from _long(match, lowered, number)
    yield from _k6_login(line, lowered, number)
    yield from _by_command(line, number)
    yield from _piped(line, number)
    for match in _STORED.finditer(line):
        kind = NameKind.K6 if mentions_k6(lowered) else NameKind.TOKEN
        yield from _check(match, kind, number, "the command gets the value of a secret as an argument")
    if _CONTINUED.match(line):
        for match in _USER.finditer(line, 0, _REACH):
            yield from _user(match, number)
        for match in _SHORT_K6.finditer(line, 0, _REACH):
            if match["flag"] == "t" and is_generated(match["raw"], shortest=16):
                yield from _check(match, NameKind.K6, number, "`-t` of the continued command takes a token")


def _may_be_argument(match: re.Match[str], kind: FileKind) -> bool:
    raw = match["raw"]
    if raw[0] in "\"'":
        return True
    # In a list of arguments in code a bare word is a variable, or the name of the next argument.
    is_listed = "," in match.string[match.end("name") : match.start("raw")]
    if raw[0] in "{[<(" or (is_listed and kind in _WITH_PROSE):
        return False
    # Comments and manuals mention flags: a word behind one is the next word of a sentence.
    return kind not in _WITH_PROSE or not raw.rstrip(".,;:!?)").isalpha()


def _by_command(line: str, number: int) -> Iterator[Candidate]:
    for match in _arguments(_HTTP_CLIENT, _USER, line):
        yield from _user(match, number)
    for command, flags in ((_CLIENT, _SHORT_PASSWORD), (_MYSQL, _GLUED_PASSWORD)):
        for match in _arguments(command, flags, line):
            # There `-p` is the port.
            if not (flags is _SHORT_PASSWORD and match["flag"] == "p" and "redis-cli" in line):
                yield from _check(match, NameKind.PASSWORD, number, "this argument of the command is a password")
    for match in _arguments(_UPLOADER, _SHORT_TOKEN, line):
        yield from _check(match, NameKind.TOKEN, number, "this argument of the command is a token")


def _piped(line: str, number: int) -> Iterator[Candidate]:
    for match in _PIPED.finditer(line):
        value = unquote(match["raw"], match.start("raw"))
        user, colon, password = value.text.partition(":") if match["reader"] == "chpasswd" else ("", "", value.text)
        if is_secret(password, NameKind.PASSWORD, Confidence.LOGIN):
            start = value.start + len(user) + len(colon)
            yield Candidate(
                number,
                start + 1,
                password,
                "credential-flag",
                f"`{match['reader']}` reads a password from standard input",
            )


def _k6_login(line: str, lowered: str, number: int) -> Iterator[Candidate]:
    for login in _LOGIN.finditer(lowered):
        start = max(0, login.start() - _BEFORE)
        if "k6" not in lowered[start : login.start()] and not _CLOUD_LOGIN.search(lowered, start, login.end() + 10):
            continue
        for match in _SHORT_K6.finditer(line, login.end(), login.end() + _REACH):
            kind = NameKind.K6 if match["flag"] == "t" else NameKind.PASSWORD
            yield from _check(match, kind, number, "`k6 login` takes it as an argument")


def _arguments(command: Pattern, flags: Pattern, line: str) -> Iterator[re.Match[str]]:
    """The flags within reach of a command; what the reach of one command covers is not searched again for the next."""
    searched = 0
    for found in command.finditer(line):
        if found.end() >= searched:
            searched = found.end() + _REACH
            yield from flags.finditer(line, found.end(), searched)


def _long(match: re.Match[str], lowered: str, number: int) -> Iterator[Candidate]:
    kind = kind_of(match["name"])
    # `add_argument("--password", help=…)`: what follows is the next argument of a call.
    if (
        kind is None
        or match["raw"].endswith("=")
        or (not match.group().startswith(("--", "-D")) and kind is not NameKind.PASSWORD)
    ):
        return
    if kind is NameKind.TOKEN and mentions_k6(lowered):
        kind = NameKind.K6
    yield from _check(match, kind, number, f"`--{match['name']}` takes a credential")


def _user(match: re.Match[str], number: int) -> Iterator[Candidate]:
    value = unquote(match["raw"], match.start("raw"))
    user, colon, password = value.text.partition(":")
    start = value.start + len(user) + 1
    if match["own"]:
        own = unquote(match["own"], match.start("own"))
        user, password, start = match["user"], own.text, own.start
    elif not colon and "lftp" in match.string:
        user, colon, password = value.text.partition(",")
    if (
        colon
        and user != password
        and not password.startswith("//")
        and is_secret(password, NameKind.PASSWORD, Confidence.LOGIN)
    ):
        yield Candidate(number, start + 1, password, "credential-flag", "this argument of the command is user:password")


def _check(match: re.Match[str], kind: NameKind, number: int, reason: str) -> Iterator[Candidate]:
    value = unquote(match["raw"], match.start("raw"))
    if is_secret(value.text, kind, Confidence.LOGIN):
        rule = "k6-cloud-token" if kind is NameKind.K6 else "credential-flag"
        yield Candidate(number, value.start + 1, value.text, rule, reason)
