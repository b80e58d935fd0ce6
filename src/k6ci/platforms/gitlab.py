"""GitLab CI: says where variables live. GitLab masks literal values by itself and shows artifacts, not commands."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Mapping
from typing import Final

from k6ci.clock import SystemClock
from k6ci.lines import one_line
from k6ci.platforms.base import NoChannels
from k6ci.runs.mark import Job
from k6ci.settings.resolve import is_true

# `job: [value, value]` of parallel:matrix, `job 1/3` of parallel.
_LEG: Final = re.compile(r": \[(?P<values>.*)\]\Z| (?P<number>\d+/\d+)\Z", re.DOTALL)
_TRACES: Final = ("CI_DEBUG_TRACE", "CI_DEBUG_SERVICES")


class GitLab(NoChannels):
    """A job of a GitLab pipeline."""

    name = "GitLab CI"
    folds = True
    secret_variables: tuple[str, ...] = ("CI_JOB_TOKEN", "CI_JOB_JWT", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD")
    secrets_place = (
        "in the project under Settings > CI/CD > Variables, as a masked variable K6_CLOUD_TOKEN; a protected variable "
        "exists on protected branches and tags only, and merge requests from forks get none"
    )

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._section = ""
        self.is_fork = self._is_fork()
        self.job = self._job()
        self.leg = self._leg()
        self.cautions = tuple(
            f"{name} is on: GitLab prints every variable of the job, K6_CLOUD_TOKEN too. Switch it off, and make a new "
            "token if others can read this log."
            for name in _TRACES
            if is_true(environ.get(name))
        )

    @property
    def repository(self) -> str | None:
        """CI_PROJECT_PATH."""
        return self._environ.get("CI_PROJECT_PATH")

    def fold(self, title: str) -> str:
        """A collapsed section, with a name that no script can guess, so that none can close it."""
        self._section = f"k6ci_{randomness.token_hex(8)}"
        return f"\x1b[0Ksection_start:{_now()}:{self._section}[collapsed=true]\r\x1b[0K{one_line(title)}\n"

    def unfold(self) -> str:
        """The end of the section."""
        return f"\x1b[0Ksection_end:{_now()}:{self._section}\r\x1b[0K\n"

    def _is_fork(self) -> bool:
        source, target = (self._environ.get(f"CI_MERGE_REQUEST_{side}PROJECT_ID") for side in ("SOURCE_", ""))
        return bool(source and target and source != target)

    def _job(self) -> Job | None:
        """The pipeline and the job's name; a retry is another job id of the same name."""
        pipeline, job_id = self._environ.get("CI_PIPELINE_ID"), self._environ.get("CI_JOB_ID")
        if not pipeline or not job_id:
            return None
        host = self._environ.get("CI_SERVER_HOST") or "gitlab"
        parts = (host, self._environ.get("CI_PROJECT_PATH") or "", pipeline, self._environ.get("CI_JOB_NAME") or "")
        return Job("/".join(parts), job_id)

    def _leg(self) -> str | None:
        found = _LEG.search(self._environ.get("CI_JOB_NAME") or "")
        if found is None or not self._environ.get("CI_NODE_TOTAL"):
            return None
        return found["values"] or found["number"]


def _now() -> int:
    return int(SystemClock().now().timestamp())
