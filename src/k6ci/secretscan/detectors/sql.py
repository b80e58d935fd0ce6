"""Passwords in SQL: `IDENTIFIED BY '…'`, `WITH PASSWORD '…'`, `SET password = '…'`, rows of users in a dump."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import Candidate, Value, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Pattern, words

TRIGGERS = (
    words("passw identified", rb"[^\n]{0,40}[ =('\"][^\n]{4}", rb"[^\n]{5}"),
    words("gen_salt insert␣", rb"[^\n]{4}"),
)

_SQL = Pattern(
    r"(?i)(?<!\bbe )(?<!\bis )(?<!\bare )"
    r"\b(?:identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?(?:by|as)|"
    r"(?:encrypted\s{1,4})?password(?:\s{1,4}=)?(?:\s{1,4}(?:md5|sha1?|sha2|encrypt|password|"
    r"crypt)(?=\())?)\s{0,4}(?:=\s{0,4})?\(?"
    r"(?P<raw>'[^'\n]{3,200}'|\"[^\"\n]{3,200}\")"
)
_CRYPT = Pattern(r"(?i)\bcrypt\(\s?(?P<raw>'[^'\n]{4,200}')\s?,\s?gen_salt\(")
# In lower case, and not at the beginning of a line, "identified by" is English.
_SQL_VERB = Pattern(
    r"(?i:\b(?:create|alter|grant|set\s{1,4}password)\b)|\bIDENTIFIED\b|^\W{0,40}identified\b|"
    r"@\S{1,60}\s{1,4}identified\b|\b(?:to|user)\s{1,4}\S{1,60}\s{1,4}identified\b"
)
_PROSE_VERB = Pattern(r"(?i)\b(?:create|alter|grant|set\s{1,4}password)\b", example="ALTER USER")
_INSERT = Pattern(
    r"(?i)\binsert\s{1,4}into\s{1,4}[^\s(]{1,100}\s{0,4}\((?P<columns>[^()\n]{1,400})\)\s{0,4}values\s{0,4}\("
    r"(?P<values>[^()\n]{1,800})\)"
)
_FIELD = Pattern(r"\s{0,4}('(?:[^'\\\n]|\\.){0,300}'|\"[^\"\n]{0,300}\"|[^,'\"]{1,200})\s{0,4}(?:,|$)")
# What is stored for a user ought to be a hash: it is none of ours to report.
_STORED = Pattern(r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|\*[0-9A-F]{40}|md5[0-9a-f]{32})$")


def find(context: LineContext) -> Iterator[Candidate]:
    """The passwords that statements on one line give to users."""
    lowered = context.lowered
    for match in _CRYPT.finditer(context.line) if "gen_salt" in lowered else ():
        yield from _check(unquote(match["raw"], match.start("raw")), context)
    if "password" in lowered or "identified" in lowered:
        verb = _PROSE_VERB if context.kind is FileKind.PROSE else _SQL_VERB
        if verb.search(context.line):
            for match in _SQL.finditer(context.line):
                yield from _check(unquote(match["raw"], match.start("raw")), context)
        if "insert" in lowered:
            yield from _in_rows(context)


def _in_rows(context: LineContext) -> Iterator[Candidate]:
    for row in _INSERT.finditer(context.line):
        names = [name.strip(" `\"'[]") for name in row["columns"].split(",")]
        for name, field in zip(names, _FIELD.finditer(row["values"]), strict=False):
            value = unquote(field[1], row.start("values") + field.start(1))
            if kind_of(name) is NameKind.PASSWORD and value.is_quoted:
                yield from _check(value, context)


def _check(value: Value, context: LineContext) -> Iterator[Candidate]:
    if not _STORED.match(value.text) and is_secret(value.text, NameKind.PASSWORD, Confidence.LOGIN):
        reason = "an SQL statement sets a literal password"
        yield Candidate(context.number, value.start + 1, value.text, "assigned-password", reason)
