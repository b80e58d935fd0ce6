"""The literal value of an assignment, or nothing when the right side is an expression.

In code a bare word is a variable, so a literal needs quotes; a shell-like `NAME=value` in capitals needs none.
"""

from __future__ import annotations

import re

from k6ci.secretscan.detectors.candidates import QUOTED, Value, unquote
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import Pattern

_MIXED = Pattern(r"^(?=\S*[0-9])(?=\S*[A-Za-z])[\w!@#$%^&*+.\-]{8,40}$", example="walnut42")
_CAPITALS = Pattern(r"^[A-Z][A-Z0-9_]{3,80}$", example="DB_PASSWORD")
_DIGEST_BEFORE = Pattern(
    r"(?i)(?:checksum|digest|hash|sha\d{0,3}|md5|public key)[ /]?\(?[\"']?$|^\s{0,40}set /p $", example="sha256 ("
)
_IDENTIFIER_BEFORE = Pattern(r"\b(?:arn|did):", example="arn:aws")
_ASSIGNED = Pattern(r"= {0,3}$", example="x = ")
# What `go test` prints of each test.
_TEST_REPORT = Pattern(r"--- PASS:|^\s{0,40}PASS: (?:Test|Benchmark|Fuzz|Example)[A-Z_]", example="--- PASS: TestLogin")
_SED = Pattern(r"\bsed\b[^\n]{0,200}[\s\"'{;]s(?P<mark>[/|#,@!])", example="sed -e 's/")
_SED_REACH = 400
_UNPACKED = Pattern(r"(?:^|\s)\w{1,30}, ?$", example="user, ")
_COMMENT = Pattern(r"^\s{0,200}(?://|/?\*|#|--|;)", example="  // x")
# Of bare values in texts for people.
_SHORTEST_OF = {FileKind.PROSE: 10, FileKind.MARKUP: 10, FileKind.LABELS: 12}
# `SecretStr("…")`, `HeaderValue::from_static("…")`, the first of a list, a header of Go.
_WRAPPED = Pattern(
    r"(?:(?:[\w.]{1,20}(?:\.|::)){0,3}"
    r"(?:Secret(?:Str|Bytes|String)?|Sensitive|String|str|from_static|from|fromUtf8|parse|String\.new|Some|"
    r"SecretString::new|fromhex|decode64!?|bytes|md5|unsafePlainText|GetBytes|Data|\[\]byte)\("
    rf"|\{{(?=[\"'][^\"'\n]{{4,200}}[\"']\}})|\[)\s?[@bru]?(?P<raw>{QUOTED})",
    example='SecretStr("changeme1"',
)
_OPENERS = {"[": "=", "{": ":"}
_LISTED = Pattern(r"^[a-z][a-z0-9]{0,60}[-_/.][a-z0-9\-_/.]{1,100}$", example="db-password")
COMPARED = frozenset({"==", "===", "!=", "!=="})


def _is_of_text(match: re.Match[str]) -> bool:
    line, start, name = match.string, match.start(), match["name"]
    # `{cipher}{key:x}…` names the key that encrypted the rest; `sed s/password=…/` what is searched for.
    # `test "x$with_passwd" = xyes`: the value of a variable is compared.
    is_of_cipher = "{cipher}" in line[:start] or "$" in name[1:]
    is_folder = name in {"PWD", "OLDPWD"} and match["raw"].strip("\"'")[:1] in {"/", "$", "~"}
    is_report = name == "PASS" and _TEST_REPORT.search(line) is not None
    return is_of_cipher or is_folder or is_report or _is_of_sed(line, start)


def _is_of_sed(line: str, start: int) -> bool:
    begin = max(0, start - _SED_REACH)
    return line.find("sed", begin, start) >= 0 and _SED.search(line, begin, start) is not None


def is_part_of_other(match: re.Match[str]) -> bool:
    """True when the text before the name shows that this is not an assignment to that name."""
    line, start = match.string, match.start()
    before = line[start - 1 : start]
    # Parameters of URLs have a detector of their own: badges contain short public tokens.
    if before in {"?", "&"} or line.startswith("${", start - 2):
        return True
    # `arn:…:secret:x` and `did:key:x` are names.
    if before == ":" and _IDENTIFIER_BEFORE.search(line):
        return True
    if _is_of_text(match):
        return True
    # `command = package.password:main` names a function.
    if match["sign"] == ":" and "." in match["name"] and _ASSIGNED.search(line, max(0, start - 4), start):
        return True
    # `user, password = "wile", "coyote"`: the first value is not that of the last name.
    is_unpacked = match["sign"] == "=" and _UNPACKED.search(line, max(0, start - 40), start)
    return bool(is_unpacked or _DIGEST_BEFORE.search(line[max(0, start - 12) : start]))


def is_quoted(line: str, position: int) -> bool:
    """True when the place is inside of quotes."""
    before = line[:position].replace('\\"', "")
    return any(before.count(quote) % 2 for quote in "\"'`")


def _is_whole_string(match: re.Match[str]) -> bool:
    line, end = match.string, match.start("raw") + len(match["raw"].rstrip(",;)]} "))
    quote = line[match.start() - 1 : match.start()]
    return quote in {'"', "'"} and line[end - 1] == quote


def value_of(match: re.Match[str], kind: FileKind, name_kind: NameKind) -> Value | None:
    """The value when it may stand unquoted there, or is quoted; None when it is code."""
    sign, raw = match["sign"], match["raw"]
    value = _unwrapped(match) or unquote(raw, match.start("raw"))
    if match["prefix"] and match["prefix"] in "fF$" and "{" in raw:
        return None
    if sign in {",", "("}:
        before = match.string[: match.start()].rstrip("\"'` ")[-1:]
        # `"id": "app.password", "next": …`, and `["db-password", "api-token"]`: lists of names.
        after = match.string[match.end() :].lstrip()[:1]
        if after == ":" or (before in {"[", "("} and _LISTED.match(value.text) and kind_of(value.text) is not None):
            return None
        is_argument = value.is_quoted and (
            sign == "(" or (match["close"][:1] in {'"', "'"} and before in {"(", "[", "{"})
        )
        return value if is_argument else None
    if value.is_quoted or raw.startswith('\\"') or _may_be_bare(match, value, kind, name_kind):
        return value
    return None


def _unwrapped(match: re.Match[str]) -> Value | None:
    """The string inside of what is made of it; a list opens behind `=` alone, braces behind `:`."""
    raw, end = match["raw"], match.end()
    if "(" not in raw and raw[0] not in _OPENERS:
        return None
    is_opened = _OPENERS.get(raw[0], match["sign"]) == match["sign"] or raw.startswith("[]byte")
    wrapped = _WRAPPED.match(match.string, match.start("raw"), end + 500) if is_opened else None
    return unquote(wrapped["raw"], wrapped.start("raw")) if wrapped else None


def _is_expression(match: re.Match[str], kind: FileKind) -> bool:
    """True in Terraform, and between the braces of Helm and Go templates, where a bare word is a function."""
    line, position = match.string, match.start()
    if kind is FileKind.EXPRESSIONS and (match["sign"] != "=" or line[match.end("sign")] == " "):
        return True
    return line.rfind("{{", 0, position) > line.rfind("}}", 0, position)


def _may_be_bare(match: re.Match[str], value: Value, kind: FileKind, name_kind: NameKind) -> bool:
    """True when an unquoted word at this place is a value; in code it is a variable, in prose it may be just a word."""
    sign = match["sign"]
    after = match.string[match.end() :].lstrip()
    is_sentence = after[:1].isalpha() and sign == ":" and kind in {FileKind.CONFIG, FileKind.PROSE}
    if (
        _is_expression(match, kind)
        or is_sentence
        or sign in COMPARED
        or sign in {"=>", "->"}
        or match["raw"][0] in "{[<(,"
    ):
        return False
    is_comment = kind is FileKind.CODE and sign in {":", "="} and _COMMENT.match(match.string) is not None
    # `"--env", "DB_PASSWORD=…"`: the whole of a string.
    if is_comment or (kind is FileKind.CODE and sign == "=" and _is_whole_string(match)):
        return bool(re.search(r"[0-9]", value.text)) and is_generated(value.text)
    if _CAPITALS.match(match["name"]) and sign in {"=", ":", "?=", ":="}:
        return kind is not FileKind.CODE or is_generated(value.text, shortest=12)
    if kind is FileKind.PROSE and name_kind is NameKind.PASSWORD and not after and _MIXED.match(value.text):
        return True
    if kind in _SHORTEST_OF:
        return name_kind is NameKind.K6 or is_generated(value.text, shortest=_SHORTEST_OF[kind])
    return kind is not FileKind.CODE
