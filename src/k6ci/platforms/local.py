"""No CI system that we know: a terminal, or another CI."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping

from k6ci.results.model import Decision


class Local:
    """A process that nobody but its reader watches."""

    name = "this machine"
    repository: str | None = None
    summary_path: pathlib.Path | None = None
    secret_variables: tuple[str, ...] = ()
    secrets_place = "in the environment of this process as K6_CLOUD_TOKEN; in CI, as a secret of that CI system"

    def opening(self, secrets: Iterable[str]) -> str:
        """Nothing."""
        del secrets
        return ""

    def closing(self, decision: Decision | None) -> str:
        """Nothing."""
        del decision
        return ""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Nothing."""
