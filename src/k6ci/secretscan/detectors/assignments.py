"""Values behind a name: `NAME=value`, `name: value`, `"name": "value"`, `<name>value</name>`, `ENV NAME value`."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.assigned_values import COMPARED, is_part_of_other, is_quoted, value_of
from k6ci.secretscan.detectors.candidates import NAME, QUOTED, Candidate, Value, find_named, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import Outcome, false_positive_of, reject
from k6ci.secretscan.heuristics.names import NameKind, is_of_service, kind_of
from k6ci.secretscan.heuristics.vocabulary import NAMES
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import RANDOM, SHORT_VALUE, VALUE, Pattern, words

TRIGGERS = (
    words(
        "token passw passphrase passcode pwd secret credential api~key access~key account~key private~key _pass"
        " requirepass storepass keypass userpass auth bearer webhook jwt dsn connection sonar.login senha motdepasse"
        " mot_de_passe kennwort",
        VALUE,
    ),
    words("key salt cookie session signature seed pin code pw psk cred encrypt pat", RANDOM),
    words("pass pw psk pepper salt mdp", SHORT_VALUE),
    words("psk", rb"[^\n]{0,24}=[^\n]{8}"),
    words("clave " + " ".join(sorted(NAMES["foreign"])), VALUE),
    words("<pass", rb"[^\n]{5}"),
    words("_key _salt", rb"['\"],[ \t]{1,12}['\"][^\n]{40}"),
)

_NAME = Pattern(rf"(?<![\w.\-$]){NAME}", example="db.password")
_ASSIGNMENT = Pattern(
    rf"(?<![\w.\-$])(?P<name>{NAME})(?P<close>\\?[\"'`]?(?:\[\w{{0,6}}\])?\]?\)?[?!]?)"
    r"(?:(?:\s{0,4}:\s{0,4}(?:&(?:'\w{1,20} )?)?[A-Za-z_][\w.<>\[\]|&?]{0,40}|"
    r"[ \t]{1,4}(?:string|PROGMEM|[Aa]s [A-Z]\w{1,20}))(?=\s{0,4}=[^=>]))?"
    rf"\s{{0,40}}(?P<sign>:=|=>|->|<-|to(?=\s[\"'])|\?=|\+=|!={{1,2}}|={{1,3}}|:(?!:|//)|,|"
    rf"\()\s{{0,40}}(?P<prefix>[@$bBrRuUfF]{{0,2}}(?=[\"'`]))?"
    rf"(?P<raw>{QUOTED}|\\\"[^\"\\\n]{{0,500}}\\\"|[^\s\"'`][^\s]{{0,500}})",
    example='password = "changeme1"',
)
_FALLBACK = Pattern(
    rf"(?<![\w.])(?P<name>[A-Za-z_][\w.]{{2,80}})[\"'`]?[\])]?\s{{0,4}}(?:\|\||\?\?|\?:|"
    rf"\bor\b)\s{{0,4}}(?P<raw>{QUOTED})",
    example='process.env.DB_PASSWORD || "changeme1"',
)
_OTHERWISE = ("||", "??", "?:", " or ")
_IN_CONNECTION = Pattern(
    r"(?i)(?:^|[;,\"'\s&])(?P<name>password|pwd|sharedaccesskey|accountkey)\s?=\s?(?P<raw>[^;,\"'\s&]{3,200})",
    example="Server=db;Password=changeme1",
)
_CONNECTION_WORDS = Pattern(
    r"(?i)(?:user|uid|host|server|dbname|data source|accountname|endpoint)(?: ?id)?\s?=|:[0-9]{2,5},",
    example="Server=db",
)
_ENVIRONMENT = Pattern(
    r"^\s{0,8}(?:export\s{1,4})?(?P<name>[A-Za-z_][\w.]{0,80})=(?P<raw>[(\[{<>=,&][^\s'\"]{5,200})\s{0,8}$",
    example="DB_PASSWORD=(x9!kQ2v",
)
_CHOSEN = frozenset({NameKind.PASSWORD, NameKind.TOKEN, NameKind.PHRASE, NameKind.K6})
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
# `options.cloud` and `options.ext.loadimpact` of a k6 script, `collectors.cloud` of its configuration.
_OF_CLOUD = Pattern(
    r"(?i)\b(?:loadimpact|cloud)[\"']?\s{0,4}[:=]\s{0,4}\{[^{}]{0,200}$", example="cloud: { projectID: 1, "
)
_SIGNER = Pattern(r"(?i)session|cookie|jwt|csrf", example="session")
_AS_IN_CODE = (Confidence.CODE,)


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets that are assigned to names on one line."""
    yield from _assigned(context)
    yield from positions.find("assignments", context)
    for match in _FALLBACK.finditer(context.line) if any(sign in context.line for sign in _OTHERWISE) else ():
        is_password = kind_of(match["name"]) is NameKind.PASSWORD
        value = unquote(match["raw"], match.start("raw"))
        places = _AS_IN_CODE if is_password else (Confidence.CONFIG,)
        yield from find_named(match["name"], value, context.number, places)
    yield from _in_connection(context)
    if context.kind is FileKind.CONFIG:
        yield from _in_environment(context)


def _in_environment(context: LineContext) -> Iterator[Candidate]:
    """A value of an environment file that begins with a sign, which elsewhere would begin an expression."""
    match = _ENVIRONMENT.match(context.line)
    if match is None:
        return
    raw = match["raw"]
    is_template = raw[-1] == _CLOSING.get(raw[0]) or false_positive_of(raw) is not None
    kind = kind_of(match["name"])
    if kind in _CHOSEN and not is_template:
        value = Value(
            raw.lstrip("([{<>=,&"), match.start("raw") + len(raw) - len(raw.lstrip("([{<>=,&")), is_quoted=True
        )
        yield from find_named(match["name"], value, context.number, (Confidence.CONFIG,))


def _in_connection(context: LineContext) -> Iterator[Candidate]:
    lowered = context.lowered
    if not ("password" in lowered or "pwd" in lowered or "accesskey" in lowered or "accountkey" in lowered):
        return
    if "=" not in lowered or not _CONNECTION_WORDS.search(context.line):
        return
    for match in _IN_CONNECTION.finditer(context.line):
        # In code it is inside of a string, where a bare word is no variable.
        if context.kind is not FileKind.CODE or is_quoted(context.line, match.start("name")):
            value = Value(match["raw"], match.start("raw"), is_quoted=False)
            yield from find_named(match["name"], value, context.number, (Confidence.LOGIN,))


def _assigned(context: LineContext) -> Iterator[Candidate]:
    line = context.line
    # Names inside values are considered, too; the costly pattern is tried behind names of secrets only.
    for named in _NAME.finditer(line):
        name_kind = kind_of(named.group())
        match = _ASSIGNMENT.match(line, named.start()) if name_kind else None
        if name_kind is None or match is None or is_part_of_other(match):
            continue
        value = value_of(match, context.kind, name_kind)
        if value is None:
            reject(match["raw"], name_kind, Outcome.EXPRESSION)
            continue
        # A quoted value behind a comparison or a call is seldom configuration.
        is_code = match["sign"] in COMPARED or match["sign"] in ",("
        places = _AS_IN_CODE if is_code and not is_of_service(match["name"]) else context
        # `secret=…` of a telephone: only Kubernetes and its like name secrets by names, and they write `secret: name`.
        is_plain = match["sign"] == "=" and context.kind is FileKind.CONFIG and match["name"].lower() == "secret"
        kind = NameKind.PASSWORD if is_plain else None
        if match["name"].lower() == "token" and _OF_CLOUD.search(_before(context, match.start())):
            kind = NameKind.K6
        if match["name"].lower() == "secret" and _SIGNER.search(line, max(0, match.start() - 40), match.start()):
            kind = NameKind.PHRASE
        yield from find_named(match["name"], value, context.number, places, kind)


def _before(context: LineContext, start: int) -> str:
    """The text before a place, two lines back at most."""
    return "\n".join([*context.lines[max(0, context.number - 3) : context.number - 1], context.line[:start]])[-300:]
