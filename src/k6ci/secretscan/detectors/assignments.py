"""Values behind a name: `NAME=value`, `name: value`, `"name": "value"`, `<name>value</name>`, `ENV NAME value`."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.assigned_values import COMPARED, is_part_of_other, value_of
from k6ci.secretscan.detectors.candidates import NAME, NAMED_VALUE, QUOTED, Candidate, find_named
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import Outcome, reject
from k6ci.secretscan.heuristics.names import NameKind, is_of_service, kind_of
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import RANDOM, SHORT_VALUE, Pattern, words

TRIGGERS = (
    NAMED_VALUE,
    words("key salt cookie session signature seed pin code pw psk cred encrypt pat", RANDOM),
    words("pass pw psk pepper salt mdp", SHORT_VALUE),
    words("key", rb"(?:s|_?[0-9])?[\"'`\])]{0,3}[ \t]{0,8}[:=][^\n]{4}"),
    words("psk", rb"[^\n]{0,24}=[^\n]{8}"),
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
