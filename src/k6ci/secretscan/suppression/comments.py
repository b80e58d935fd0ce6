"""Allowed on purpose: `pragma: allowlist secret` of detect-secrets, and `k6ci:allow REASON`, which wants a reason.

Both stand on the line itself, or alone in a comment on the line before.
"""

from __future__ import annotations

import re

_PRAGMA = re.compile(r"(?:#|//|/\*|'|--|<!--|;)[ \t#]{0,20}pragma: ?(?:allow|white)list[ -]secret")
_PRAGMA_NEXT = re.compile(r"^\s{0,200}(?:#|//|/\*|'|--|<!--|;)[ \t#]{0,20}pragma: ?allowlist[ -]nextline[ -]secret")
_OWN = re.compile(r"k6ci:allow[ \t]{1,8}[^\s*\-<>/][^\s]?[^\n]{1,200}")
_OWN_ALONE = re.compile(
    r"^\s{0,200}(?:#|//|/\*|\{?/?\*|'|--|<!--|;)\s{0,20}k6ci:allow[ \t]{1,8}[^\s*\-<>/][^\n]{2,200}"
)


def is_allowed(line: str, previous: str) -> bool:
    """True when the line, or the comment before it, says that its secrets are meant to be there."""
    if "pragma" not in line and "k6ci" not in line and "pragma" not in previous and "k6ci" not in previous:
        return False
    if _PRAGMA.search(line) or _OWN.search(line):
        return True
    return _PRAGMA_NEXT.search(previous) is not None or _OWN_ALONE.search(previous) is not None
