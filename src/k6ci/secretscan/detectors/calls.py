"""Credentials given as arguments: `login("user", "…")`, `setPassword("…")`, `auth=("user", "…")`; see `positions.ini`.

What comes there is a password by its position, so a word is one, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import VALUE, words

TRIGGERS = (
    words(
        "passw login( auth credential signin sign_in userpass userpwd identified securestring tochararray jwt secret"
        " api_key",
        VALUE,
    ),
    *positions.triggers("calls"),
)


def find(context: LineContext) -> Iterator[Candidate]:
    """The credentials that stand as arguments on one line."""
    return positions.find("calls", context) if context.kind is not FileKind.LABELS else iter(())
