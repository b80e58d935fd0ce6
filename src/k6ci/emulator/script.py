"""A stored script: plain JavaScript, or a k6 archive (a tar whose metadata.json holds the options)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SIZE_LIMIT_BYTES = 100_000_000
_TAR_MAGIC_AT = 257
_SECRET_KEYS = frozenset({"token"})


class ScriptError(ValueError):
    """The uploaded bytes are an archive, but not a valid k6 archive."""


@dataclass(frozen=True)
class Script:
    """The uploaded bytes. They may hold a token (`k6 cloud run` adds it), so they are kept in memory only."""

    content: bytes = field(repr=False)

    @property
    def is_archive(self) -> bool:
        """Whether it is a tar, by its magic bytes as in k6; anything else is JavaScript."""
        return self.content[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar"

    @property
    def media_type(self) -> str:
        """The content type of the script in responses."""
        return "application/x-tar" if self.is_archive else "text/javascript"


class ScriptReplacements:
    """Scripts that replace the one of a load test just before its next start, as a parallel job could."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int | None, Script]] = []

    def add(self, load_test_id: int | None, script: Script) -> None:
        """Add a script for one start of a load test; None for the next start of any."""
        self._waiting.append((load_test_id, script))

    def take(self, load_test_id: int) -> Script | None:
        """Remove and return the oldest script for a start of this load test; None when there is none."""
        for index, (wanted, script) in enumerate(self._waiting):
            if wanted in {None, load_test_id}:
                del self._waiting[index]
                return script
        return None


def without_secrets(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options without tokens, for responses: real k6 writes the user's token into `cloud`."""
    return {key: _stripped(value) if key in {"cloud", "ext"} else value for key, value in options.items()}


def _stripped(value: Any) -> Any:
    """Remove tokens at any depth: k6 before 2.0 also writes one into `ext.loadimpact`."""
    if not isinstance(value, dict):
        return value
    return {name: _stripped(part) for name, part in value.items() if name not in _SECRET_KEYS}
