"""GitHub Actions: masks, workflow commands, step outputs and the step summary.

Facts: the runner's source (2.336.0). Foreign output could forge workflow commands, so that everything k6ci writes
stands between `::stop-commands::TOKEN` and `::TOKEN::`, with a token that nobody can guess.
"""

from __future__ import annotations

import pathlib
import secrets as randomness
from collections.abc import Iterable, Mapping
from typing import Final

from k6ci.errors import ExitCode
from k6ci.results.model import Decision

_SHORTEST_MASK: Final = 6


class GitHub:
    """A step of a GitHub workflow."""

    name = "GitHub Actions"
    secret_variables: tuple[str, ...] = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    secrets_place = (
        "in the repository under Settings > Secrets and variables > Actions, and pass it to the step with "
        "`env: K6_CLOUD_TOKEN: ${{ secrets.K6_CLOUD_TOKEN }}`; pull requests from forks and Dependabot get no secrets"
    )

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._fence = randomness.token_hex(16)

    @property
    def repository(self) -> str | None:
        """GITHUB_REPOSITORY."""
        return self._environ.get("GITHUB_REPOSITORY")

    @property
    def summary_path(self) -> pathlib.Path | None:
        """GITHUB_STEP_SUMMARY."""
        path = self._environ.get("GITHUB_STEP_SUMMARY")
        return pathlib.Path(path) if path else None

    def masks(self, secrets: Iterable[str]) -> str:
        """Commands for the runner, which does not echo them."""
        return "".join(f"::add-mask::{_data(value)}\n" for value in secrets if len(value) >= _SHORTEST_MASK)

    def opening(self) -> str:
        """The fence."""
        return f"::stop-commands::{self._fence}\n"

    def closing(self, decision: Decision | None) -> str:
        """The end of the fence, and one annotation for a decision that is not green."""
        end = f"::{self._fence}::\n"
        if decision is None or decision.exit_code is ExitCode.PASSED:
            return end
        title = _property(f"k6 load test: {decision.verdict.value} (exit code {int(decision.exit_code)})")
        return f"{end}::error title={title}::{_data(f'{decision.reason} {decision.remedy}'.strip())}\n"

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Append to GITHUB_OUTPUT, each with a delimiter that no value can contain by design."""
        path = self._environ.get("GITHUB_OUTPUT")
        if not path:
            return
        with pathlib.Path(path).open("a", encoding="utf-8") as file:
            for name, value in outputs.items():
                delimiter = f"ghadelimiter_{randomness.token_hex(16)}"
                file.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
