"""Hides secrets in the log, with the encoders of the runner (actions/runner, src/Sdk/DTLogging/ValueEncoders.cs)."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape

MASK = "***"
TRIMMED_FROM_LENGTH = 8
PIECE_FROM_LENGTH = 6


def _base64_from(offset: int) -> Callable[[str], str]:
    def encode(value: str) -> str:
        data = value.encode()
        return base64.b64encode(data[offset:] if len(data) > offset else data).decode()

    return encode


def _piece_before_ampersand(value: str) -> str:
    end = value.find("&+") + 2 if "&+" in value else value.rfind("&") + 1
    return value[:end] if end >= PIECE_FROM_LENGTH else ""


def _piece_after_ampersand(value: str) -> str:
    piece = value[value.rfind("&") + 1 :] if "&" in value else ""
    return piece if len(piece) >= PIECE_FROM_LENGTH else ""


ENCODERS: tuple[Callable[[str], str], ...] = (
    lambda value: value,
    *(_base64_from(offset) for offset in range(3)),
    lambda value: value.replace('"', '\\"'),
    lambda value: value.replace("'", "''"),
    lambda value: json.dumps(value)[1:-1],
    lambda value: urllib.parse.quote(value, safe="-_.~"),
    lambda value: escape(value, {'"': "&quot;", "'": "&apos;"}),
    lambda value: value[1:-1] if len(value) > TRIMMED_FROM_LENGTH and value[0] == value[-1] == '"' else "",
    _piece_before_ampersand,
    _piece_after_ampersand,
)


class Masker:
    """Grows during a job. No minimum length, as on GitHub: a mask of "1" ruins the log, and a test should see that."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide this value and each of its lines from now on."""
        for value in {secret, *secret.splitlines()}:
            if value.strip():
                self._forms.update(form for encode in ENCODERS if (form := encode(value)))

    def hide(self, text: str) -> str:
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text
