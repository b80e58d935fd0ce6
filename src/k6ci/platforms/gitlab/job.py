"""GitLab CI: facts about the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from k6ci.ci.branches import built_branch
from k6ci.ci.events import read_event
from k6ci.ci.system import System
from k6ci.errors import SettingsError
from k6ci.lines import one_line
from k6ci.platforms.facts import Platform
from k6ci.runs.run_note import Job
from k6ci.settings.resolve import is_true

# `job: [value, value]` of parallel:matrix, `job 1/3` of parallel.
_LEG: Final = re.compile(r": \[(?P<values>.*)\]\Z| (?P<number>\d+/\d+)\Z", re.DOTALL)
_SECRETS_PLACE: Final = (
    "in the project under Settings > CI/CD > Variables, as K6_CLOUD_TOKEN: masked (or masked and hidden), not expanded"
)
_PROTECTED: Final = (
    "a protected variable exists on protected branches and tags only, and merge requests from forks get none"
)
_PRINTED: Final = "is on: GitLab prints variables of the job, which may include K6_CLOUD_TOKEN"
_TRACED: Final = "CI_DEBUG_TRACE is on: GitLab prints every variable of the job into its log, K6_CLOUD_TOKEN too."
_NEW_TOKEN: Final = "Turn it off, and create a new token if others can read this log."  # noqa: S105 -- a sentence


def gitlab_platform(environ: Mapping[str, str]) -> Platform:
    """Facts about this job of a pipeline."""
    return Platform(
        System.GITLAB,
        name="GitLab CI",
        secrets_place=f"{_SECRETS_PLACE}; {_why_missing(environ)}",
        secret_variables=("CI_JOB_TOKEN", "CI_JOB_JWT", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD"),
        repository=environ.get("CI_PROJECT_PATH"),
        event=read_event(environ),
        branch=built_branch(environ, read_event(environ)),
        job=_job(environ),
        job_path=_job_path(environ),
        page_url=environ.get("CI_JOB_URL") or "",
        leg=_leg(environ),
        cautions=(f"CI_DEBUG_SERVICES {_PRINTED}. {_NEW_TOKEN}",) if is_true(environ.get("CI_DEBUG_SERVICES")) else (),
        refusals=(SettingsError(_TRACED, _NEW_TOKEN),) if is_true(environ.get("CI_DEBUG_TRACE")) else (),
    )


def _why_missing(environ: Mapping[str, str]) -> str:
    """Why a variable that is stored does not exist in this job, as a clause."""
    if read_event(environ).is_fork:
        return "this merge request comes from a fork, whose pipelines get no variables of this project"
    if environ.get("CI_COMMIT_REF_PROTECTED") == "false":
        name = environ.get("CI_COMMIT_REF_NAME") or "this branch"
        return (
            f"not protected either, because {one_line(name)} is not a protected branch or tag, and protected variables "
            "do not exist there"
        )
    if environ.get("CI_COMMIT_REF_PROTECTED") == "true":
        return "with a key and an environment scope that match this job"
    return _PROTECTED


def _job(environ: Mapping[str, str]) -> Job | None:
    """The pipeline and the job's name; a retry is another job id of the same name."""
    pipeline, job_id = environ.get("CI_PIPELINE_ID"), environ.get("CI_JOB_ID")
    if not pipeline or not job_id:
        return None
    host = environ.get("CI_SERVER_HOST") or "gitlab"
    parts = (host, environ.get("CI_PROJECT_PATH") or "", pipeline, environ.get("CI_JOB_NAME") or "")
    return Job("/".join(parts), job_id)


def _job_path(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The job's name, without what distinguishes the jobs of a matrix."""
    name = environ.get("CI_JOB_NAME") or ""
    return (_LEG.sub("", name) if environ.get("CI_NODE_TOTAL") else name,) if name else ()


def _leg(environ: Mapping[str, str]) -> str | None:
    found = _LEG.search(environ.get("CI_JOB_NAME") or "")
    if found is None or not environ.get("CI_NODE_TOTAL"):
        return None
    return found["values"] or found["number"]
