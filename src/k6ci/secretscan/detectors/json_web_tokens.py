"""Signed JSON Web Tokens, known by what they are made of, whatever name they have or lack.

An unsigned token opens nothing, and documentation is full of the examples of jwt.io and of the RFCs: both stay silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.detectors.grafana_tokens import decode_json
from k6ci.secretscan.detectors.known_tokens import is_live, is_placeholder
from k6ci.secretscan.patterns import Pattern, words

# Three parts of base64url. The second begins as JSON does, `{"`; the first may begin with a space or a line end, too.
_JWT = Pattern(
    r"(?:(?<![A-Za-z0-9_\-.])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
    r"(?P<header>e[yw][A-Za-z0-9_\-]{14,4000}+)\.(?P<claims>e[yw][A-Za-z0-9_\-]{6,4000}+)\."
    r"(?P<signature>[A-Za-z0-9_\-]{20,1500}+)"
    r"(?![A-Za-z0-9_\-]|\.[A-Za-z0-9])",
    example=f"ey{'x' * 14}.ey{'x' * 6}.{'x' * 20}",
)
# Characters of a signature in base64url: of a digest or a curve exactly, of RSA at least (1024 bit).
_EXACT = {
    "HS256": 43, "HS384": 64, "HS512": 86, "ES256": 86, "ES256K": 86, "ES384": 128, "ES512": 176, "EDDSA": 86,
}  # fmt: skip
_SHORTEST_RSA = 171
_SHORTEST = 43
# What the examples of jwt.io, of RFC 7515 and 7519, and of Supabase's local stack claim.
_EXAMPLE_CLAIMS = {
    "sub": ("1234567890", "1234", "user123", "user_123"),
    "name": ("John Doe", "Jane Doe"),
    "iss": ("joe", "supabase-demo"),
    "iat": (1516239022,),
}


TRIGGERS = (words("ey ew", rb"[a-z0-9_\-]{14}"),)


def find(line: str, number: int) -> Iterator[Candidate]:
    """The signed JSON Web Tokens on one line."""
    if "." not in line or not ("ey" in line or "ew" in line):
        return
    for match in _JWT.finditer(line):
        header, claims = decode_json(match["header"]), decode_json(match["claims"])
        if not isinstance(header, dict) or not isinstance(claims, dict):
            continue
        if _is_signed(header, match["signature"]) and not _is_example(claims):
            yield Candidate(number, match.start() + 1, match.group(), "known-token", "it is a signed JSON Web Token")


def _is_signed(header: dict[str, Any], signature: str) -> bool:
    """True when the signature is as long as its algorithm makes it, and looks like one."""
    algorithm = str(header.get("alg", "none")).upper()
    if algorithm == "NONE":
        return False
    if algorithm in _EXACT:
        has_length = len(signature) == _EXACT[algorithm]
    else:
        has_length = len(signature) >= (_SHORTEST_RSA if algorithm[:2] in {"RS", "PS"} else _SHORTEST)
    return has_length and is_live(signature)


def _is_example(claims: dict[str, Any]) -> bool:
    """True when the claims are those of a well-known example, or name a placeholder as who issued it or for whom."""
    if any(claims.get(name) in values for name, values in _EXAMPLE_CLAIMS.items()):
        return True
    said = (claims.get(name) for name in ("iss", "sub", "name"))
    return any(isinstance(text, str) and is_placeholder(text) for text in said)
