"""Literals that are credentials by their position, such as the last argument of a login call: the rules in `rules/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from k6ci.secretscan.data import expanded, sections, spaced
from k6ci.secretscan.detectors.candidates import NAME, QUOTED, Candidate, Value, find_named, shown_name, unquote
from k6ci.secretscan.detectors.position_checks import check
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import at_line, is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of, naming_words
from k6ci.secretscan.heuristics.vocabulary import NAMES, PATTERNS
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Pattern, Trigger

# How far behind a command its flags are searched, and how much of a line is joined with those below it.
_REACH = 400
_LONGEST_LINE = 4_000


class Position:
    """A rule; `rules/parts.ini` explains the fields."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.example = spaced(fields["example"])
        self.needs = tuple(map(spaced, fields.get("needs", "").split())) or ("",)
        self.is_of_quoted = "(?P<raw>{QUOTED})" in fields["pattern"]
        self.files = file_kinds(fields.get("files", ""))
        self.pattern = Pattern(expanded(fields["pattern"], _PARTS), example=self.example)
        self.is_of_flag = _PARTS["GAP"] in self.pattern.source or all("-" in word for word in self.needs)
        self.line = self._optional(fields.get("line"), self.example.partition("\n")[0])
        self.after = self._optional(fields.get("after"), self.example)
        self.strip = self._optional(fields.get("strip"), fields.get("stripped", ""))
        self.above, self.below = int(fields.get("above", "0")), int(fields.get("below", "0"))
        self.is_encoded = "decode" in fields
        self.only = tuple(map(check, fields.get("only", "").split()))
        kind = fields.get("kind", "password")
        self.is_checked = kind == "checked"
        self.kind = NameKind(kind) if kind not in {"by-name", "checked"} else None
        self.is_k6_possible = "k6" in fields
        self.name = fields.get("name", "")
        self.context = fields.get("context", "login")
        self.rule = fields.get("rule", "assigned-password")
        self.reason = fields.get("reason", "")

    @staticmethod
    def _optional(source: str | None, example: str) -> Pattern | None:
        return Pattern(expanded(source, _PARTS), example=example) if source is not None else None


def _trigger(text: str) -> Trigger:
    """The trigger `words`, `words → then`, or `before → words → then`."""
    text = expanded(text, _PARTS)
    *before, literals, then = text.split(" → ") if " → " in text else (text, "")
    signs = spaced(before[0]).replace("\\t", "\t") if before else ""
    return Trigger(literals, spaced(then).encode(), signs)


_SECTIONS = sections(__file__, "rules")
# Words of names of secrets that hold none of the rare words.
_RARE = [rare.replace("~", "") for rare in NAMES["rare"]]
_OTHER_NAMES = sorted(
    word
    for word in naming_words() | NAMES["foreign"]
    if word not in NAMES["frequent"] and not any(rare in word.replace("~", "") for rare in _RARE)
)
_PARTS = {
    "QUOTED": QUOTED,
    "NAME": NAME,
    "NAMES": " ".join([*sorted(NAMES["rare"]), *_OTHER_NAMES]),
    "OTHER_NAMES": " ".join(_OTHER_NAMES),
}
for _name, _text in _SECTIONS.pop("parts").items():
    _PARTS[_name] = expanded(_text, _PARTS)


def triggers(detector: str) -> tuple[Trigger, ...]:
    """The triggers of a detector: its own, and one for the keywords of each rule that has some."""
    found = _SECTIONS.get(detector, {}).get("triggers", "").split("\n")
    for name, fields in _SECTIONS.items():
        if "keywords" in fields and name.startswith(f"{detector}: "):
            found.append(fields["keywords"].replace("\n", " ") + r" → [^\n]{6}")
    return tuple(map(_trigger, filter(None, found)))


def file_kinds(text: str) -> frozenset[FileKind]:
    """The kinds of file that a text names, or all others behind `not`; all for an empty text."""
    named = frozenset(map(FileKind, text.removeprefix("not ").split()))
    return frozenset(FileKind) - named if text.startswith("not ") or not text else named


@lru_cache(maxsize=32)
def rules_of(detector: str) -> list[Position]:
    """The rules of a detector."""
    common = _SECTIONS.get(detector, {})
    return [Position({**common, **one}) for name, one in _SECTIONS.items() if name.startswith(f"{detector}: ")]


@lru_cache(maxsize=256)
def _rules_for(detector: str, kind: FileKind, has_quotes: bool, has_flags: bool) -> list[Position]:
    rules = [rule for rule in rules_of(detector) if kind in rule.files]
    return [rule for rule in rules if (has_quotes or not rule.is_of_quoted) and (has_flags or not rule.is_of_flag)]


def find(detector: str, context: LineContext) -> Iterator[Candidate]:
    """The credentials on one line, or right below it, by the rules of a detector."""
    lowered = context.lowered
    for rule in _rules_for(detector, context.kind, *context.signs):
        for word in rule.needs:  # a loop, because `any` takes three times as long, and every line tries every rule
            if word in lowered:
                for match in _matches(rule, context):
                    yield from _found(match, rule, context)
                break


def _matches(rule: Position, context: LineContext) -> Iterator[re.Match[str]]:
    text = context.line
    if rule.line is not None and not rule.line.search(text):
        return
    if rule.below:
        lines = context.lines[max(0, context.number - 1 - rule.above) : context.number + rule.below]
        text = "\n".join(line[:_LONGEST_LINE] for line in lines)
    if rule.after is None:
        yield from rule.pattern.finditer(text)
        return
    searched = 0
    for command in rule.after.finditer(text):
        # What the reach of one command covers is not searched again for the next.
        if command.end() >= searched:
            searched = command.end() + _REACH
            yield from rule.pattern.finditer(text, command.end(), searched)


def _found(match: re.Match[str], rule: Position, context: LineContext) -> Iterator[Candidate]:
    value = _value_of(match, rule)
    text = _decoded(value.text) if rule.is_encoded else value.text
    if not all(test(text, match, context) for test in rule.only):
        return
    number = max(1, context.number - rule.above) + match.string.count("\n", 0, value.start)
    value = value._replace(start=value.start - match.string.rfind("\n", 0, value.start) - 1)
    if not rule.reason:
        name = rule.name or next(each for group, each in match.groupdict().items() if each and group.startswith("name"))
        yield from find_named(name, value, number, _place(rule, context))
        return
    at_line(number)
    kind = rule.kind or (None if rule.is_checked else kind_of(match["name"]))
    if rule.is_k6_possible and kind is NameKind.TOKEN and PATTERNS["mention of k6"].finds(context.lowered):
        kind = NameKind.K6
    if rule.is_checked or (kind is not None and is_secret(text, kind, Confidence[rule.context.upper()])):
        id_ = "k6-cloud-token" if kind is NameKind.K6 else rule.rule
        shown = {group: shown_name(text or "") or "..." for group, text in match.groupdict().items()}
        yield Candidate(number, value.start + 1, value.text, id_, rule.reason.format_map(shown))


def _place(rule: Position, context: LineContext) -> Confidence | LineContext:
    if context.is_of_credentials or rule.context == "here":
        return context
    if rule.context == "setting":
        return Confidence.CONFIG if context.kind is FileKind.CODE else context
    return Confidence[rule.context.upper()]


def _value_of(match: re.Match[str], rule: Position) -> Value:
    group = next(name for name, text in match.groupdict().items() if text and name.startswith(("raw", "value")))
    start = match.start(group)
    value = unquote(match[group], start) if group.startswith("raw") else Value(match[group], start, is_quoted=True)
    return value._replace(text=rule.strip.sub("", value.text)) if rule.strip else value


def _decoded(text: str) -> str:
    """A part of a URL without the percent signs that encode ASCII."""
    return re.sub("%([0-7][0-9A-Fa-f])", lambda code: chr(int(code[1], 16)), text)
