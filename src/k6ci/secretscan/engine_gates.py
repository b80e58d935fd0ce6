"""For each plugin of the engine: where it lives, and a necessary condition for it to find anything on a line.

Conditions see the folded line (see `prefilter.fold`), those of entropy and capitals the line itself; a line that fails
the condition cannot make the plugin yield. They are looser than the plugin on purpose: it has the last word.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NamedTuple

KEYWORD_STEMS = (
    r"(?:api|auth|service|account|db|database|priv|private|client)_?key|(?:db|database|key)_?pass|password|passwd|"
    r"pwd|secret"
    "|contrase(?:ñ|n)a"
)


class Gate(NamedTuple):
    """A plugin (module and class of detect_secrets) and what a line needs for it: one of the literals, or a pattern."""

    module: str
    plugin: str
    admits: Callable[[str], object]
    literals: tuple[str, ...] = ()


def admitted(line: str, folded: str, *, wants_quotes: bool) -> list[Gate]:
    """The plugins that could find something on this line; `wants_quotes`: the file's type wants them around values."""
    has_run = _QUOTED_RUN(line) is not None
    has_quote = has_run or '"' in line or "'" in line
    found = [gate for gate in _PATTERNS if gate.admits(folded)]
    found += [gate for gate in _CASED if gate.admits(line)]
    if has_run:
        found += [gate for gate in _ENTROPY if gate.admits(line)]
    if _NEEDLE(folded):
        found += [gate for gate in _LITERALS if any(literal in folded for literal in gate.literals)]
    if (has_quote or "`" in line or not wants_quotes) and _keyword(folded):
        found.append(_KEYWORD_GATE)
    return sorted(found, key=_ORDER.__getitem__) if len(found) > 1 else found


def wants_quotes(path: str) -> bool:
    """True for the types of file in which the engine's keyword plugin looks at quoted values only."""
    return os.path.splitext(path)[1] not in _BARE_SUFFIXES


def has_bare_run(folded: str) -> bool:
    """True when a value that gets its quotes only from the INI or YAML reading could be one of high entropy."""
    # Folding takes away half of the different symbols at most.
    if any(2 * len(set(run)) >= BASE64_SYMBOLS or _is_hex(run) for run in _BARE_RUNS(folded)):
        return True
    return _PLAIN_RUN(folded) is not None and _ASSIGNED_RUN(folded) is not None


def _is_hex(run: str) -> bool:
    return any(len(set(part)) >= HEX_SYMBOLS for part in _HEX_RUN(run))


def _literal(module: str, plugin: str, *literals: str) -> Gate:
    return Gate(module, plugin, lambda line: any(literal in line for literal in literals), literals)


def _pattern(expression: str) -> Callable[[str], object]:
    return re.compile(expression).search


def _keyword(line: str) -> bool:
    if not ("key" in line or "pass" in line or "pwd" in line or "secret" in line or "contrase" in line):
        return False
    if ";" in line or "!=" in line or "==" in line:
        return _KEYWORD(line) is not None
    return any(_KEYWORD(match.group()) for match in _WORD_THEN(line))


def _entropy(quoted_run: str, symbols: int) -> Callable[[str], bool]:
    runs = re.compile(quoted_run).findall
    return lambda line: any(len(set(run)) >= symbols for run in runs(line))


# The entropy limits of the engine: more than 4.5 bit need 23 different symbols, more than 3.0 bit need 9.
BASE64_SYMBOLS = 23
HEX_SYMBOLS = 9
_QUOTED_RUN = re.compile(r"[\"'][A-Za-z0-9+/\\\-_=]{9}").search
_BASE64 = _entropy(r"[\"']([A-Za-z0-9+/\\\-_=]{23,})", BASE64_SYMBOLS)
_HEX = _entropy(r"[\"']([0-9a-fA-F]{9,})", HEX_SYMBOLS)
_BARE_RUNS = re.compile(r"[a-z0-9+/\\\-_=]{23,}|[0-9a-f]{9,}").findall
_PLAIN_RUN = re.compile(r"[a-z0-9_\-]{24}").search
_HEX_RUN = re.compile(r"[0-9a-f]{9,}").findall
_KEYWORD = re.compile(KEYWORD_STEMS).search
# What every pattern of the plugin has behind a keyword, but for those that look for `;` or a comparison.
_WORD_THEN = re.compile(r"(?<!\w)\w++(?:[\]'\"]{0,2}|\[[0-9]*\]|.assign)\s*+[:=!(]").finditer
_BARE_SUFFIXES = frozenset(
    (".yaml", ".yml", ".eyaml", ".cnf", ".conf", ".cfg", ".cf", ".ini", ".properties", ".toml", ".go")
)
_CLOUDANT = _pattern(r"cl(?:oudant|ou)?[_\-]?(?:api)?(?:key|pw|pass|token)|cloudant\.com")
_CLOUDANT_RUN = _pattern(r"[0-9a-f]{64}|[a-z]{24}")
_SOFTLAYER = _pattern(r"(?:softlayer|sl)[_\-]?(?:api)?[_\-]?(?:key|pw|pass|token)|api.softlayer.com")
_RUN_OF_64 = _pattern(r"[a-z0-9]{64}")
_ARTIFACTORY = _pattern(r"AKC[a-zA-Z0-9]{10}|AP[0-9A-F][a-zA-Z0-9]{8}")
_TWILIO = _pattern(r"(?:AC|SK)[a-z0-9]{32}")
_USERINFO = _pattern(r"://[^\s/]{1,2000}@")
_GITLAB = _pattern(r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|gr1348941")
_TELEGRAM = _pattern(r"[^\x00-/:-\x7f]{8}:[0-9a-z_\-]{35}")
_DISCORD = _pattern(r"\.[a-z0-9_\-]{6}\.[a-z0-9_\-]{27}")
_MAILCHIMP = _pattern(r"[0-9a-z]-us[0-9]")
_RUN_OF_44 = _pattern(r"[a-z0-9_\-]{44}")
_HEX_OF_48 = _pattern(r"[a-f0-9]{48}")
_ASSIGNED_RUN = _pattern(r"(?:key|pwd|pw|password|pass|token)[\"']?\]?[ :=]")

# Public IPv4 addresses have no plugin here: the engine's own filter drops every value without a letter.
GATES: tuple[Gate, ...] = (
    Gate("artifactory", "ArtifactoryDetector", _ARTIFACTORY),
    _literal("aws", "AWSKeyDetector", "akia", "a3t", "abia", "acca", "asia", "aws"),
    _literal("azure_storage_key", "AzureStorageKeyDetector", "accountkey="),
    Gate("high_entropy_strings", "Base64HighEntropyString", _BASE64),
    Gate("basic_auth", "BasicAuthDetector", lambda line: "://" in line and _USERINFO(line)),
    Gate("cloudant", "CloudantDetector", lambda line: "cl" in line and _CLOUDANT(line) and _CLOUDANT_RUN(line)),
    Gate("discord", "DiscordBotTokenDetector", lambda line: "." in line and _DISCORD(line)),
    _literal("github_token", "GitHubTokenDetector", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    Gate(
        "gitlab_token",
        "GitLabTokenDetector",
        lambda line: ("gl" in line or "gr1348941" in line) and _GITLAB(line),
    ),
    Gate("high_entropy_strings", "HexHighEntropyString", _HEX),
    Gate("ibm_cloud_iam", "IbmCloudIamDetector", lambda line: _RUN_OF_44(line) and _ASSIGNED_RUN(line)),
    Gate("ibm_cos_hmac", "IbmCosHmacDetector", lambda line: "secret" in line and _HEX_OF_48(line)),
    Gate("jwt", "JwtTokenDetector", lambda line: "eyj" in line and "." in line),
    Gate("keyword", "KeywordDetector", _keyword),
    Gate("mailchimp", "MailchimpDetector", lambda line: "-us" in line and _MAILCHIMP(line)),
    _literal("npm", "NpmDetector", ":_authtoken="),
    _literal("openai", "OpenAIDetector", "t3blbkfj"),
    _literal("private_key", "PrivateKeyDetector", "private key", "putty-user-key-file-2"),
    _literal("pypi_token", "PypiTokenDetector", "pypi-ag"),
    _literal("sendgrid", "SendGridDetector", "sg."),
    _literal("slack", "SlackDetector", "xox", "hooks.slack.com"),
    Gate("softlayer", "SoftlayerDetector", lambda line: "l" in line and _RUN_OF_64(line) and _SOFTLAYER(line)),
    _literal("square_oauth", "SquareOAuthDetector", "sq0csp-"),
    _literal("stripe", "StripeDetector", "k_live_"),
    Gate("telegram_token", "TelegramBotTokenDetector", lambda line: ":" in line and _TELEGRAM(line)),
    Gate("twilio", "TwilioKeyDetector", _TWILIO),
)

# The gates again, by what they ask: one look for all literals together spares most lines the look for each.
_ORDER = {gate: number for number, gate in enumerate(GATES)}
_LITERALS = tuple(gate for gate in GATES if gate.literals)
_NEEDLE = _pattern("|".join(re.escape(literal) for gate in _LITERALS for literal in gate.literals))
_ENTROPY = tuple(gate for gate in GATES if gate.admits in {_BASE64, _HEX})
(_KEYWORD_GATE,) = (gate for gate in GATES if gate.admits is _keyword)
_CASED = tuple(gate for gate in GATES if gate.admits in {_ARTIFACTORY, _TWILIO})
_PATTERNS = tuple(gate for gate in GATES if gate not in {*_LITERALS, *_ENTROPY, *_CASED, _KEYWORD_GATE})

# Plugins that are replaced by a mended subclass of the same name, and where it is.
REPAIRED = {
    "CloudantDetector": "k6ci.secretscan.engine_assigned",
    "GitHubTokenDetector": "k6ci.secretscan.engine_repairs",
    "GitLabTokenDetector": "k6ci.secretscan.engine_repairs",
    "IbmCloudIamDetector": "k6ci.secretscan.engine_assigned",
    "IbmCosHmacDetector": "k6ci.secretscan.engine_assigned",
    "JwtTokenDetector": "k6ci.secretscan.engine_repairs",
    "KeywordDetector": "k6ci.secretscan.engine_keyword",
    "SoftlayerDetector": "k6ci.secretscan.engine_assigned",
}
