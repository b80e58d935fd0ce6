"""Which findings of the engine's plugins are worth a person's time.

The engine reports every quoted run of high entropy and everything behind a keyword; here each value is judged by
where it stands and how it looks, as our own detectors do.
"""

from __future__ import annotations

import re

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.engine import EngineSecret
from k6ci.secretscan.heuristics.context import Confidence, base_confidence
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.false_positives import false_positive_of
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind

_NAME_BEFORE = re.compile(
    r"(?P<name>[A-Za-z_$][\w.\-$/]{0,80})[\"'`\])]{0,3}\s{0,20}(?::=|=>|[:=(,])\s{0,20}[@bBrRuU]?[\"'`]?$"
)
# What the engine cannot tell from a look-alike, and our own detectors judge better.
_LEFT_TO_OTHERS = frozenset({"PrivateKeyDetector", "BasicAuthDetector", "NpmDetector"})
_BY_NAME = frozenset({"KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString"})
# `AC…` names an account.
_HEX_32 = re.compile(r"SK[0-9a-f]{32}")
_HASHED = re.compile(
    r"(?i)(?:hash|digest|sha\d{1,3}|md5)\w{0,10}!?\([^()\n]{0,60}\)[,\s=\"']{0,12}$|"
    r"public key(?: token)?[:=\s\"']{1,6}$"
)


def judge(secret: EngineSecret, line: str, kind: FileKind) -> Candidate | None:
    """The finding as a candidate of our own, None when it is not worth reporting; `line` is the line of the file."""
    start = secret.start
    if secret.plugin in _LEFT_TO_OTHERS or (start < 0 and secret.plugin in _BY_NAME):
        return None
    if secret.plugin in _BY_NAME:
        before = _NAME_BEFORE.search(line, max(0, start - 160), start)
        name_kind = kind_of(before["name"]) if before else None
        # `"key": "5f8e…"` is how tables of hashes are written.
        if before and before["name"].lower() == "key" and secret.plugin == "HexHighEntropyString":
            return None
        is_hashed = _HASHED.search(line, max(0, start - 100), start) is not None
        if is_hashed or name_kind is None or not is_secret(secret.value, name_kind, base_confidence(kind)):
            return None
        if secret.plugin == "KeywordDetector" and not is_generated(secret.value):
            return None
    elif not _is_live(secret) or _is_part(line, start, len(secret.value)):
        return None
    return Candidate(secret.line, max(start, 0) + 1, secret.value, "engine", f"detect-secrets: {secret.kind}")


def _is_part(line: str, start: int, length: int) -> bool:
    """True when the value is cut out of a longer run, such as an image or a library in base64."""
    around = line[start - 1 : start] + line[start + length : start + length + 1]
    return start >= 0 and any(sign.isalnum() or sign in "+/" for sign in around) and line[start : start + 1].isalnum()


def _is_live(secret: EngineSecret) -> bool:
    value = secret.value.strip("\"'=: ")
    if secret.plugin == "TwilioKeyDetector":
        return _HEX_32.fullmatch(value) is not None and is_generated(value[2:], shortest=16)
    if secret.plugin == "ArtifactoryDetector":
        return len(value) >= 24 and is_generated(value, shortest=24)  # noqa: PLR2004
    if secret.plugin == "JwtTokenDetector":
        return value.count(".") == 2 and len(value.rsplit(".", 1)[1]) >= 20 and is_generated(value)  # noqa: PLR2004
    return is_generated(value, shortest=16) and (
        false_positive_of(value) is None or is_secret(value, NameKind.TOKEN, Confidence.CONFIG)
    )
