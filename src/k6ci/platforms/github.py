"""GitHub Actions: masks, workflow commands, step outputs and the step summary.

Foreign output could forge workflow commands, so that everything k6ci writes goes to one stream, between the beginning
and the end of a fence (ci/github.py).
"""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, Final

from k6ci.ci import github
from k6ci.errors import ExitCode
from k6ci.results.model import Decision
from k6ci.runs.mark import Job

# The `matrix` context as JSON, which no variable of the runner holds: action.yml hands it over.
MATRIX: Final = "K6CI_MATRIX"


class GitHub:
    """A step of a GitHub workflow."""

    name = "GitHub Actions"
    secret_variables: tuple[str, ...] = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    secrets_place = (
        "in the repository under Settings > Secrets and variables > Actions, and pass it to the step with "
        "`env: K6_CLOUD_TOKEN: ${{ secrets.K6_CLOUD_TOKEN }}`; pull requests from forks and Dependabot get no secrets"
    )

    folds = True
    obeys_output = True
    cautions: tuple[str, ...] = ()

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._fence = github.Fence()

    @property
    def is_fork(self) -> bool:
        """By the event's payload: the head of the pull request is in another repository, or in none any more."""
        pull_request = self._event().get("pull_request")
        if not isinstance(pull_request, dict):
            return False
        head, base = pull_request.get("head"), pull_request.get("base")
        return isinstance(head, dict) and isinstance(base, dict) and _repository(head) != _repository(base)

    @property
    def job(self) -> Job | None:
        """The workflow run and the job's id; attempts of a workflow run follow each other."""
        run_id, attempt = self._environ.get("GITHUB_RUN_ID"), self._environ.get("GITHUB_RUN_ATTEMPT")
        if not run_id or not attempt:
            return None
        host = urllib.parse.urlsplit(self._environ.get("GITHUB_SERVER_URL") or "").hostname or "github"
        parts = (host, self.repository or "", run_id, self._environ.get("GITHUB_JOB") or "")
        return Job("/".join(parts), attempt)

    @property
    def leg(self) -> str | None:
        """The values of the matrix, as GitHub itself names its jobs."""
        try:
            matrix = json.loads(self._environ.get(MATRIX) or "null")
        except ValueError:
            return None
        values = matrix.values() if isinstance(matrix, dict) else ()
        return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values) or None

    def fold(self, title: str) -> str:
        """A group; the fence is taken down for this one command, and put up again with another word."""
        return self._fence.around(github.group(title))

    def unfold(self) -> str:
        """The end of the group."""
        return self._fence.around("::endgroup::")

    def _event(self) -> dict[str, Any]:
        """The payload of the event; empty when there is none to read."""
        path = self._environ.get("GITHUB_EVENT_PATH")
        try:
            payload = json.loads(pathlib.Path(path).read_bytes()) if path else {}
        except (OSError, ValueError):
            return {}
        return payload if isinstance(payload, dict) else {}

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
        return github.masks(secrets)

    def opening(self) -> str:
        """The fence."""
        return self._fence.opening()

    def closing(self, decision: Decision | None) -> str:
        """The end of the fence, and one annotation for a decision that is not green."""
        end = self._fence.closing()
        if decision is None or decision.exit_code is ExitCode.PASSED:
            return end
        title = f"k6 load test: {decision.verdict.value} (exit code {int(decision.exit_code)})"
        return end + github.annotation(f"{decision.reason} {decision.remedy}".strip(), title=title)

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Append to GITHUB_OUTPUT."""
        path = self._environ.get("GITHUB_OUTPUT")
        if not path:
            return
        with pathlib.Path(path).open("a", encoding="utf-8") as file:
            file.writelines(github.output(name, value) for name, value in outputs.items())


def _repository(side: Mapping[str, Any]) -> str | None:
    """`owner/name` of one side of a pull request; None for a fork that was deleted."""
    repository = side.get("repo")
    return str(repository.get("full_name")) if isinstance(repository, dict) else None
