"""Secrets in HTTP headers: `Authorization: Token …`, `Bearer …`, `Basic …`, `X-Api-Key: …`, in any language."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import false_positive_of, is_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of, mentions_k6
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import RANDOM, VALUE, Pattern, words

TRIGGERS = (
    words("auth bearer token api~key apikey geniekey splunk secret", VALUE),
    words("basic␣", rb"[a-z0-9+/_\-]{8}"),
    words("key", RANDOM),
)

_SCHEME = Pattern(
    r"(?<![\w\-])(?P<scheme>Bearer|Token|token|bearer|BEARER|ApiKey|Apikey|GenieKey|Splunk|"
    r"PRIVATE-TOKEN)[ \t]{1,4}(?:[\"'`] ?[+.,] ?[\"'`])?(?:token=)?(?P<value>[A-Za-z0-9_\-.+/=~|:]{12,900})",
    example="Bearer changeme1changeme1",
)
_BASIC = Pattern(
    r"(?<![\w\-])[Bb]asic[ \t]{1,4}(?P<value>[A-Za-z0-9+/_\-]{8,1500}={0,2})", example="Basic YW5uOmNoYW5nZW1lMQ=="
)
# What clients of `.http` files put together by themselves.
_SPACED_BASIC = Pattern(
    r"^Authorization:\s{1,4}Basic\s{1,4}[\w.@\-]{1,60}[ :](?P<value>[^\s{}:]{4,100})\s{0,4}$",
    example="Authorization: Basic ann changeme1",
)
_NAMED = Pattern(
    r"(?i)(?<![\w\-])(?P<name>x-[a-z0-9\-]{0,30}(?:key|token|secret|auth)|authorization|proxy-authorization|"
    r"private-token|job-token|deploy-token|api-key|apikey|[a-z0-9]{2,20}-(?:token|api-key|secret)"
    r"|x-auth|x-vault-token|dd-api-key|x-k6-token)[\"'`]{0,2}\s{0,4}(?:[:,=]|is(?=\s)|to(?=\s)|"
    r"(?=\s{1,4}[\"']))\s{0,4}[\"'`]?(?:token|bearer|"
    r"apikey)?[ \t]{0,4}(?P<value>[A-Za-z0-9_\-.+/=~|]{10,900})",
    example="X-Api-Key: changeme1changeme1",
)
# Directives of web servers and proxies that set a header.
_DIRECTIVE = Pattern(
    r"^\s{0,40}(?:(?:proxy|grpc|uwsgi|scgi)_(?:set_header|param)|fastcgi_param|add_header|more_set_headers|"
    r"(?:Request)?Header\s{1,4}(?:always\s{1,4})?(?:set|add|append|merge|setifempty)|"
    r"http-re(?:quest|sponse)\s{1,4}(?:set|add)-header|header(?:_up|_down)?)\s{1,8}"
    r"[\"']?[+]?(?P<name>[A-Za-z][\w\-]{2,60})[\"']?:?\s{1,8}[\"']?"
    r"(?:Bearer\s|Token\s|ApiKey\s)?(?P<value>[A-Za-z0-9_\-.+/=~|]{10,900})",
    example="proxy_set_header X-Api-Key q1w9e4r7t2",
)
# What a line must hold for these, in lower case.
_SCHEMES = ("token", "bearer", "apikey", "geniekey", "splunk")
_NAMES = ("x-", "authorization", "-token", "api-key", "apikey")
_FEWEST_LETTERS = 16
_REACH = 400
_SHORTEST_PASSWORD = 3
# Of RFC 7617 and of documentation.
_EXAMPLE_USERS = frozenset({"aladdin", "user", "username", "foo", "test", "login"})
_WORDS = frozenset({"words", "identifier", "sequence"})


def find(context: LineContext) -> Iterator[Candidate]:
    """The credentials that headers on this line carry."""
    line, number, lowered = context.line, context.number, context.lowered
    is_authorization = "authorization" in lowered or "headervalue" in lowered
    is_k6 = mentions_k6(lowered)
    for match in _SCHEME.finditer(line) if any(word in lowered for word in _SCHEMES) else ():
        value = match["value"].rstrip(".,:;")
        if not is_authorization and match["scheme"] in {"token", "Token"}:
            continue
        if (
            is_generated(value, shortest=12 if is_authorization else _FEWEST_LETTERS)
            and false_positive_of(value) is None
        ):
            yield _candidate(number, match.start("value"), value, is_k6=is_k6)
    if "basic" in lowered:
        yield from _basic(context, is_authorization=is_authorization)
    directive = _DIRECTIVE.match(line) if "header" in lowered or "_param" in lowered else None
    if directive and (kind_of(directive["name"].removeprefix("HTTP_")) or "authorization" in directive["name"].lower()):
        value = directive["value"].rstrip(".,:;")
        if is_generated(value, shortest=12) and is_secret(value, NameKind.TOKEN, Confidence.CONFIG):
            yield _candidate(number, directive.start("value"), value, is_k6=is_k6)
    for match in _NAMED.finditer(line) if any(word in lowered for word in _NAMES) else ():
        value = match["value"].rstrip(".,:;")
        if "authorization" not in match["name"].lower() and kind_of(match["name"]) is None:
            continue
        if is_secret(
            value, NameKind.TOKEN, Confidence.CONFIG if is_authorization else Confidence.CODE
        ) and is_generated(value, shortest=12):
            yield _candidate(number, match.start("value"), value, is_k6=is_k6)


def _basic(context: LineContext, *, is_authorization: bool) -> Iterator[Candidate]:
    line, number = context.line, context.number
    for match in _BASIC.finditer(line):
        # In recordings the name of the header is on a line of its own, before or after the value.
        around = [each[:_REACH].lower().strip() for each in context.lines[max(0, number - 3) : number + 1]]
        if context.kind is FileKind.PROSE:  # a page explains the header, a recording has its name alone on a line
            is_named = any(each.endswith("authorization:") for each in around)
        else:
            is_named = is_authorization or any("authorization" in each for each in around)
        if _is_basic(match["value"]) or (is_named and is_login(match["value"])):
            yield _candidate(number, match.start("value"), match["value"], is_k6=False)
    for match in _SPACED_BASIC.finditer(line) if is_authorization else ():
        if is_secret(match["value"], NameKind.PASSWORD, Confidence.LOGIN):
            yield _candidate(number, match.start("value"), match["value"], is_k6=False)


def is_login(value: str) -> bool:
    """True when the value of an Authorization header, with its scheme or without, is base64 of a user and a password.

    There a short word is a password, too; users and passwords of examples are none.
    """
    pair = decode_basic(value.removeprefix("Basic ").removeprefix("basic ").strip())
    if pair is None or not pair[0] or pair[0].lower() in _EXAMPLE_USERS or pair[0] == pair[1]:
        return False
    password = pair[1]
    return len(password) >= _SHORTEST_PASSWORD and false_positive_of(password, _WORDS) is None


def decode_basic(value: str) -> tuple[str, str] | None:
    """User and password of a Basic value, None when it is none."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon and decoded.isprintable() else None


def _is_basic(value: str) -> bool:
    pair = decode_basic(value)
    if pair is None:
        return False
    user, password = pair
    is_token = is_generated(password, shortest=20) and false_positive_of(password) is None
    return is_token or is_secret(password, NameKind.PASSWORD, Confidence.LOGIN) or is_generated(user, shortest=20)


def _candidate(number: int, start: int, value: str, *, is_k6: bool) -> Candidate:
    rule = "k6-cloud-token" if is_k6 else "authorization-header"
    return Candidate(number, start + 1, value, rule, "an HTTP header contains a literal credential")
