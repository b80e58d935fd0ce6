"""Private keys in PEM: a block counts only when key material follows its first line, below it or behind it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.text_shapes import is_repetitive
from k6ci.secretscan.patterns import Pattern, words

TRIGGERS = (words("private␣key putty-user-key-file ls0tls1crudjti"),)

_BEGIN = Pattern(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[23]:")
_MATERIAL = Pattern(r"^[\s\"'#*/+>|,\\]{0,40}(?:\\n)?(?P<body>[A-Za-z0-9+/]{32,})")
_BETWEEN = Pattern(r"^[\s\"'#*/+>|,\\]*(?:$|[A-Z][A-Za-z\-]{2,20}: )")
_LINES_AHEAD = 8
_SHORTEST_LONG = 170
# `-----BEGIN ` in base64, as kubeconfig and CI variables hold keys.
_ENCODED = Pattern(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{60,}={0,2}")


def find(context: LineContext) -> Iterator[Candidate]:
    """The private keys that begin on the line."""
    line, lines, number = context.line, context.lines, context.number
    for match in _ENCODED.finditer(line) if "LS0tLS1CRUdJTi" in line else ():
        if b"PRIVATE KEY" in base64.b64decode(match.group()[:64]):
            yield Candidate(number, match.start() + 1, match.group(), "private-key", "a private key in base64")
    for match in _BEGIN.finditer(line):
        body = _material([line[match.end() : match.end() + 400], *lines[number : number + _LINES_AHEAD]])
        if body and not _is_cut(body, line) and not is_repetitive(body) and len(set(body)) >= 10:  # noqa: PLR2004
            yield Candidate(number, match.start() + 1, body, "private-key", "a private key with its material")


def _is_cut(body: str, line: str) -> bool:
    """True for the beginning of a key, as manuals show it: `MII…` announces at least 128 bytes."""
    return len(body) < _SHORTEST_LONG and body.startswith("MII") and ("-----END" in line or "..." in line)


def _material(following: Sequence[str]) -> str:
    for text in following:
        found = _MATERIAL.match(text[:400])
        if found:
            return found["body"]
        if not _BETWEEN.match(text[:400]) and not text.startswith(("Public-Lines", "Encryption", "Comment")):
            return ""
    return ""
