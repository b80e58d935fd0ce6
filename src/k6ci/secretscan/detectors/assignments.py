"""Values behind a name: `NAME=value`, `name: value`, `"name": "value"`, `<name>value</name>`, `ENV NAME value`."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.assigned_values import Assignment
from k6ci.secretscan.detectors.candidates import PATTERNS, Candidate, find_named
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import Outcome, can_be_secret, reject
from k6ci.secretscan.heuristics.names import NameKind, is_of_service, kind_of
from k6ci.secretscan.heuristics.vocabulary import VALUES
from k6ci.secretscan.inputs.file_types import FileKind

_NAME, _ASSIGNMENT = PATTERNS["name"], PATTERNS["assignment"]
_COMPARED = frozenset({"==", "===", "!=", "!=="})
_UNSET = {*VALUES["unset"], ""}
# What these name is of another kind in some contexts.
_OF_OTHER_KINDS = frozenset({"secret", "token"})
_AS_IN_CODE = (Confidence.CODE,)


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets that are assigned to names on one line."""
    yield from _assigned(context)
    yield from positions.find("assignments", context)


def _assigned(context: LineContext) -> Iterator[Candidate]:
    # Names inside values are considered, too; the costly pattern is tried behind names of secrets only.
    for named in _NAME.finditer(context.line):
        kind = kind_of(named.group())
        match = _ASSIGNMENT.match(context.line, named.start()) if kind else None
        if kind and match:
            yield from _check(Assignment(match, context, kind))


def _check(assigned: Assignment) -> Iterator[Candidate]:
    match, context = assigned.match, assigned.context
    name, sign = match["name"], match["sign"]
    # Most matches are sentences, empty values and words: the rules for all others cost more.
    if (sign in ",(" and not assigned.value.is_quoted) or not _may_be_secret(assigned):
        reject(match["raw"], assigned.kind, Outcome.EXPRESSION)
        return
    if assigned.is_of_other():
        return
    value = assigned.literal()
    if value is None:
        reject(match["raw"], assigned.kind, Outcome.EXPRESSION)
        return
    # A quoted value behind a comparison or a call is seldom configuration.
    is_code = sign in _COMPARED or sign in ",("
    places = _AS_IN_CODE if is_code and not is_of_service(name) else context
    kind = assigned.kind_by_rule()
    if name.lower() == "token" and PATTERNS["cloud options"].search(_before(context, match.start())):
        kind = NameKind.K6
    yield from find_named(name, value, context.number, places, kind)


def _may_be_secret(assigned: Assignment) -> bool:
    text, context = assigned.value.text, assigned.context
    if text.lower() in _UNSET:
        return False
    if (
        context.is_of_credentials
        or assigned.match["name"].lower() in _OF_OTHER_KINDS
        or (context.kind is FileKind.CODE and not assigned.value.is_quoted)
    ):
        return True
    return can_be_secret(text, assigned.kind)


def _before(context: LineContext, start: int) -> str:
    """The text before a place, two lines back at most."""
    return "\n".join([*context.lines[max(0, context.number - 3) : context.number - 1], context.line[:start]])[-300:]
