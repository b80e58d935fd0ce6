"""For each plugin of the engine: where it lives, and a necessary condition for it to find anything on a line.

Conditions see the folded line (see `prefilter.fold`), those of entropy the line itself; a line that fails the condition
cannot make the plugin yield. They are looser than the plugin on purpose: the plugin itself has the last word.
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
    """A plugin (module and class of detect_secrets) and what a line needs for it."""

    module: str
    plugin: str
    admits: Callable[[str], object]
    sees_case: bool = False


def admitted(line: str, folded: str, *, wants_quotes: bool) -> list[Gate]:
    """The plugins that could find something on this line; `wants_quotes`: the file's type wants them around values."""
    return [
        gate
        for gate in GATES
        if gate.admits(line if gate.sees_case else folded)
        and not (wants_quotes and gate.plugin == "KeywordDetector" and _QUOTE(line) is None)
    ]


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


def _any_of(*literals: str) -> Callable[[str], object]:
    if len(literals) == 1:
        (literal,) = literals
        return lambda line: literal in line
    return lambda line: any(literal in line for literal in literals)


def _pattern(expression: str) -> Callable[[str], object]:
    return re.compile(expression).search


def _keyword(line: str) -> bool:
    if ";" in line or "!=" in line or "==" in line:
        return _KEYWORD(line) is not None
    return any(_KEYWORD(match.group()) for match in _WORD_THEN(line))


def _entropy(quoted_run: str, symbols: int) -> Callable[[str], bool]:
    runs = re.compile(quoted_run).findall
    return lambda line: any(len(set(run)) >= symbols for run in runs(line))


# The entropy limits of the engine: more than 4.5 bit need 23 different symbols, more than 3.0 bit need 9.
BASE64_SYMBOLS = 23
HEX_SYMBOLS = 9
_BASE64 = _entropy(r"[\"']([A-Za-z0-9+/\\\-_=]{23,})", BASE64_SYMBOLS)
_HEX = _entropy(r"[\"']([0-9a-fA-F]{9,})", HEX_SYMBOLS)
_BARE_RUNS = re.compile(r"[a-z0-9+/\\\-_=]{23,}|[0-9a-f]{9,}").findall
_PLAIN_RUN = re.compile(r"[a-z0-9_\-]{24}").search
_HEX_RUN = re.compile(r"[0-9a-f]{9,}").findall
_KEYWORD = re.compile(KEYWORD_STEMS).search
# What every pattern of the plugin has behind a keyword, but for those that look for `;` or a comparison.
_WORD_THEN = re.compile(r"(?<!\w)\w++(?:[\]'\"]{0,2}|\[[0-9]*\]|.assign)\s*+[:=!(]").finditer
_QUOTE = re.compile(r"[\"'`]").search
_BARE_SUFFIXES = frozenset(
    (".yaml", ".yml", ".eyaml", ".cnf", ".conf", ".cfg", ".cf", ".ini", ".properties", ".toml", ".go")
)
_CLOUDANT = _pattern(r"cl(?:oudant|ou)?[_\-]?(?:api)?(?:key|pw|pass|token)|cloudant\.com")
_CLOUDANT_RUN = _pattern(r"[0-9a-f]{64}|[a-z]{24}")
_SOFTLAYER = _pattern(r"(?:softlayer|sl)[_\-]?(?:api)?[_\-]?(?:key|pw|pass|token)|api.softlayer.com")
_RUN_OF_64 = _pattern(r"[a-z0-9]{64}")
_RUN_OF_44 = _pattern(r"[a-z0-9_\-]{44}")
_HEX_OF_48 = _pattern(r"[a-f0-9]{48}")
_ASSIGNED_RUN = _pattern(r"(?:key|pwd|pw|password|pass|token)[\"']?\]?[ :=]")

# Public IPv4 addresses have no plugin here: the engine's own filter drops every value without a letter.
GATES: tuple[Gate, ...] = (
    Gate("artifactory", "ArtifactoryDetector", _pattern(r"akc[a-z0-9]{10}|ap[0-9a-f][a-z0-9]{8}")),
    Gate("aws", "AWSKeyDetector", _any_of("akia", "a3t", "abia", "acca", "asia", "aws")),
    Gate("azure_storage_key", "AzureStorageKeyDetector", _any_of("accountkey=")),
    Gate("high_entropy_strings", "Base64HighEntropyString", _BASE64, sees_case=True),
    Gate("basic_auth", "BasicAuthDetector", _pattern(r"://[^\s/]{1,2000}@")),
    Gate("cloudant", "CloudantDetector", lambda line: "cl" in line and _CLOUDANT(line) and _CLOUDANT_RUN(line)),
    Gate("discord", "DiscordBotTokenDetector", _pattern(r"\.[a-z0-9_\-]{6}\.[a-z0-9_\-]{27}")),
    Gate("github_token", "GitHubTokenDetector", _any_of("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    Gate(
        "gitlab_token",
        "GitLabTokenDetector",
        _pattern(r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|gr1348941"),
    ),
    Gate("high_entropy_strings", "HexHighEntropyString", _HEX, sees_case=True),
    Gate("ibm_cloud_iam", "IbmCloudIamDetector", lambda line: _ASSIGNED_RUN(line) and _RUN_OF_44(line)),
    Gate("ibm_cos_hmac", "IbmCosHmacDetector", lambda line: "secret" in line and _HEX_OF_48(line)),
    Gate("jwt", "JwtTokenDetector", lambda line: "eyj" in line and "." in line),
    Gate("keyword", "KeywordDetector", _keyword),
    Gate("mailchimp", "MailchimpDetector", _pattern(r"[0-9a-z]-us[0-9]")),
    Gate("npm", "NpmDetector", _any_of(":_authtoken=")),
    Gate("openai", "OpenAIDetector", _any_of("t3blbkfj")),
    Gate("private_key", "PrivateKeyDetector", _any_of("private key", "putty-user-key-file-2")),
    Gate("pypi_token", "PypiTokenDetector", _any_of("pypi-ag")),
    Gate("sendgrid", "SendGridDetector", _any_of("sg.")),
    Gate("slack", "SlackDetector", _any_of("xox", "hooks.slack.com")),
    Gate("softlayer", "SoftlayerDetector", lambda line: _SOFTLAYER(line) and _RUN_OF_64(line)),
    Gate("square_oauth", "SquareOAuthDetector", _any_of("sq0csp-")),
    Gate("stripe", "StripeDetector", _any_of("k_live_")),
    Gate("telegram_token", "TelegramBotTokenDetector", _pattern(r"[^\x00-/:-\x7f]{8}:[0-9a-z_\-]{35}")),
    Gate("twilio", "TwilioKeyDetector", _pattern(r"(?:ac|sk)[a-z0-9]{32}")),
)

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
