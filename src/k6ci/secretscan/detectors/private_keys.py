"""Private keys: PEM and its relatives, PuTTY keys, private JSON Web Keys. A block counts when key material follows.

The material may stand below the first line, behind it, or in string literals that are joined.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import PATTERNS, Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.randomness import is_repetitive, word_share
from k6ci.secretscan.patterns import Trigger

TRIGGERS = (Trigger("private␣key private+key private%20key openvpn␣static␣key putty-user-key-file"),)
_LINES_AHEAD = 24
_LONGEST_REST = 4_000
_SHORTEST_BODY = 40
_SHORTEST_LONG = 170


def find(context: LineContext) -> Iterator[Candidate]:
    """The private keys that begin on the line."""
    for match in PATTERNS["begin of a key"].finditer(context.line):
        body = _material(context, match)
        if body:
            yield Candidate(context.number, match.start() + 1, body, "private-key", "a private key with its material")


def _material(context: LineContext, match: re.Match[str]) -> str:
    """The base64 or hex that follows the first line, without what joins its parts; empty when there is none."""
    following = (context.line[match.end() :], *context.lines[context.number : context.number + _LINES_AHEAD])
    rest = "\n".join(line[:_LONGEST_REST] for line in following)[: 2 * _LONGEST_REST]
    closed = PATTERNS["end of a key"].search(rest)
    rest = PATTERNS["continued line"].sub("", rest[: closed.start()] if closed else rest)
    if "..." in rest or "…" in rest:
        return ""
    joined = PATTERNS["glue"].sub("", PATTERNS["header of a key"].sub("", rest))
    # PuTTY shows the public half first; what tells of a key's kind may stand in front of it.
    pattern = PATTERNS["body of a key"]
    found = pattern.search(joined[:600]) if "PuTTY" in match.group() else pattern.match(joined)
    body = found.group()[:2_000] if found else ""
    is_cut = closed is not None and len(body) < _SHORTEST_LONG and body.startswith("MII")
    return body if len(body) >= _SHORTEST_BODY and is_key_material(body) and not is_cut else ""


def is_key_material(body: str) -> bool:
    """True for base64 or hex as random as that of a key."""
    return (
        len(set(body)) >= 10  # noqa: PLR2004 - of 16 or 64
        and (any(map(str.isdigit, body)) or _has_mixed_case(body))
        and not is_repetitive(body)
        and word_share(body[:400]) < 0.5  # noqa: PLR2004 - half of it words
    )


def _has_mixed_case(body: str) -> bool:
    """Whether the case changes as often as in random letters; in `camelCaseNames` it does not."""
    return sum(one.isupper() != other.isupper() for one, other in itertools.pairwise(body)) > len(body) / 3
