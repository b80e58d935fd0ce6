"""GitHub Actions: facts about the job, and the annotation of a decision."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from typing import Final

from k6ci.ci.branches import built_branch
from k6ci.ci.events import read_event
from k6ci.ci.github import annotation
from k6ci.ci.system import System
from k6ci.errors import ExitCode
from k6ci.platforms.facts import Platform
from k6ci.results.model import Decision
from k6ci.runs.run_note import Job

# The `matrix` context as JSON, which no variable of the runner holds: action.yml passes it.
MATRIX: Final = "K6CI_MATRIX"
_SECRETS_PLACE: Final = (
    "in the repository under Settings > Secrets and variables > Actions, and pass it to the step with "
    "`env: K6_CLOUD_TOKEN: ${{ secrets.K6_CLOUD_TOKEN }}`; pull requests from forks and Dependabot get no secrets"
)


def github_platform(environ: Mapping[str, str]) -> Platform:
    """Facts about this step of a workflow."""
    return Platform(
        System.GITHUB,
        name="GitHub Actions",
        secrets_place=_SECRETS_PLACE,
        secret_variables=("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        repository=environ.get("GITHUB_REPOSITORY"),
        event=read_event(environ),
        branch=built_branch(environ, read_event(environ)),
        job=_job(environ),
        job_path=_job_path(environ),
        page_url=_page_url(environ),
        leg=_leg(environ),
    )


def decision_annotation(decision: Decision) -> str:
    """The error that the runner shows at the job; nothing for exit code 0."""
    if decision.exit_code is ExitCode.PASSED:
        return ""
    title = f"k6 load test: {decision.verdict.value} (exit code {int(decision.exit_code)})"
    return annotation(f"{decision.reason} {decision.remedy}".strip(), title=title)


def _job(environ: Mapping[str, str]) -> Job | None:
    """The workflow run and the job's id; attempts of a workflow run follow each other."""
    run_id, attempt = environ.get("GITHUB_RUN_ID"), environ.get("GITHUB_RUN_ATTEMPT")
    if not run_id or not attempt:
        return None
    host = urllib.parse.urlsplit(environ.get("GITHUB_SERVER_URL") or "").hostname or "github"
    parts = (host, environ.get("GITHUB_REPOSITORY") or "", run_id, environ.get("GITHUB_JOB") or "")
    return Job("/".join(parts), attempt)


def _job_path(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The file of the workflow, else its name, and the job's ID; in a reusable workflow the file of its caller."""
    repository, reference = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_WORKFLOW_REF", "")
    file = reference.partition("@")[0].removeprefix(f"{repository}/")
    parts = (file or environ.get("GITHUB_WORKFLOW", ""), environ.get("GITHUB_JOB", ""))
    return parts if all(parts) else ()


def _page_url(environ: Mapping[str, str]) -> str:
    parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def _leg(environ: Mapping[str, str]) -> str | None:
    """The values of the matrix, as GitHub itself names its jobs."""
    try:
        matrix = json.loads(environ.get(MATRIX) or "null")
    except ValueError:
        return None
    values = matrix.values() if isinstance(matrix, dict) else ()
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values) or None
