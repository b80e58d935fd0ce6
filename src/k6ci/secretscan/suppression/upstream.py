"""The exclude patterns that a `.secrets.baseline` of detect-secrets carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from k6ci.errors import SettingsError

_BY_FILTER = {
    "detect_secrets.filters.regex.should_exclude_file": "files",
    "detect_secrets.filters.regex.should_exclude_line": "lines",
    "detect_secrets.filters.regex.should_exclude_secret": "secrets",
}
_LONGEST_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Regular expressions; a finding is excluded when one of them is found in its path, its line or its value."""

    files: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def match(self, path: str, secret: str, line: str) -> bool:
        """True when a pattern excludes the finding."""
        return (
            any(re.search(pattern, path) for pattern in self.files)
            or any(re.search(pattern, line[:_LONGEST_LINE]) for pattern in self.lines)
            or any(re.search(pattern, secret) for pattern in self.secrets)
        )


NO_EXCLUSIONS = Exclusions()


def exclusions_of(document: Mapping[str, Any], path: str) -> Exclusions:
    """The patterns of a baseline, of version 1 (`filters_used`) or older (`exclude`).

    Raises:
        SettingsError: a pattern is none, or a filter is one that only detect-secrets can run.
    """
    found: dict[str, list[str]] = {"files": [], "lines": [], "secrets": []}
    older = document.get("exclude")
    older = older if isinstance(older, Mapping) else {}
    for kind in ("files", "lines"):
        found[kind] += [str(older[kind])] if older.get(kind) else []
    for used in document.get("filters_used") or ():
        name = str(used.get("path", "")) if isinstance(used, Mapping) else ""
        if name in _BY_FILTER:
            patterns = used.get("pattern") or []
            found[_BY_FILTER[name]] += [patterns] if isinstance(patterns, str) else [str(each) for each in patterns]
        elif name.startswith("file://") or "wordlist" in name:
            remedy = "Remove the filter from the baseline, or list the findings with `k6ci scan --update-baseline`."
            raise SettingsError(f"{path} uses a filter that only detect-secrets can run: {name}.", remedy)
    for pattern in (pattern for patterns in found.values() for pattern in patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            cause = f"{path} has an exclude pattern that is not a regular expression: {pattern!r} ({error})."
            raise SettingsError(cause, "Correct it, and scan again.") from error
    return Exclusions(*(tuple(found[kind]) for kind in ("files", "lines", "secrets")))
