"""`.secrets.baseline` of detect-secrets: the findings that it lists, and its exclude patterns."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from k6ci.errors import SettingsError

Exclusions = frozenset[tuple[str, re.Pattern[str]]]
"""Pairs of `files`, `lines` or `secrets` and a pattern of the path, the line or the value of a finding."""

_KINDS = {f"detect_secrets.filters.regex.should_exclude_{kind}": f"{kind}s" for kind in ("file", "line", "secret")}
_LONGEST_LINE = 4_000
# NOTE: upstream's hash of a GitHub or GitLab token is that of its prefix, which stands for all of them.
_PREFIX_HASHES = frozenset(
    hashlib.sha1(prefix.encode(), usedforsecurity=False).hexdigest()
    for prefix in ("ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt")
)


def read_upstream(text: str, path: str) -> tuple[frozenset[tuple[str, str]], Exclusions]:
    """The pairs of path and hash in a baseline, and its exclude patterns.

    Raises:
        SettingsError: the text is no baseline, a pattern is none, or only detect-secrets can run a filter.
    """
    try:
        document = json.loads(text)
        entries = frozenset(
            # Written on Windows, paths have its separator.
            (name.replace("\\", "/"), str(secret["hashed_secret"]))
            for name, found in document["results"].items()
            for secret in found
            if secret["hashed_secret"] not in _PREFIX_HASHES
        )
        exclusions = frozenset((kind, re.compile(pattern)) for kind, pattern in _exclusions(document, path))
    except re.error as error:
        cause = f"{path} has an exclude pattern that is not a regular expression: {error.pattern!r} ({error})."
        raise SettingsError(cause, "Correct it, and scan again.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = "Create it with `k6ci scan --update-baseline` or `detect-secrets scan`."
        raise SettingsError(f"{path} is empty, or is not a baseline.", remedy) from error
    return entries, exclusions


def is_excluded(exclusions: Exclusions, path: str, secret: str, line: str) -> bool:
    """True when a pattern excludes the finding."""
    texts = {"files": path, "lines": line[:_LONGEST_LINE], "secrets": secret}
    return any(pattern.search(texts[kind]) for kind, pattern in exclusions)


def _exclusions(document: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """The patterns of version 1 (`filters_used`), or of an older one (`exclude`)."""
    for kind, pattern in (document.get("exclude") or {}).items():
        if kind in _KINDS.values() and pattern:
            yield kind, str(pattern)
    for used in document.get("filters_used") or ():
        name = str(used.get("path", ""))
        if name.startswith("file://") or "wordlist" in name:
            remedy = "Remove the filter from the baseline, or list the findings with `k6ci scan --update-baseline`."
            raise SettingsError(f"{path} uses a filter that only detect-secrets can run: {name}.", remedy)
        patterns = used.get("pattern") or () if name in _KINDS else ()
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            yield _KINDS[name], str(pattern)
