"""detect-secrets, through its public API: the plugins that know a form which `known_tokens` does not.

The only importer of detect_secrets besides `plugins.py`. A gate says which lines a plugin could match, so the package
(and `requests`, which it imports and which nothing here calls) is loaded for those lines alone. Its plugins for
keywords and entropy are replaced by our own detectors, and its patterns are super-linear in runs of spaces: they see
the line without such runs.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import false_positive_of, is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.patterns import Pattern, Trigger

_KEYS = "key pwd pw password pass token"
_SIGN = rb"[\"']?\]?(?: {0,9}(?::=|::|=>|=|:) {0,9}| {1,9})[\"']?"
_ASSIGNED = rb"[_\-]?(?:api)?[_\-]?(?:key|pwd|pw|password|pass|token)" + _SIGN


class Plugin(NamedTuple):
    """A plugin's module and class, the shortest value worth reporting, and what a line must hold for it."""

    module: str
    name: str
    shortest: int
    trigger: Trigger


PLUGINS: tuple[Plugin, ...] = (
    Plugin("azure_storage_key", "AzureStorageKeyDetector", 40, Trigger("accountkey=", rb"[a-z0-9+/]{86}")),
    Plugin("cloudant", "CloudantDetector", 24, Trigger("cl_ cl- cloudant", _ASSIGNED + rb"[a-z0-9]{24}")),
    Plugin("cloudant", "CloudantDetector", 24, Trigger("cloudant.com", before=".")),
    Plugin("discord", "DiscordBotTokenDetector", 50, Trigger(".", rb"[a-z0-9_\-]{6}\.[a-z0-9_\-]{27}", is_long=True)),
    Plugin("ibm_cloud_iam", "IbmCloudIamDetector", 44, Trigger(_KEYS, _SIGN + rb"[a-z0-9_\-]{44}[^a-z0-9_\-]")),
    Plugin("ibm_cos_hmac", "IbmCosHmacDetector", 48, Trigger("secret", rb"[^\n]{0,40}[a-f0-9]{48}")),
    Plugin("npm", "NpmDetector", 16, Trigger(":_authtoken=", rb"[ \t]{0,9}(?:npm_|[a-f0-9\-]{36})")),
    Plugin("softlayer", "SoftlayerDetector", 64, Trigger("sl_ sl- softlayer", _ASSIGNED + rb"[a-z0-9]{64}")),
    Plugin("softlayer", "SoftlayerDetector", 64, Trigger("api.softlayer.com", rb"[^\n]{0,60}[a-z0-9]{64}")),
)
TRIGGERS = tuple(plugin.trigger for plugin in PLUGINS)
_SPACES = Pattern(r"[ \t]{2,}", example="a   b")


def find(context: LineContext) -> Iterator[Candidate]:
    """What the plugins find on one line and a person would want to see."""
    for plugin in PLUGINS:
        match = _gate(plugin.trigger).search(f"{context.lowered}\n")
        # To load the package takes as long as the scan of a thousand lines: names of methods have dots, too.
        if match and (not plugin.trigger.is_long or is_generated(context.line[match.start() + 1 : match.end()])):
            yield from _found(plugin, context)


def _found(plugin: Plugin, context: LineContext) -> Iterator[Candidate]:
    line = _SPACES.sub(" ", context.line)
    detector = _detector(plugin)
    found = detector.analyze_line(filename="", line=line, line_number=context.number)
    for value in sorted(secret.secret_value for secret in found):
        start = context.line.find(value)
        if start >= 0 and not _is_part(context.line, start, len(value)) and _is_live(value, plugin):
            reason = f"detect-secrets: {detector.secret_type}"
            yield Candidate(context.number, start + 1, value, "engine", reason)


@lru_cache(maxsize=32)
def _detector(plugin: Plugin) -> Any:
    return getattr(importlib.import_module(f"detect_secrets.plugins.{plugin.module}"), plugin.name)()


@lru_cache(maxsize=32)
def _gate(trigger: Trigger) -> re.Pattern[str]:
    """The trigger as a pattern over the line in lower case."""
    return re.compile(trigger.pattern.decode())


def _is_part(line: str, start: int, length: int) -> bool:
    """True when the value is cut out of a longer run, such as an image or a library in base64."""
    around = line[start - 1 : start] + line[start + length : start + length + 1]
    return any(sign.isalnum() or sign in "+/" for sign in around) and line[start : start + 1].isalnum()


def _is_live(value: str, plugin: Plugin) -> bool:
    bare = value.strip("\"'=: ")
    if len(bare) < plugin.shortest or not is_generated(bare, shortest=16):
        return False
    return false_positive_of(bare) is None or is_secret(bare, NameKind.TOKEN, Confidence.CONFIG)
