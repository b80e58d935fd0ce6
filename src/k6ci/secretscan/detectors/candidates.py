"""Candidates, which detectors yield, and parsing of quoted values that several detectors share."""

from __future__ import annotations

from typing import NamedTuple

from k6ci.secretscan.patterns import Pattern

# `--set a=1,b=2`: the value ends where the next name begins.
_NEXT_PAIR = Pattern(r"[,;](?=\s?[A-Za-z][\w. \-]{0,60}=)", example="a=1,b=2")
_TRAILING = Pattern(r"[\s,;]+$", example="x;")
# A value in quotes of any kind, or a bare one; group `quoted` keeps its quotes.
QUOTED = (
    r"\"\"\"[^\"\n]{1,500}\"\"\"|'''[^'\n]{1,500}'''|"
    r"\"(?:[^\"\\\n]|\\.){0,500}\"|'(?:[^'\\\n]|\\.){0,500}'|`[^`\n]{0,500}`"
)
_TRIPLE = ('"""', "'''", "```")
NAME = r"(?:[^\W\d]|\$)[\w.\-$]{0,80}+"


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
    if len(raw) > len(_TRIPLE) * 2 and raw[:3] in _TRIPLE and raw[-3:] == raw[:3]:
        return Value(raw[3:-3], start + 3, is_quoted=True)
    if len(raw) > 1 and raw[0] in "\"'`" and raw[-1] == raw[0]:
        inner = raw[1:-1]
        if len(inner) > 3 and inner[:2] in {'\\"', "\\'"} and inner[-2:] == inner[:2]:  # noqa: PLR2004
            return Value(inner[2:-2], start + 3, is_quoted=True)
        return Value(inner, start + 1, is_quoted=True)
    shift = 0
    while raw[shift : shift + 1] in {"\\", '"', "'", "`"} and shift < len(raw):
        shift += 1
    bare = _TRAILING.sub("", _NEXT_PAIR.split(raw[shift:], maxsplit=1)[0])
    # The end of a head of a function: `password=None):`.
    bare = bare.removesuffix("):")
    while bare and (bare[-1] in "\"'`,;\\" or (bare[-1] in ")]}" and not _opens(bare))):
        bare = bare[:-1]
    return Value(bare, start + shift, is_quoted=False)


def _opens(text: str) -> bool:
    return text.count({")": "(", "]": "[", "}": "{"}[text[-1]]) >= text.count(text[-1])
