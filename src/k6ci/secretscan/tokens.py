"""Tokens that are known by their own shape: Grafana's with their checks, and those of services that k6 tests talk to."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from k6ci.secretscan.candidates import Candidate
from k6ci.secretscan.letters import word_share
from k6ci.secretscan.lookalikes import is_repetitive, is_sequence

_GLSA = re.compile(r"glsa_(?P<body>[A-Za-z0-9]{32})_(?P<sum>[0-9a-fA-F]{8})(?![A-Za-z0-9])")
_GLC = re.compile(r"glc_(?P<body>[A-Za-z0-9+/_\-]{24,600}={0,2})")
_OLD_KEY = re.compile(r"(?<![A-Za-z0-9+/_\-])eyJrIjoi[A-Za-z0-9+/_\-]{24,300}={0,2}")
_PLACEHOLDER = re.compile(r"(?i)example|xxxx|your|dummy|redacted|placeholder|0{7}|1234567890|abcdefgh|fake|sample|aaaaaaaa|changeme")

# Each pattern begins with its own prefix, so a search finds it at once; the rest is what the vendor documents.
_VENDORS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (vendor, re.compile(r"(?<![A-Za-z0-9_])" + pattern + r"(?![A-Za-z0-9])"))
    for vendor, pattern in (
        ("GitHub", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
        ("GitHub", r"gh[pousr]_[A-Za-z0-9]{36,251}"),
        ("GitLab", r"gl(?:pat|dt|ft|soat|rt|ptt|cbt|imt|agent|oas)-[A-Za-z0-9_\-]{20,300}"),
        ("Google", r"AIza[A-Za-z0-9_\-]{35}"),
        ("Google", r"ya29\.[A-Za-z0-9_\-]{40,400}"),
        ("Google", r"GOCSPX-[A-Za-z0-9_\-]{28}"),
        ("AWS", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
        ("Slack", r"xox[abposre](?:\.xox[bp])?-(?:[0-9A-Za-z]{1,20}-){1,5}[A-Za-z0-9]{16,300}"),
        ("Slack", r"xapp-[0-9]-[A-Z0-9]{8,20}-[0-9]{8,20}-[a-z0-9]{32,80}"),
        ("Stripe", r"(?:sk|rk)_live_[A-Za-z0-9]{24,120}"),
        ("Stripe", r"whsec_[A-Za-z0-9+/]{32,80}"),
        ("npm", r"npm_[A-Za-z0-9]{36}"),
        ("PyPI", r"pypi-AgE[A-Za-z0-9_\-]{50,400}"),
        ("Hugging Face", r"hf_[A-Za-z]{34}"),
        ("DigitalOcean", r"do[opr]_v1_[a-f0-9]{64}"),
        ("Shopify", r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}"),
        ("SendGrid", r"SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}"),
        ("OpenAI", r"sk-(?:proj-|svcacct-)?[A-Za-z0-9_\-]{20,200}T3BlbkFJ[A-Za-z0-9_\-]{20,200}"),
        ("Anthropic", r"sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_\-]{80,120}"),
        ("HashiCorp Vault", r"hv[sb]\.[A-Za-z0-9_\-]{24,300}"),
        ("Postman", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
        ("New Relic", r"NRAK-[A-Z0-9]{27}"),
        ("Linear", r"lin_api_[A-Za-z0-9]{40}"),
        ("Databricks", r"dapi[a-f0-9]{32}(?:-[0-9])?"),
        ("Doppler", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_\-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
        ("Terraform", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,70}"),
        ("age", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
        ("Mailgun", r"key-[0-9a-f]{32}"),
        ("Square", r"sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43}"),
        ("Sentry", r"sntrys_[A-Za-z0-9+/=_\-]{40,400}"),
        ("RubyGems", r"rubygems_[a-f0-9]{48}"),
        ("PlanetScale", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_\-.]{32,64}"),
        ("Tailscale", r"tskey-[a-z]{3,10}-[A-Za-z0-9]{6,20}-[A-Za-z0-9]{16,64}"),
        ("Twilio", r"SK[0-9a-f]{32}"),
        ("Alibaba", r"LTAI[A-Za-z0-9]{16,24}"),
        ("1Password", r"ops_eyJ[A-Za-z0-9+/=]{250,1000}"),
    )
)
_WEBHOOKS = (
    re.compile(r"https://hooks\.slack\.com/(?:services|workflows)/T[A-Za-z0-9_]{6,12}/[AB][A-Za-z0-9_]{6,12}/(?P<body>[A-Za-z0-9_/]{16,60})"),
    re.compile(r"https://(?:\w{1,10}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/(?P<body>[A-Za-z0-9_\-]{50,80})"),
    re.compile(r"https://[a-z0-9\-]{1,60}\.webhook\.office\.com/webhookb2/(?P<body>[a-z0-9@\-]{36,80})/"),
)


def find(line: str, number: int) -> Iterator[Candidate]:
    """The tokens of known shape on one line."""
    yield from _grafana(line, number)
    for vendor, pattern in _VENDORS:
        for match in pattern.finditer(line):
            if _is_live(match.group()):
                yield Candidate(number, match.start() + 1, match.group(), "known-token", f"the shape of a {vendor} token")
    for pattern in _WEBHOOKS:
        for match in pattern.finditer(line):
            if _is_live(match["body"]):
                yield Candidate(number, match.start() + 1, match.group(), "known-token", "who has this webhook can post")


def glsa_checksum(body: str) -> str:
    """The last eight digits of a service account token: CRC-32 of what stands before them (grafana `pkg/apikeygen`)."""
    return f"{zlib.crc32(body.encode()):08x}"


def is_glsa(token: str) -> bool:
    """True when the checksum of a `glsa_` token is its own, with or without the prefix under the sum."""
    match = _GLSA.fullmatch(token)
    if match is None:
        return False
    body, stated = match["body"], match["sum"].lower()
    return stated in {glsa_checksum(body), glsa_checksum(f"glsa_{body}"), glsa_checksum(f"glsa_{body}_")}


def is_glc(token: str) -> bool:
    """True when what follows `glc_` is JSON with an organisation and a key: `{"o":…,"n":…,"k":…,"m":{…}}`."""
    return _has_keys(token.removeprefix("glc_"), ("o", "k"))


def is_old_key(token: str) -> bool:
    """True for an API key of Grafana before version 9: base64 of `{"k":…,"n":…,"id":…}`."""
    return _has_keys(token, ("k", "n", "id"))


def decode_json(text: str) -> Any:
    """What base64 (either alphabet, with or without padding) of JSON says, None when it is none."""
    body = text.rstrip("=").replace("-", "+").replace("_", "/")
    for cut in range(4):  # a greedy pattern may have taken up to three characters too many
        part = body[: len(body) - cut]
        try:
            return json.loads(base64.b64decode(part + "=" * (-len(part) % 4), validate=True))
        except (binascii.Error, ValueError, RecursionError):
            continue
    return None


def _grafana(line: str, number: int) -> Iterator[Candidate]:
    checks: tuple[tuple[re.Pattern[str], Callable[[str], bool], str, str], ...] = (
        (_GLSA, is_glsa, "grafana-service-account-token", "a Grafana service account token, its checksum is right"),
        (_GLC, is_glc, "grafana-cloud-token", "a Grafana Cloud access policy token, its structure is right"),
        (_OLD_KEY, is_old_key, "grafana-api-key", "a Grafana API key, its structure is right"),
    )
    for pattern, is_genuine, rule, reason in checks:
        for match in pattern.finditer(line):
            if is_genuine(match.group()):
                yield Candidate(number, match.start() + 1, match.group(), rule, reason)


def _has_keys(encoded: str, keys: tuple[str, ...]) -> bool:
    found = decode_json(encoded)
    if not isinstance(found, dict) or not all(key in found for key in keys):
        return False
    return isinstance(found["k"], str) and not is_repetitive(found["k"]) and _PLACEHOLDER.search(found["k"]) is None


def _is_live(token: str) -> bool:
    body = re.split(r"[_\-.]", token, maxsplit=1)[-1]
    if _PLACEHOLDER.search(token) or is_repetitive(body[-16:]) or is_sequence(body):
        return False
    return word_share(body) < 0.6 and len(set(body)) >= 8  # noqa: PLR2004
