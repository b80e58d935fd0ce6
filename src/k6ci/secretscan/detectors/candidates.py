"""Candidates, which detectors yield; what detectors share: values in quotes, and the check of a value behind a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k6ci.secretscan.data import patterns
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import Outcome, at_line, can_be_secret, is_secret, reject
from k6ci.secretscan.heuristics.names import NameKind, is_named_after, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated

# A value in quotes of any kind.
QUOTED = (
    r"\"\"\"[^\"\n]{1,500}\"\"\"|'''[^'\n]{1,500}'''|"
    r"\"(?:[^\"\\\n]|\\.){0,500}\"|'(?:[^'\\\n]|\\.){0,500}'|`[^`\n]{0,500}`"
)
_QUOTES = ('"""', "'''", "```", '"', "'", "`")
NAME = r"(?:[^\W\d]|\$)[\w.\-$]{0,80}+"
# The patterns of detectors.
PATTERNS = patterns(__file__, "patterns.ini", {"NAME": NAME, "QUOTED": QUOTED})
# The rule of a kind of name, and the word for its value.
_RULES = {
    NameKind.K6: ("k6-cloud-token", "token"),
    NameKind.TOKEN: ("assigned-token", "token"),
    NameKind.PHRASE: ("assigned-token", "secret"),
    NameKind.PASSWORD: ("assigned-password", "password"),
    NameKind.KEY: ("assigned-key", "key"),
}
_SHORTEST = 4


class Candidate(NamedTuple):
    """A value that a detector reports: `column` counts characters from 1, `rule` is one of `rules.RULES`.

    `name` is the name in front of the value, empty when it has none; `revoke` is where to revoke the value, empty when
    its vendor is not known.
    """

    line: int
    column: int
    value: str
    rule: str
    reason: str
    name: str = ""
    revoke: str = ""


class Value(NamedTuple):
    """A value as it stands in a line: `start` is the index of its first character."""

    text: str
    start: int
    is_quoted: bool


def unquote(raw: str, start: int) -> Value:
    """Strip one pair of quotes (also escaped ones, of JSON inside a string) and what code puts behind a bare value."""
    for quote in _QUOTES:
        size = len(quote)
        if len(raw) >= 2 * size and raw.startswith(quote) and raw.endswith(quote):
            inner = raw[size:-size]
            if len(inner) > 3 and inner[:2] in {'\\"', "\\'"} and inner[-2:] == inner[:2]:  # noqa: PLR2004
                return Value(inner[2:-2], start + size + 2, is_quoted=True)
            return Value(inner, start + size, is_quoted=True)
    start += len(raw) - len(raw.lstrip("\\\"'`"))
    bare = PATTERNS["next pair"].split(raw.lstrip("\\\"'`"), maxsplit=1)[0].rstrip(" \t\n,;")
    # The end of a head of a function: `password=None):`.
    bare = bare.removesuffix("):")
    while bare and (bare[-1] in "\"'`,;\\" or (bare[-1] in ")]}" and not _opens(bare))):
        bare = bare[:-1]
    return Value(bare, start, is_quoted=False)


def _opens(text: str) -> bool:
    return text.count({")": "(", "]": "[", "}": "{"}[text[-1]]) >= text.count(text[-1])


def shown_name(name: str) -> str:
    """The name as reports show it: empty when a part looks generated, because then it is a part of a longer value."""
    parts = PATTERNS["part of a name"].findall(name)
    return "" if any(is_generated(part, shortest=16) for part in parts) else name[:60]


def find_named(
    name: str, value: Value, number: int, place: Confidence | LineContext, kind: NameKind | None = None
) -> Iterator[Candidate]:
    """The candidate when the value is a secret at this confidence, or at the one that its context gives.

    `kind` overrides the kind of the name, where the context makes it more specific.
    """
    at_line(number)
    kind = kind or kind_of(name)
    # A value that repeats its name is a reference: `password: db-password`, `KEY=pgp:KEY`.
    if kind is None:
        return
    if len(value.text) < _SHORTEST:
        reject(value.text, kind, Outcome.TOO_SHORT)
        return
    is_of_credentials = isinstance(place, LineContext) and place.is_of_credentials
    if is_named_after(name, value.text):
        reject(value.text, kind, Outcome.NAME)
        if not is_of_credentials:
            return
    # `"key": "5f8e…"` is how tables of hashes are written.
    lowered = name.lower()
    if lowered in {"key", "type_key", "schema_key"} and PATTERNS["digest"].match(value.text):
        return
    if isinstance(place, LineContext):
        # The lines around cost more than the value; a piece of a long line has none.
        is_possible = is_of_credentials or len(place.lines) == 1 or can_be_secret(value.text, kind)
        confidence = place.confidence(name, value.text) if is_possible else None
    else:
        confidence = place
    if confidence is None or not is_secret(value.text, kind, confidence):
        return
    rule, word = _RULES[kind]
    if kind is NameKind.K6 and "grafana" in lowered and "k6" not in lowered:
        rule = "grafana-credential"
    shown = shown_name(name)
    subject = f"`{shown}`" if shown else "a name of a secret"
    reason = f"{subject} is assigned a literal that looks like a real {word}"
    yield Candidate(number, value.start + 1, value.text, rule, reason, shown)
