"""What proves that a text is a token: a checksum or JSON in base64 (Grafana's), a signature (JSON Web Tokens).

An unsigned JSON Web Token opens nothing, and documentation is full of the examples of jwt.io and of the RFCs: both are
no secrets.
"""

from __future__ import annotations

import binascii
import contextlib
import zlib
from typing import Any

from k6ci.secretscan.detectors.known_tokens import is_live, is_placeholder
from k6ci.secretscan.heuristics.randomness import is_repetitive

# Characters of a signature in base64url: of a digest or a curve exactly, of others at least; RSA has 1024 bits or more.
_EXACT = {
    "HS256": 43, "HS384": 64, "HS512": 86, "ES256": 86, "ES256K": 86, "ES384": 128, "ES512": 176, "EDDSA": 86,
}  # fmt: skip
_SHORTEST, _SHORTEST_OF_RSA = 43, 171
# What the examples of jwt.io, of RFC 7515 and 7519, of libraries and of Supabase's local stack claim.
_EXAMPLE_CLAIMS = {
    "sub": ("1234567890", "1234", "user123", "user_123"), "name": ("John Doe", "Jane Doe"), "iat": (1516239022,),
    "iss": ("joe", "supabase-demo"), "foo": ("bar", "baz"), "some": ("payload",),
}  # fmt: skip


def glsa_checksum(body: str) -> str:
    """The last eight digits: CRC-32 of `glsa_` and the body, lowest byte first (Grafana's `satokengen/tokengen.go`)."""
    return zlib.crc32(f"glsa_{body}".encode()).to_bytes(4, "little").hex()


def is_glsa(token: str) -> bool:
    """True when the checksum of a `glsa_` token is its own; other tools write the sum with its highest byte first."""
    _, body, stated = token.split("_")
    others = {f"{zlib.crc32(text.encode()):08x}" for text in (f"glsa_{body}", body)}
    return stated.lower() in {glsa_checksum(body), *others}


def is_glc(token: str) -> bool:
    """True when what follows `glc_` is JSON with an organisation and a key: `{"o":…,"n":…,"k":…,"m":{…}}`."""
    return _has_keys(token.removeprefix("glc_"), ("o", "k"))


def is_old_key(token: str) -> bool:
    """True for an API key of Grafana before version 9: base64 of `{"k":…,"n":…,"id":…}`."""
    return _has_keys(token, ("k", "n", "id"))


def _decode_json(text: str) -> Any:
    """What base64 (either alphabet, with or without padding) of JSON says, None when it is none."""
    import json  # noqa: PLC0415 - every commit loads the detectors, and few need this

    body = text.rstrip("=").replace("-", "+").replace("_", "/")
    for cut in range(4):  # a greedy pattern may have taken up to three characters too many
        part = body[: len(body) - cut]
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(binascii.a2b_base64(part + "=" * (-len(part) % 4), strict_mode=True))
    return None


def _has_keys(encoded: str, keys: tuple[str, ...]) -> bool:
    found = _decode_json(encoded)
    if not isinstance(found, dict) or not all(key in found for key in keys):
        return False
    return isinstance(found["k"], str) and not is_repetitive(found["k"]) and not is_placeholder(found["k"])


def is_signed_token(text: str) -> bool:
    """True when header and claims are JSON, the signature looks like one, and it is no well-known example."""
    first, second, signature = text.split(".")
    header, claims = _decode_json(first), _decode_json(second)
    is_token = isinstance(header, dict) and isinstance(claims, dict)
    return is_token and _is_signed(header, signature) and not _is_example(claims)


def _is_signed(header: dict[str, Any], signature: str) -> bool:
    """True when the signature is as long as its algorithm makes it, and looks like one."""
    algorithm = str(header.get("alg", "none")).upper()
    shortest = _SHORTEST_OF_RSA if algorithm.startswith(("RS", "PS")) else _SHORTEST
    exact = _EXACT.get(algorithm)
    has_length = len(signature) == exact if exact else len(signature) >= shortest
    return algorithm != "NONE" and has_length and is_live(signature)


def _is_example(claims: dict[str, Any]) -> bool:
    """True when the claims are those of a well-known example, or name a placeholder as who issued it or for whom."""
    if any(claims.get(name) in values for name, values in _EXAMPLE_CLAIMS.items()):
        return True
    said = (claims.get(name) for name in ("iss", "sub", "name"))
    return any(isinstance(text, str) and is_placeholder(text) for text in said)
