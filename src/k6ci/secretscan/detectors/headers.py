"""Secrets in HTTP headers: `Authorization: Token …`, `Bearer …`, `Basic …`, `X-Api-Key: …`, in any language."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.false_positives import false_positive_of
from k6ci.secretscan.heuristics.names import NameKind, kind_of, mentions_k6
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.patterns import RANDOM, RANDOM_COARSE, VALUE, VALUE_COARSE, Pattern, words

TRIGGERS = (
    words("auth bearer basic␣ token api~key apikey geniekey splunk secret", VALUE, VALUE_COARSE),
    words("key", RANDOM, RANDOM_COARSE),
)

_SCHEME = Pattern(
    r"(?<![\w\-])(?P<scheme>Bearer|Token|token|bearer|BEARER|ApiKey|Apikey|GenieKey|Splunk|"
    r"PRIVATE-TOKEN)[ \t]{1,4}(?:[\"'`] ?[+.,] ?[\"'`])?(?:token=)?(?P<value>[A-Za-z0-9_\-.+/=~|:]{12,900})"
)
_BASIC = Pattern(r"(?<![\w\-])[Bb]asic[ \t]{1,4}(?P<value>[A-Za-z0-9+/_\-]{8,1500}={0,2})")
# What clients of `.http` files put together by themselves.
_SPACED_BASIC = Pattern(r"^Authorization:\s{1,4}Basic\s{1,4}[\w.@\-]{1,60}[ :](?P<value>[^\s{}:]{4,100})\s{0,4}$")
_NAMED = Pattern(
    r"(?i)(?<![\w\-])(?P<name>x-[a-z0-9\-]{0,30}(?:key|token|secret|auth)|authorization|proxy-authorization|"
    r"private-token|job-token|deploy-token|api-key|apikey|[a-z0-9]{2,20}-(?:token|api-key|secret)"
    r"|x-auth|x-vault-token|dd-api-key|x-k6-token)[\"'`]{0,2}\s{0,4}(?:[:,=]|is(?=\s)|to(?=\s)|"
    r"(?=\s{1,4}[\"']))\s{0,4}[\"'`]?(?:token|bearer|"
    r"apikey)?[ \t]{0,4}(?P<value>[A-Za-z0-9_\-.+/=~|]{10,900})"
)
# What a line must hold for these, in lower case.
_SCHEMES = ("token", "bearer", "apikey", "geniekey", "splunk")
_NAMES = ("x-", "authorization", "-token", "api-key", "apikey")
_FEWEST_LETTERS = 16


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
        yield from _basic(line, number, is_authorization=is_authorization)
    for match in _NAMED.finditer(line) if any(word in lowered for word in _NAMES) else ():
        value = match["value"].rstrip(".,:;")
        if "authorization" not in match["name"].lower() and kind_of(match["name"]) is None:
            continue
        if is_secret(
            value, NameKind.TOKEN, Confidence.CONFIG if is_authorization else Confidence.CODE
        ) and is_generated(value, shortest=12):
            yield _candidate(number, match.start("value"), value, is_k6=is_k6)


def _basic(line: str, number: int, *, is_authorization: bool) -> Iterator[Candidate]:
    for match in _BASIC.finditer(line):
        if _is_basic(match["value"]):
            yield _candidate(number, match.start("value"), match["value"], is_k6=False)
    for match in _SPACED_BASIC.finditer(line) if is_authorization else ():
        if is_secret(match["value"], NameKind.PASSWORD, Confidence.LOGIN):
            yield _candidate(number, match.start("value"), match["value"], is_k6=False)


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
