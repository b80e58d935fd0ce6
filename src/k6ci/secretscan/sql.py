"""Passwords in SQL: `IDENTIFIED BY '…'`, `WITH PASSWORD '…'`, `SET password = '…'`, rows of users in a dump."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k6ci.secretscan.candidates import Candidate, Value, unquote
from k6ci.secretscan.judge import is_secret
from k6ci.secretscan.names import NameKind, kind_of
from k6ci.secretscan.place import Place, Spot

_SQL = re.compile(
    r"(?i)(?<!\bbe )(?<!\bis )(?<!\bare )"
    r"\b(?:identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?(?:by|as)|(?:encrypted\s{1,4})?password(?:\s{1,4}=)?(?:\s{1,4}(?:md5|sha1?|sha2|encrypt|password|crypt)(?=\())?)\s{0,4}(?:=\s{0,4})?\(?"
    r"(?P<raw>'[^'\n]{3,200}'|\"[^\"\n]{3,200}\")"
)
_CRYPT = re.compile(r"(?i)\bcrypt\(\s?(?P<raw>'[^'\n]{4,200}')\s?,\s?gen_salt\(")
# In lower case, and not at the beginning of a line, "identified by" is English.
_SQL_VERB = re.compile(
    r"(?i:\b(?:create|alter|grant|set\s{1,4}password)\b)|\bIDENTIFIED\b|^\W{0,40}identified\b|@\S{1,60}\s{1,4}identified\b|\b(?:to|user)\s{1,4}\S{1,60}\s{1,4}identified\b"
)
_INSERT = re.compile(
    r"(?i)\binsert\s{1,4}into\s{1,4}[^\s(]{1,100}\s{0,4}\((?P<columns>[^()\n]{1,400})\)\s{0,4}values\s{0,4}\("
    r"(?P<values>[^()\n]{1,800})\)"
)
_FIELD = re.compile(r"\s{0,4}('(?:[^'\\\n]|\\.){0,300}'|\"[^\"\n]{0,300}\"|[^,'\"]{1,200})\s{0,4}(?:,|$)")
# What is stored for a user ought to be a hash: it is none of ours to report.
_STORED = re.compile(r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|\*[0-9A-F]{40}|md5[0-9a-f]{32})$")


def find(spot: Spot) -> Iterator[Candidate]:
    """The passwords that statements on one line give to users."""
    lowered = spot.lowered
    for match in _CRYPT.finditer(spot.line) if "gen_salt" in lowered else ():
        yield from _judged(unquote(match["raw"], match.start("raw")), spot)
    if "password" in lowered or "identified" in lowered:
        if _SQL_VERB.search(spot.line):
            for match in _SQL.finditer(spot.line):
                yield from _judged(unquote(match["raw"], match.start("raw")), spot)
        if "insert" in lowered:
            yield from _in_rows(spot)


def _in_rows(spot: Spot) -> Iterator[Candidate]:
    for row in _INSERT.finditer(spot.line):
        names = [name.strip(" `\"'[]") for name in row["columns"].split(",")]
        for name, field in zip(names, _FIELD.finditer(row["values"]), strict=False):
            value = unquote(field[1], row.start("values") + field.start(1))
            if kind_of(name) is NameKind.PASSWORD and value.is_quoted:
                yield from _judged(value, spot)


def _judged(value: Value, spot: Spot) -> Iterator[Candidate]:
    if not _STORED.match(value.text) and is_secret(value.text, NameKind.PASSWORD, Place.LOGIN):
        reason = "SQL gives a user this password"
        yield Candidate(spot.number, value.start + 1, value.text, "assigned-password", reason)
