"""Literals that are credentials by their position, such as the last argument of a login call: `positions.ini`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.detectors.candidates import NAME, QUOTED, Candidate, Value, find_named, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.heuristics.text_shapes import is_words
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import DIGIT, Pattern, Trigger, words

_NO_WORD = Pattern(r"[0-9]|[a-z][-_.][a-z]{2,}[-_.][a-z]", example="walnut-tulip-river")
# What a rule may want of a value, besides being a secret; `match` and the context tell where it stands.
_TESTS: dict[str, Callable[[str, re.Match[str], LineContext], bool]] = {
    "digit": lambda value, _match, _context: DIGIT.finds(value),
    "no-space": lambda value, _match, _context: " " not in value,
    "not-the-user": lambda value, match, _context: value != match["user"],
    "long-and-generated": lambda value, _match, _context: is_generated(value, shortest=24),
    "one-word-or-password": lambda _value, match, _context: (
        " " not in match["raw"].strip() or kind_of(match["name"]) is NameKind.PASSWORD
    ),
    # Tests call these with words for names of things: a word alone says too little in code.
    "no-word-in-code": lambda value, _match, context: (
        context.kind is not FileKind.CODE or not is_words(value) or _NO_WORD.finds(value)
    ),
}


class Position(NamedTuple):
    """A rule; `positions.ini` explains the fields."""

    keywords: str
    needs: tuple[str, ...]
    is_of_quoted: bool
    files: frozenset[FileKind]
    pattern: Pattern
    strip: Pattern | None
    only: tuple[Callable[[str, re.Match[str], LineContext], bool], ...]
    kind: NameKind | None
    name: str
    confidence: Confidence | None
    rule: str
    reason: str


def _read() -> dict[str, list[Position]]:
    found: dict[str, list[Position]] = {}
    rules = sections(__file__, "positions.ini")
    parts = {
        "QUOTED": QUOTED,
        "NAME": NAME,
        **{name: text.replace("\n", "") for name, text in rules.pop("parts").items()},
    }
    for name, fields in rules.items():
        found.setdefault(name.partition(":")[0], []).append(_position(fields, parts))
    return found


def _position(fields: dict[str, str], parts: dict[str, str]) -> Position:
    def pattern(source: str, example: str) -> Pattern:
        for part, text in parts.items():
            source = source.replace(f"{{{part}}}", text)
        return Pattern(source.replace("\n", ""), example=example.replace("␣", " "))

    return Position(
        keywords=fields.get("keywords", ""),
        is_of_quoted="(?P<raw>{QUOTED})" in fields["pattern"],
        needs=tuple(word.replace("␣", " ") for word in fields.get("needs", "").split()),
        files=frozenset(map(FileKind, fields["files"].split())) if "files" in fields else frozenset(FileKind),
        pattern=pattern(fields["pattern"], fields["example"]),
        strip=pattern(fields["strip"], "\\n") if "strip" in fields else None,
        only=tuple(_TESTS[test] for test in fields.get("only", "").split()),
        kind=None if fields.get("kind") == "by-name" else NameKind(fields.get("kind", "password")),
        name=fields.get("name", ""),
        confidence=None if fields.get("context") == "here" else Confidence[fields.get("context", "login").upper()],
        rule=fields.get("rule", "assigned-password"),
        reason=fields.get("reason", ""),
    )


POSITIONS = _read()


def triggers(detector: str) -> tuple[Trigger, ...]:
    """The trigger of the keywords of a detector's rules; none without keywords."""
    keywords = dict.fromkeys(word for rule in POSITIONS[detector] for word in rule.keywords.split())
    return (words(" ".join(keywords), rb"[^\n]{6}"),) if keywords else ()


def find(detector: str, context: LineContext) -> Iterator[Candidate]:
    """The credentials on one line, by the rules of a detector."""
    has_quotes = any(quote in context.line for quote in "\"'`")
    for rule in POSITIONS[detector]:
        if context.kind not in rule.files or (rule.is_of_quoted and not has_quotes):
            continue
        if not rule.needs or any(word in context.lowered for word in rule.needs):
            for match in rule.pattern.finditer(context.line):
                value = _value_of(match, rule)
                if all(test(value.text, match, context) for test in rule.only):
                    yield from _check(value, match, rule, context)


def _check(value: Value, match: re.Match[str], rule: Position, context: LineContext) -> Iterator[Candidate]:
    if rule.kind is None:
        places = context if rule.confidence is None else (rule.confidence,)
        yield from find_named(rule.name or match["name"], value, context.number, places)
    elif is_secret(value.text, rule.kind, rule.confidence or Confidence.LOGIN):
        yield Candidate(context.number, value.start + 1, value.text, rule.rule, rule.reason)


def _value_of(match: re.Match[str], rule: Position) -> Value:
    group = next(name for name, text in match.groupdict().items() if text and name.startswith(("raw", "value")))
    start = match.start(group)
    value = unquote(match[group], start) if group.startswith("raw") else Value(match[group], start, is_quoted=True)
    return value._replace(text=rule.strip.sub("", value.text)) if rule.strip else value
