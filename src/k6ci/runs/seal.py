"""The seal of a run file: it was written with this token, for this CI job, and was not changed since.

Whoever opens a pull request can put a run.json into the checkout, and the second net would stop what it names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

KEY: Final = "hmac_sha256"
_PURPOSE: Final = b"k6ci run file, version 2"


@dataclasses.dataclass(frozen=True)
class Seal:
    """A key that is derived from the token, and the identity of the CI job (empty outside of CI)."""

    key: bytes = dataclasses.field(repr=False)
    job: str = ""

    @classmethod
    def of(cls, token: str, job: str) -> Seal:
        """The seal of who has this token, in this job."""
        bare = token.strip().strip("\ufeff").strip()
        return cls(hmac.digest(bare.encode(), _PURPOSE, hashlib.sha256), job)

    def sealed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with its code."""
        return {**document, KEY: self._code(document)}

    def fits(self, document: Mapping[str, Any]) -> bool:
        """Whether a sealed document is as it was written."""
        code = document.get(KEY)
        bare = {name: value for name, value in document.items() if name != KEY}
        return isinstance(code, str) and code.isascii() and hmac.compare_digest(code, self._code(bare))

    def _code(self, document: Mapping[str, Any]) -> str:
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
        return hmac.digest(self.key, canonical.encode(), hashlib.sha256).hex()
