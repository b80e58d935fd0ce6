"""Secrets in files that contain nothing but credentials: the sections of `inputs/credential_formats.ini`."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.decision import at_line, is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.inputs.credential_formats import formats_of
from k6ci.secretscan.patterns import Pattern

_LONGEST_LINE = 1_000


def find(path: str, lines: Sequence[str]) -> Iterator[Candidate]:
    """The secrets on all lines of a file whose name is that of a credential format."""
    for form in (one for one in formats_of(path) if one.line):
        pattern = Pattern(form.line, example=form.example)
        for number, line in enumerate(lines, 1):
            at_line(number)
            match = pattern.search(line[:_LONGEST_LINE])
            if match and _is_secret(match["value"], form.encoding):
                yield Candidate(number, match.start("value") + 1, match["value"], "assigned-password", form.reason)


def _is_secret(value: str, encoding: str) -> bool:
    if encoding == "hash":
        return value[0] in "${" or (any(map(str.isdigit, value)) and value.lower() != value)
    if encoding == "base64":
        try:
            value = binascii.a2b_base64(value, strict_mode=True).decode("utf-8")
        except ValueError:
            return False
    return is_secret(value, NameKind.PASSWORD, Confidence.CREDENTIALS)
