"""Suppression by comments: `k6ci:allow REASON`, and `pragma: allowlist secret` of detect-secrets.

The comment is on the line itself, directly before it, or directly before the statement that contains the line: a block
scalar of YAML, a heredoc, a name/value pair.
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
    for start in (number, *_statements(lines, number)):
        for text, is_before in (*_own(lines, start, number), *((line, True) for line in _before(lines, start))):
            if (_PATTERNS["pragma for the next line"] if is_before else _PATTERNS["pragma"]).search(text):
                return Allowance.ALLOWED
            allow = _PATTERNS["allow"].search(text) if not is_before or _PATTERNS["comment"].match(text) else None
            if allow and _PATTERNS["reason"].match(allow["rest"]):
                return Allowance.ALLOWED
            found = Allowance.NO_REASON if allow else found
    return found


def _own(lines: Sequence[str], start: int, number: int) -> Iterator[tuple[str, bool]]:
    # The first line of a statement may carry the comment, unless the value of another key stands there.
    if (
        start == number
        or _PATTERNS["block scalar"].search(lines[start - 1])
        or _PATTERNS["heredoc"].search(lines[start - 1])
    ):
        yield lines[start - 1], False


def _before(lines: Sequence[str], number: int) -> Iterator[str]:
    """The comment that ends on the line before: one line, or a block of them."""
    if number < 2:  # noqa: PLR2004 - nothing before
        return
    last = lines[number - 2]
    yield last
    if not _PATTERNS["end of a block"].search(last) or _PATTERNS["begin of a block"].search(last):
        return
    for index in range(number - 3, max(-1, number - 3 - _BLOCK_REACH), -1):
        line = lines[index]
        # Inside of a block comment a line needs no mark.
        yield line if _PATTERNS["comment"].match(line) else f"# {line.strip()}"
        if _PATTERNS["begin of a block"].search(line):
            return


def _statements(lines: Sequence[str], number: int) -> Iterator[int]:
    """The first lines of the statements that the line is a part of."""
    indent = _indent(lines[number - 1])
    lowest = indent
    for index in range(number - 1, max(0, number - 1 - _REACH), -1):
        line = lines[index - 1]
        if not line.strip():
            continue
        opened = _PATTERNS["heredoc"].search(line)
        if opened and not any(text.strip() == opened["word"] for text in lines[index : number - 1]):
            yield index
            return
        if _indent(line) < lowest:
            lowest = _indent(line)
            if _PATTERNS["block scalar"].search(line):
                yield index
                return
        if number - index <= _ITEM_REACH and _PATTERNS["item"].match(line) and _indent(line) <= indent:
            yield index
            return


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
