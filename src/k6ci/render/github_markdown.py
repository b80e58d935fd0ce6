"""Parts of Markdown in GitHub's dialect: texts of others made inert, tables, collapsed sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from k6ci.lines import one_line

_LONGEST_NAME: Final = 160
# Followed by an empty line, after which Markdown is read again. No foreign text stands in an HTML element.
BEGIN_DETAILS: Final = ("<details>", "<summary>{}</summary>", "")
END_DETAILS: Final = "</details>"
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|~#$])")
# What GitHub and GitLab turn into links, mentions and pictures without markup; a zero-width space prevents that.
# GitLab's `&1 $1 %1 ~name` are an epic, a snippet, a milestone and a label, also after a backslash.
_AUTOMATIC: Final = re.compile(
    r"@|#|!(?=\d)|&amp;(?=\d)|[$%~](?=[\w\"])|\bGH-(?=\d)|:(?=//|[\w+\\-]+:)|\bwww(?=\.)|\bmailto:|\bxmpp:",
    re.IGNORECASE,
)
_AT_START: Final = re.compile(r"^(\d*)([-+=.)])")
# Pages that k6ci's own messages link to; names that others choose do not become links.
_OURS: Final = re.compile(r"https://(?:github\.com/k6ci/|(?:[\w-]+\.)*grafana\.(?:com|net)/)[\w./#-]*[\w/]")


def escaped(text: object) -> str:
    """Foreign text inside Markdown: no formatting, no table cell, no HTML, no mention, no link but to our own pages."""
    flat = one_line(" ".join(str(text).split()))
    pieces, position = [], 0
    for page in _OURS.finditer(flat):
        pieces += [_inert(flat[position : page.start()]), page[0]]
        position = page.end()
    return _AT_START.sub(r"\1\\\2", "".join([*pieces, _inert(flat[position:])]))


def _inert(text: str) -> str:
    plain = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;"))
    return _AUTOMATIC.sub("\\g<0>\u200b", plain)


def short_name(text: str) -> str:
    """A name that others chose, escaped, and shortened if it is as long as a paragraph."""
    return escaped(text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…")


def collapsed(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A section that a click opens; the title is text of our own."""
    yield ""
    yield from (line.format(title) for line in BEGIN_DETAILS)
    yield from lines
    yield ""
    yield END_DETAILS


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table; a column whose head begins with `-` is aligned to the right."""
    yield ""
    yield f"| {' | '.join(one.removeprefix('-') for one in head)} |"
    yield f"|{''.join('--:|' if one.startswith('-') else '---|' for one in head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
