"""Secrets in URLs: `scheme://user:password@host` and `?token=…`, also in `k6 run --out influxdb=http://…`."""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import false_positive_of, is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.patterns import Pattern, words

LOGIN_TRIGGERS = (words("://", rb"[^\s/]{1,400}@"),)
TRIGGERS = (
    words("token passw pwd secret key auth code sig signature credential", rb"[^\n=]{0,24}=[^\n]{4}"),
    words("@tcp( @unix("),
    words("register", rb"[ \t]{0,4}=>"),
    words("thin: oci: oci8:", rb"[^\n]{0,64}/"),
)

_USERINFO = Pattern(
    r"\b[A-Za-z][A-Za-z0-9+.\-]{1,30}://(?P<user>[^\s:/?#@\"'<>`\[\]]{0,100}):(?P<password>[^\s,/?\"'<>`\[\]]{1,200}"
    r")@(?P<host>[^\s/:?#\"'<>`,;)]{0,200})",
    example="https://ann:changeme1@acme.io",
)
_TOKEN_USER = Pattern(
    r"\bhttps?://(?P<user>[A-Za-z0-9_\-]{20,200})(?::x-oauth-basic)?@[\w.\-]{3,200}",
    example=f"https://{'x' * 20}@acme.io",
)
_PUBLIC_DSN = Pattern(
    r"https?://[0-9a-f]{32}@[\w.\-]{3,200}(?::\d{1,5})?/(?:[\w\-]{1,40}/){0,3}\d{1,20}(?![\w/])",
    example=f"https://{'0' * 32}@x.io/1",
)
_QUERY = Pattern(
    r"[?&](?:amp;)?(?P<name>[A-Za-z_][\w\-.]{0,40})=(?P<value>[^\s&\"'<>`#\\)=][^\s&\"'<>`#\\)]{3,400})",
    example="?token=changeme1",
)
_LOGIN_QUERY = Pattern(r"(?i)(?:[?&;\"'`]|^)(?:amp;)?(?:user(?:name)?|login|uid)=", example="?user=")
_EXAMPLE_HOST = Pattern(
    r"(?i)(?:^|\.)(?:example|test|invalid)(?:\.(?:com|org|net|edu))?$"
    r"|^(?:host|hostname|server|domain|ip|[a-z])$|^<|^\{",
    example="www.example.com",
)


def find_logins(context: LineContext) -> Iterator[Candidate]:
    """The logins in front of the hosts of URLs on this line."""
    return logins_in(context.line, context.number)


def find_others(context: LineContext) -> Iterator[Candidate]:
    """The credentials in queries of URLs, and in the logins that drivers write in ways of their own."""
    line, number = context.line, context.number
    if "?" in line or "&" in line:
        yield from _in_query(line, number)
    yield from positions.find("urls", context)


def logins_in(line: str, number: int) -> Iterator[Candidate]:
    """The logins of URLs in a text that stands on line `number`."""
    for match in _USERINFO.finditer(line):
        password = _decoded(match["password"])
        if not password.isascii():
            password = match["password"]  # a percent sign that encodes nothing
        # A name that is its own password is how examples are written: `postgres:postgres@db`.
        if password == match["user"] or _EXAMPLE_HOST.search(match["host"]):
            continue
        # `https://:@host\@other`: a redirect that fools readers, without user and password.
        if not match["user"] and password.startswith("@"):
            continue
        if is_secret(password, NameKind.PASSWORD, Confidence.LOGIN):
            yield _candidate(number, match.start("password"), match["password"])
    for match in _TOKEN_USER.finditer(line):
        # The public half of an error tracker's key goes into every browser.
        if _PUBLIC_DSN.match(line, match.start()):
            continue
        if is_generated(match["user"], shortest=20) and false_positive_of(match["user"]) is None:
            yield _candidate(number, match.start("user"), match["user"])


def _decoded(password: str) -> str:
    if "%" not in password:
        return password
    from urllib.parse import unquote  # noqa: PLC0415 - every commit loads the detectors, and few need this

    return unquote(password)


def _in_query(line: str, number: int) -> Iterator[Candidate]:
    for match in _QUERY.finditer(line):
        is_short = match["name"].lower() in {"key", "sig", "signature", "auth", "code"}
        kind = NameKind.TOKEN if is_short else kind_of(match["name"])
        is_login = kind is NameKind.PASSWORD and _LOGIN_QUERY.search(line) is not None
        # A badge shows its token to everybody.
        if kind is None or line.endswith(".svg", 0, match.start()):
            continue
        if not (is_login or is_generated(match["value"], shortest=16)):
            continue
        if is_secret(match["value"], kind, Confidence.LOGIN if is_login else Confidence.CONFIG):
            yield _candidate(number, match.start("value"), match["value"])


def _candidate(number: int, start: int, value: str) -> Candidate:
    return Candidate(number, start + 1, value, "credential-url", "the URL contains a credential")
