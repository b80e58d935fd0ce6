"""What is assigned to a name of a secret: a literal, or the code and texts that `assignments.ini` describes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.data import sections, spaced
from k6ci.secretscan.detectors.candidates import PATTERNS, Value, unquote
from k6ci.secretscan.detectors.position_checks import Check, check
from k6ci.secretscan.detectors.positions import file_kinds
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Pattern

_OPENERS = {"[": "=", "{": ":"}
_NEAR, _FAR = 40, 400


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
            files=file_kinds(fields.get("files", "")),
            kind=_kind(fields.get("kind")),
            patterns=tuple((part, Pattern(fields[part], example=texts[part])) for part in fields if part in texts),
            only=tuple(map(check, fields.get("only", "").split())),
            means=_kind(fields.get("means")),
        )
        found.append(rule)
    return found


def _kind(text: str | None) -> NameKind | None:
    return NameKind(text) if text else None


@lru_cache(maxsize=256)
def _rules_for(group: str, file: FileKind, kind: NameKind) -> list[Rule]:
    return [rule for rule in rules() if rule.group == group and file in rule.files and rule.kind in {None, kind}]


class Assignment:
    """An assignment to a name of a secret: its value, and its parts as the rules see them."""

    def __init__(self, match: re.Match[str], context: LineContext, kind: NameKind) -> None:
        line, start, end = match.string, match.start(), match.end()
        raw = (match["prefix"] or "") + match["raw"]
        self.match, self.context, self.kind = match, context, kind
        self.value = _unwrapped(match) or unquote(match["raw"], match.start("raw"))
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

    def is_of_other(self) -> bool:
        """True when the text shows that this is not an assignment to that name."""
        return self._rule("other") is not None

    def kind_by_rule(self) -> NameKind | None:
        """The kind of the secret where it is another than the name says."""
        rule = self._rule("meaning")
        return rule.means if rule else None

    def literal(self) -> Value | None:
        """The value when it is quoted, or may stand there without quotes; None when it is code."""
        value = self.value
        if self._rule("expression"):
            return None
        if self.match["sign"] in {",", "("}:
            return None if self._is_list_of_names() else value
        if value.is_quoted or self.match["raw"].startswith('\\"'):
            return value
        rule = self._rule("bare")
        tests = rule.only if rule else ()
        return value if all(test(value.text, self.match, self.context) for test in tests) else None

    def _rule(self, group: str) -> Rule | None:
        """The first rule of a group that applies."""
        for rule in _rules_for(group, self.context.kind, self.kind):
            for part, pattern in rule.patterns:
                if pattern.search(self.parts[part]) is None:
                    break
            else:
                return rule
        return None

    def _is_list_of_names(self) -> bool:
        """True for `["db-password", "api-token"]`."""
        is_first = self.parts["before"].rstrip("\"'` ")[-1:] in {"[", "("}
        return is_first and PATTERNS["joined name"].begins(self.value.text) and kind_of(self.value.text) is not None


def _unwrapped(match: re.Match[str]) -> Value | None:
    """The string inside of what is made of it; a list opens behind `=` alone, braces behind `:`."""
    raw, end = match["raw"], match.end()
    if "(" not in raw and raw[0] not in _OPENERS:
        return None
    is_opened = _OPENERS.get(raw[0], match["sign"]) == match["sign"] or raw.startswith("[]byte")
    wrapped = PATTERNS["wrapped string"].match(match.string, match.start("raw"), end + 500) if is_opened else None
    return unquote(wrapped["raw"], wrapped.start("raw")) if wrapped else None
