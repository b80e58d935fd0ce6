"""Values behind a name: `NAME=value`, `name: value`, `"name": "value"`, `<name>value</name>`, `ENV NAME value`.

`assignments.ini` describes what looks like an assignment of a literal and is something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.data import sections, spaced
from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import PATTERNS, Candidate, find_named, unquote
from k6ci.secretscan.detectors.position_checks import Check, check
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import Outcome, can_be_secret, reject
from k6ci.secretscan.heuristics.names import KINDS, NameKind, is_of_service, kind_of
from k6ci.secretscan.heuristics.vocabulary import VALUES
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Pattern

_NAME, _ASSIGNMENT = PATTERNS["name"], PATTERNS["assignment"]
_COMPARED = frozenset({"==", "===", "!=", "!=="})
_UNSET = {*VALUES["unset"], ""}
# What these name is of another kind in some contexts.
_OF_OTHER_KINDS = frozenset({"secret", "token"})
_NEAR, _FAR = 40, 400


def find(context: LineContext) -> Iterator[Candidate]:
    """The secrets that are assigned to names on one line."""
    # Names inside values are considered, too; the costly pattern is tried behind names of secrets only.
    for named in _NAME.finditer(context.line):
        kind = kind_of(named.group())
        match = _ASSIGNMENT.match(context.line, named.start()) if kind else None
        if kind and match:
            yield from _check(_Assignment(match, context, kind))
    yield from positions.find("assignments", context)


class Rule(NamedTuple):
    """A rule; `assignments.ini` explains the fields. Each pattern is that of a part of an assignment."""

    group: str
    files: frozenset[FileKind]
    kind: NameKind | None
    patterns: tuple[tuple[str, Pattern], ...]
    only: tuple[Check, ...]
    means: NameKind | None


@lru_cache(maxsize=1)
def rules() -> list[Rule]:
    """All rules, in their order."""
    found = []
    for title, fields in sections(__file__, "assignments.ini").items():
        example = spaced(fields["example"])
        texts = dict(zip(("earlier", "name", "sign", "raw", "after"), example.split("▸"), strict=True))
        texts |= {"line": example, "before": texts["earlier"], "value": texts["raw"]}
        rule = Rule(
            group=title.partition(":")[0],
            files=positions.file_kinds(fields.get("files", "")),
            kind=KINDS.get(fields.get("kind", "")),
            patterns=tuple((part, Pattern(fields[part], example=texts[part])) for part in fields if part in texts),
            only=tuple(map(check, fields.get("only", "").split())),
            means=KINDS.get(fields.get("means", "")),
        )
        found.append(rule)
    return found


@lru_cache(maxsize=256)
def _rules_for(group: str, file: FileKind, kind: NameKind) -> list[Rule]:
    return [rule for rule in rules() if rule.group == group and file in rule.files and rule.kind in {None, kind}]


class _Assignment:
    """An assignment to a name of a secret: its value, and its parts as the rules see them."""

    def __init__(self, match: re.Match[str], context: LineContext, kind: NameKind) -> None:
        line, start, end = match.string, match.start(), match.end()
        raw = (match["prefix"] or "") + match["raw"]
        self.match, self.context, self.kind = match, context, kind
        is_opened = "(" in raw or raw[0] in "[{"
        wrapped = PATTERNS["wrapped string"].match(line, match.start("sign"), end + _FAR) if is_opened else None
        self.value = unquote((wrapped or match)["raw"], (wrapped or match).start("raw"))
        self.parts = {
            "line": line,
            "earlier": line[max(0, start - _FAR) : start],
            "before": line[max(0, start - _NEAR) : start],
            "name": match["name"],
            "sign": line[match.start("sign") : end - len(raw)],
            "raw": raw,
            "value": self.value.text,
            "after": line[end : end + _FAR],
        }

    def rule(self, group: str) -> Rule | None:
        """The first rule of a group that applies."""
        for rule in _rules_for(group, self.context.kind, self.kind):
            for part, pattern in rule.patterns:
                if pattern.search(self.parts[part]) is None:
                    break
            else:
                return rule
        return None


def _check(assigned: _Assignment) -> Iterator[Candidate]:
    match, context, value = assigned.match, assigned.context, assigned.value
    name, sign = match["name"], match["sign"]
    may_be_secret = _may_be_secret(assigned)
    if may_be_secret and assigned.rule("other"):
        return
    if not (may_be_secret and _is_literal(assigned)):
        reject(match["raw"], assigned.kind, Outcome.EXPRESSION)
        return
    # A quoted value behind a comparison or a call is seldom configuration.
    is_code = sign in _COMPARED or sign in ",("
    place = Confidence.CODE if is_code and not is_of_service(name) else context
    meaning = assigned.rule("meaning")
    kind = meaning.means if meaning else None
    if name.lower() == "token" and PATTERNS["cloud options"].finds(_before(context, match.start())):
        kind = NameKind.K6
    yield from find_named(name, value, context.number, place, kind)


def _may_be_secret(assigned: _Assignment) -> bool:
    """False for sentences, empty values and words: most matches are these, and the rules for all others cost more."""
    match, context, value = assigned.match, assigned.context, assigned.value
    if (match["sign"] in ",(" and not value.is_quoted) or value.text.lower() in _UNSET:
        return False
    is_variable = context.kind is FileKind.CODE and not value.is_quoted
    may_be_of_other_kind = context.is_of_credentials or match["name"].lower() in _OF_OTHER_KINDS
    return is_variable or may_be_of_other_kind or can_be_secret(value.text, assigned.kind)


def _before(context: LineContext, start: int) -> str:
    """The text before a place, two lines back at most."""
    return "\n".join([*context.lines[max(0, context.number - 3) : context.number - 1], context.line[:start]])[-300:]


def _is_literal(assigned: _Assignment) -> bool:
    """True when the value is quoted, or may stand there without quotes; False when it is code."""
    value, match = assigned.value, assigned.match
    if assigned.rule("expression"):
        return False
    if match["sign"] in {",", "("}:
        # `["db-password", "api-token"]` is a list of names.
        is_first = assigned.parts["before"].rstrip("\"'` ")[-1:] in {"[", "("}
        return not (is_first and PATTERNS["joined name"].begins(value.text) and kind_of(value.text))
    if value.is_quoted or match["raw"].startswith('\\"'):
        return True
    rule = assigned.rule("bare")
    return rule is None or all(test(value.text, match, assigned.context) for test in rule.only)
