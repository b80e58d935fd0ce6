"""Suppression by comments: `k6ci:allow REASON`, and `pragma: allowlist secret` of detect-secrets.

The comment is on the line itself, directly before it, or directly before the statement that contains the line: a block
scalar of YAML, a heredoc, a continued line, a name/value pair.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from k6ci.secretscan.data import patterns

_PATTERNS = patterns(__file__, "comments.ini")
_REACH, _ITEM_REACH, _BLOCK_REACH = 400, 8, 20


class Allowance(enum.Enum):
    """Whether a line is allowed; NO_REASON is a comment that has no effect."""

    NONE = "none"
    NO_REASON = "no reason"
    ALLOWED = "allowed"


def has_allow_comment(text: str) -> bool:
    """False when no line of the text can be allowed."""
    return "k6ci:allow" in text or "pragma:" in text


def allowance(lines: Sequence[str], number: int) -> Allowance:
    """The effect of comments on a line (from 1), directly before it, and before its statement."""
    found = Allowance.NONE
    for start in dict.fromkeys(_first_lines(lines, number)):
        for text, is_before in _comments(lines, start, number):
            if (_PATTERNS["pragma for the next line"] if is_before else _PATTERNS["pragma"]).finds(text):
                return Allowance.ALLOWED
            allow = _PATTERNS["allow"].search(text) if not is_before or _PATTERNS["comment"].begins(text) else None
            if allow and _PATTERNS["reason"].begins(allow["rest"]):
                return Allowance.ALLOWED
            found = Allowance.NO_REASON if allow else found
    return found


def _comments(lines: Sequence[str], start: int, number: int) -> Iterator[tuple[str, bool]]:
    """The line where a statement starts, then the comment that ends before it, from its end: a line, or a block."""
    first = lines[start - 1]
    # The first line of a statement may carry the comment, unless the value of another key stands there.
    if start == number or _PATTERNS["block scalar"].finds(first) or _PATTERNS["heredoc"].finds(first):
        yield first, False
    is_in_block = False
    for text in reversed(lines[max(0, start - 2 - _BLOCK_REACH) : start - 1]):
        # Inside of a block comment a line needs no mark.
        yield f"# {text.strip()}" if is_in_block and not _PATTERNS["comment"].begins(text) else text, True
        is_in_block = is_in_block or _PATTERNS["end of a block"].finds(text)
        if not is_in_block or _PATTERNS["begin of a block"].finds(text):
            return


def _first_lines(lines: Sequence[str], number: int) -> Iterator[int]:
    """The line, and where its statement starts: a continued line, a heredoc, a block, an item of a list, a pair."""
    yield number
    first = number
    while first > 1 and number - first < _ITEM_REACH and _PATTERNS["continued"].finds(lines[first - 2]):
        first -= 1
    yield first
    indent = lowest = _indent(lines[number - 1])
    is_value = _PATTERNS["value of a pair"].begins(lines[number - 1])
    for index in range(number - 1, max(0, number - 1 - _REACH), -1):
        line = lines[index - 1]
        if not line.strip():
            continue
        opened = _PATTERNS["heredoc"].search(line)
        is_heredoc = opened and not any(text.strip() == opened["word"] for text in lines[index : number - 1])
        is_near = number - index <= _ITEM_REACH
        is_opened = is_near and is_value and _PATTERNS["opened block"].begins(line)
        is_block = _indent(line) < lowest and (is_opened or _PATTERNS["block scalar"].finds(line))
        is_item = is_near and _indent(line) <= indent and _PATTERNS["item"].begins(line)
        if is_heredoc or is_block or is_item:
            yield index
            if not (is_value and _PATTERNS["whole element"].begins(line)):
                return
        lowest = min(lowest, _indent(line))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
