"""Tokens of services that k6 tests talk to, by the shapes that their vendors document.

A pattern is compiled when one of its literals is met on a line, so the table costs nothing where it finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.text_shapes import is_repetitive, is_sequence
from k6ci.secretscan.patterns import Pattern, words


class Vendor(NamedTuple):
    """Who issues the token, what each token holds one of, and its shape; group `body`, if any, is the secret part."""

    name: str
    literals: tuple[str, ...]
    pattern: str


_PLACEHOLDER = Pattern(
    r"(?i)example|xxxx|your|dummy|redacted|placeholder|0{7}|1234567890|abcdefgh|fake|sample|aaaaaaaa|changeme"
)
VENDORS: tuple[Vendor, ...] = (
    Vendor("GitHub", ("github_pat_",), r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    Vendor("GitHub", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,251}"),
    Vendor(
        "GitLab",
        ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glptt-", "glcbt-", "glimt-", "glagent-", "gloas-"),
        r"gl(?:pat|dt|ft|soat|rt|ptt|cbt|imt|agent|oas)-[A-Za-z0-9_\-]{20,300}",
    ),
    Vendor("Google", ("AIza",), r"AIza[A-Za-z0-9_\-]{35}"),
    Vendor("Google", ("ya29.",), r"ya29\.[A-Za-z0-9_\-]{40,400}"),
    Vendor("Google", ("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_\-]{28}"),
    Vendor("AWS", ("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    Vendor("Slack", ("xox",), r"xox[abposre](?:\.xox[bp])?-(?:[0-9A-Za-z]{1,20}-){1,5}[A-Za-z0-9]{16,300}"),
    Vendor("Slack", ("xapp-",), r"xapp-[0-9]-[A-Z0-9]{8,20}-[0-9]{8,20}-[a-z0-9]{32,80}"),
    Vendor("Stripe", ("k_live_", "k_test_"), r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{24,120}"),
    Vendor("Stripe", ("whsec_",), r"whsec_[A-Za-z0-9+/]{32,80}"),
    Vendor("npm", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    Vendor("PyPI", ("pypi-AgE",), r"pypi-AgE[A-Za-z0-9_\-]{50,400}"),
    Vendor("Hugging Face", ("hf_",), r"hf_[A-Za-z]{34}"),
    Vendor("DigitalOcean", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[a-f0-9]{64}"),
    Vendor("Shopify", ("shpat_", "shpss_", "shpca_", "shppa_"), r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}"),
    Vendor("SendGrid", ("SG.",), r"SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}"),
    Vendor("OpenAI", ("T3BlbkFJ",), r"sk-(?:proj-|svcacct-)?[A-Za-z0-9_\-]{20,200}T3BlbkFJ[A-Za-z0-9_\-]{20,200}"),
    Vendor("Anthropic", ("sk-ant-",), r"sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_\-]{80,120}"),
    Vendor("HashiCorp Vault", ("hvs.", "hvb."), r"hv[sb]\.[A-Za-z0-9_\-]{24,300}"),
    Vendor("Postman", ("PMAK-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    Vendor("New Relic", ("NRAK-",), r"NRAK-[A-Z0-9]{27}"),
    Vendor("Linear", ("lin_api_",), r"lin_api_[A-Za-z0-9]{40}"),
    Vendor("Databricks", ("dapi",), r"dapi[a-f0-9]{32}(?:-[0-9])?"),
    Vendor(
        "Doppler",
        ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."),
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_\-]{2,35}\.)?[A-Za-z0-9]{40,44}",
    ),
    Vendor("Terraform", (".atlasv1.",), r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,70}"),
    Vendor("age", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    Vendor("Mailgun", ("key-",), r"key-[0-9a-f]{32}"),
    Vendor("Square", ("sq0atp-", "sq0csp-"), r"sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43}"),
    Vendor("Sentry", ("sntrys_",), r"sntrys_[A-Za-z0-9+/=_\-]{40,400}"),
    Vendor("RubyGems", ("rubygems_",), r"rubygems_[a-f0-9]{48}"),
    Vendor("PlanetScale", ("pscale_",), r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_\-.]{32,64}"),
    Vendor("Tailscale", ("tskey-",), r"tskey-[a-z]{3,10}-[A-Za-z0-9]{6,20}-[A-Za-z0-9]{16,64}"),
    Vendor("Twilio", ("SK",), r"SK[0-9a-f]{32}"),
    Vendor("Alibaba", ("LTAI",), r"LTAI[A-Za-z0-9]{16,24}"),
    Vendor("Telegram", (":AA",), r"bot[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
    Vendor("1Password", ("ops_eyJ",), r"ops_eyJ[A-Za-z0-9+/=]{250,1000}"),
    Vendor(
        "Slack webhook",
        ("hooks.slack.com",),
        r"https://hooks\.slack\.com/(?:services|workflows)/T[A-Za-z0-9_]{6,12}/[AB][A-Za-z0-9_]{6,12}/(?P<body>[A-Z"
        r"a-z0-9_/]{16,60})",
    ),
    Vendor(
        "Discord webhook",
        ("/api/webhooks/",),
        r"https://(?:\w{1,10}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/(?P<body>[A-Za-z0-9_\-]{50,80})",
    ),
    Vendor(
        "Teams webhook",
        (".webhook.office.com",),
        r"https://[a-z0-9\-]{1,60}\.webhook\.office\.com/webhookb2/(?P<body>[a-z0-9@\-]{36,80})/"
        r"(?:IncomingWebhook/[0-9a-f]{32}(?:/[0-9a-f\-]{36})?)?",
    ),
)
# TWILIO: capitals in front of 32 hex digits, which are half of every digest when case is folded.
_CASED = frozenset({"SK"})
TRIGGERS = (
    words(" ".join(sorted({one.lower() for vendor in VENDORS for one in vendor.literals if one not in _CASED}))),
    words("SK", rb"[0-9a-f]{32}", is_cased=True),
)
_ANY_LITERAL = Pattern("|".join(re.escape(literal) for vendor in VENDORS for literal in vendor.literals))


def find(line: str, number: int) -> Iterator[Candidate]:
    """The tokens of known vendors on one line."""
    met = set(_ANY_LITERAL.findall(line))
    if not met:
        return
    for vendor in VENDORS:
        if met.isdisjoint(vendor.literals):
            continue
        for match in compiled(vendor.pattern).finditer(line):
            body = match.groupdict().get("body") or re.split(r"[_\-.]", match.group(), maxsplit=1)[-1]
            if _is_live(match.group(), body):
                reason = f"the shape of a {vendor.name} token" if "webhook" not in vendor.name else f"a {vendor.name}"
                yield Candidate(number, match.start() + 1, match.group(), "known-token", reason)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Pattern:
    """The pattern of a vendor, which must not stand in the middle of a longer run."""
    return Pattern(rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9])")


def _is_live(token: str, body: str) -> bool:
    if _PLACEHOLDER.search(token) or is_repetitive(body[-16:]) or is_sequence(body):
        return False
    # Random capitals make words by chance, and nobody writes examples in them without a word of `_PLACEHOLDER`.
    is_named = word_share(body) >= 0.6 and body != body.upper()  # noqa: PLR2004
    return not is_named and len(set(body)) >= 8  # noqa: PLR2004 - a name has fewer
