"""What proves that a text is one of Grafana's own tokens: a checksum, or JSON in base64."""

from __future__ import annotations

import zlib
from typing import Any

from k6ci.secretscan.detectors.known_tokens import is_placeholder
from k6ci.secretscan.heuristics.randomness import is_repetitive
from k6ci.secretscan.patterns import Pattern

_GLSA = Pattern(r"glsa_(?P<body>[A-Za-z0-9]{32})_(?P<sum>[0-9a-fA-F]{8})", example=f"glsa_{'x' * 32}_{'0' * 8}")


def glsa_checksum(body: str) -> str:
    """The last eight digits: CRC-32 of `glsa_` and the body, lowest byte first (Grafana's `satokengen/tokengen.go`)."""
    return zlib.crc32(f"glsa_{body}".encode()).to_bytes(4, "little").hex()


def is_glsa(token: str) -> bool:
    """True when the checksum of a `glsa_` token is its own; other tools write the sum with its highest byte first."""
    match = _GLSA.fullmatch(token)
    if match is None:
        return False
    body, stated = match["body"], match["sum"].lower()
    others = (zlib.crc32(text.encode()) for text in (f"glsa_{body}", body))
    return stated == glsa_checksum(body) or stated in {f"{other:08x}" for other in others}


def is_glc(token: str) -> bool:
    """True when what follows `glc_` is JSON with an organisation and a key: `{"o":…,"n":…,"k":…,"m":{…}}`."""
    return _has_keys(token.removeprefix("glc_"), ("o", "k"))


def is_old_key(token: str) -> bool:
    """True for an API key of Grafana before version 9: base64 of `{"k":…,"n":…,"id":…}`."""
    return _has_keys(token, ("k", "n", "id"))


def decode_json(text: str) -> Any:
    """What base64 (either alphabet, with or without padding) of JSON says, None when it is none."""
    import base64  # noqa: PLC0415 - every commit loads the detectors, and few need these
    import binascii  # noqa: PLC0415 - same
    import json  # noqa: PLC0415 - same

    body = text.rstrip("=").replace("-", "+").replace("_", "/")
    for cut in range(4):  # a greedy pattern may have taken up to three characters too many
        part = body[: len(body) - cut]
        try:
            return json.loads(base64.b64decode(part + "=" * (-len(part) % 4), validate=True))
        except (binascii.Error, ValueError, RecursionError):
            continue
    return None


def _has_keys(encoded: str, keys: tuple[str, ...]) -> bool:
    found = decode_json(encoded)
    if not isinstance(found, dict) or not all(key in found for key in keys):
        return False
    return isinstance(found["k"], str) and not is_repetitive(found["k"]) and not is_placeholder(found["k"])
