"""Tokens of tests that must appear nowhere, and the search for one in every encoding."""

from __future__ import annotations

import base64
import secrets
import urllib.parse

from k6ci.redaction import Redactor


def new_canary() -> str:
    """A token that encoders have something to do with."""
    return secrets.token_hex(12) + "".join(secrets.choice("/+=%&-_.") for _ in range(6))


def encodings(token: str) -> list[bytes]:
    """The token as other programs would write it: found without the help of our own Redactor."""
    raw = token.encode()
    forms = {raw, raw.hex().encode(), urllib.parse.quote(token, safe="").encode(), raw[::-1]}
    for lead in (b"", b"a", b"ab"):
        cut = base64.b64encode(lead + raw).rstrip(b"=")
        forms |= {cut[4:-4], cut[4:-4].replace(b"+", b"-").replace(b"/", b"_")}
    return sorted(forms)


def assert_absent(token: str, data: bytes, where: str) -> None:
    for form in encodings(token):
        assert form not in data, f"the token is in {where}"
    assert Redactor([token]).data(data) == data, f"the token is in {where}, in some form"
