"""GitLab CI: says where variables live. GitLab masks literal values by itself and shows artifacts, not commands."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping

from k6ci.results.model import Decision


class GitLab:
    """A job of a GitLab pipeline."""

    name = "GitLab CI"
    summary_path: pathlib.Path | None = None
    secret_variables: tuple[str, ...] = ("CI_JOB_TOKEN", "CI_JOB_JWT", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD")
    secrets_place = (
        "in the project under Settings > CI/CD > Variables, as a masked variable K6_CLOUD_TOKEN; a protected variable "
        "exists on protected branches and tags only, and merge requests from forks get none"
    )

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @property
    def repository(self) -> str | None:
        """CI_PROJECT_PATH."""
        return self._environ.get("CI_PROJECT_PATH")

    def opening(self, secrets: Iterable[str]) -> str:
        """Nothing: the runner reads no commands from the log."""
        del secrets
        return ""

    def closing(self, decision: Decision | None) -> str:
        """Nothing."""
        del decision
        return ""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Nothing: the report directory is the job's artifact."""
