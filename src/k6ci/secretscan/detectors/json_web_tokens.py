"""What proves that a text is a signed JSON Web Token, whatever name it has or lacks.

An unsigned token opens nothing, and documentation is full of the examples of jwt.io and of the RFCs: both stay silent.
"""

from __future__ import annotations

from typing import Any

from k6ci.secretscan.detectors.grafana_tokens import decode_json
from k6ci.secretscan.detectors.known_tokens import is_live, is_placeholder

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


def is_signed_token(text: str) -> bool:
    """True when header and claims are JSON, the signature looks like one, and it is no well-known example."""
    first, second, signature = text.split(".")
    header, claims = decode_json(first), decode_json(second)
    is_token = isinstance(header, dict) and isinstance(claims, dict)
    return is_token and _is_signed(header, signature) and not _is_example(claims)


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
