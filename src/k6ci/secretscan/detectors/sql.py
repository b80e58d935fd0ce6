"""Passwords in SQL: `IDENTIFIED BY …`, `WITH PASSWORD = N'…'`, `sp_addlogin`, `SET password = '…'`, rows of users."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import Candidate, Value, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import DIGIT, Pattern, words

TRIGGERS = (
    words("passw identified", rb"[^\n]{0,40}[ =('\"][^\n]{4}"),
    words("gen_salt insert␣", rb"[^\n]{4}"),
    words("sp_addlogin sp_addlinkedsrvlogin sp_setapprole sp_addapprole openrowset"),
)

_SQL = Pattern(
    r"(?i)(?<!\bbe )(?<!\bis )(?<!\bare )"
    r"\b(?:identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?(?:by|as)|"
    r"(?:encrypted\s{1,4})?password(?:\s{1,4}=)?(?:\s{1,4}(?:md5|sha1?|sha2|encrypt|password|"
    r"crypt)(?=\())?)\s{0,4}(?:=\s{0,4})?\(?"
    r"N?(?P<raw>'[^'\n]{3,200}'|\"[^\"\n]{3,200}\")",
    example="CREATE LOGIN x WITH PASSWORD = N'changeme'",
)
# Oracle needs no quotes. What follows a verb of SQL is no English.
_BARE = Pattern(
    r"(?i)\b(?:(?:create|alter)\s{1,4}(?:user|role)|grant|connect\s{1,4}to)\b[^\n;]{1,120}?"
    r"\bidentified\s{1,4}by\s{1,4}(?!values\b|externally\b|globally\b)(?P<raw>[A-Za-z0-9_][^\s;'\"`]{2,60})",
    example="CREATE USER x IDENTIFIED BY changeme1",
)
# Procedures of T-SQL, and which of their arguments (from 0) are passwords.
_PROCEDURE = Pattern(
    r"(?i)\b(?P<name>sp_addlogin|sp_password|sp_addlinkedsrvlogin|sp_setapprole|sp_addapprole)\b"
    r"(?P<rest>[^\n;]{1,400})",
    example="EXEC sp_addlogin N'x', N'changeme1'",
)
_PASSWORDS_OF = {
    "sp_addlogin": (1,),
    "sp_password": (0, 1),
    "sp_addlinkedsrvlogin": (4,),
    "sp_setapprole": (1,),
    "sp_addapprole": (1,),
}
_ARGUMENT = Pattern(
    r"\s{0,8}(?:@(?P<name>\w{1,40})\s{0,4}=\s{0,4})?"
    r"(?:N?(?P<raw>'[^'\n]{0,200}')\s{0,8}(?:,|[\"')]{0,9}$)|[^\s,'@][^,'\n]{0,80}(?:,|$))",
    example="@passwd = N'changeme1',",
)
_OPENROWSET = Pattern(
    r"(?i)\bopenrowset\s{0,4}\(\s{0,4}N?'[^'\n]{1,80}'\s{0,4},\s{0,4}N?'[^'\n]{1,120}'\s{0,4};"
    r"\s{0,4}N?'[^'\n]{1,80}'\s{0,4};\s{0,4}N?(?P<raw>'[^'\n]{3,200}')",
    example="OPENROWSET('SQLNCLI', 'host'; 'user'; 'changeme1', 'SELECT 1')",
)
_CRYPT = Pattern(r"(?i)\bcrypt\(\s?(?P<raw>'[^'\n]{4,200}')\s?,\s?gen_salt\(", example="crypt('changeme1', gen_salt(")
# In lower case, and not at the beginning of a line, "identified by" is English.
_SQL_VERB = Pattern(
    r"(?i:\b(?:create|alter|grant|set\s{1,4}password)\b)|\bIDENTIFIED\b|^\W{0,40}identified\b|"
    r"@\S{1,60}\s{1,4}identified\b|\b(?:to|user)\s{1,4}\S{1,60}\s{1,4}identified\b",
    example="ALTER USER",
)
_VERB_WORDS = ("create", "alter", "grant", "set", "identified")
_PROSE_VERB = Pattern(r"(?i)\b(?:create|alter|grant|set\s{1,4}password)\b", example="ALTER USER")
_INSERT = Pattern(
    r"(?i)\binsert\s{1,4}into\s{1,4}[^\s(]{1,100}\s{0,4}\((?P<columns>[^()\n]{1,400})\)\s{0,4}values\s{0,4}\("
    r"(?P<values>[^()\n]{1,800})\)",
    example="INSERT INTO users (name, password) VALUES ('ann', 'changeme1')",
)
_FIELD = Pattern(
    r"\s{0,4}('(?:[^'\\\n]|\\.){0,300}'|\"[^\"\n]{0,300}\"|[^,'\"]{1,200})\s{0,4}(?:,|$)", example="'ann',"
)
# What is stored for a user ought to be a hash: it is none of ours to report.
_STORED = Pattern(
    r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|\*[0-9A-F]{40}|md5[0-9a-f]{32})$", example="0" * 32
)


def find(context: LineContext) -> Iterator[Candidate]:
    """The passwords that statements on one line give to users."""
    lowered = context.lowered
    for match in _CRYPT.finditer(context.line) if "gen_salt" in lowered else ():
        yield from _check(unquote(match["raw"], match.start("raw")), context)
    if "password" in lowered or "identified" in lowered:
        verb = _PROSE_VERB if context.kind is FileKind.PROSE else _SQL_VERB
        if any(word in lowered for word in _VERB_WORDS) and verb.search(context.line):
            for match in _SQL.finditer(context.line):
                yield from _check(unquote(match["raw"], match.start("raw")), context)
        if "insert" in lowered:
            yield from _in_rows(context)
        for match in _BARE.finditer(context.line) if "identified" in lowered else ():
            if context.kind is not FileKind.PROSE or DIGIT.search(match["raw"]):
                yield from _check(Value(match["raw"], match.start("raw"), is_quoted=False), context)
    if "sp_" in lowered:
        yield from _in_procedures(context)
    for match in _OPENROWSET.finditer(context.line) if "openrowset" in lowered else ():
        yield from _check(unquote(match["raw"], match.start("raw")), context)


def _in_procedures(context: LineContext) -> Iterator[Candidate]:
    for call in _PROCEDURE.finditer(context.line):
        positions = _PASSWORDS_OF[call["name"].lower()]
        for index, argument in enumerate(_ARGUMENT.finditer(call["rest"])):
            name = (argument["name"] or "").lower()
            is_password = "passw" in name or name in {"old", "new"} if name else index in positions
            if argument["raw"] and is_password:
                yield from _check(unquote(argument["raw"], call.start("rest") + argument.start("raw")), context)


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
