"""The commits that the event of a job, or a push through pre-commit, brings.

Facts: https://docs.github.com/en/webhooks/webhook-events-and-payloads,
https://docs.gitlab.com/ci/variables/predefined_variables/ and https://pre-commit.com/#pre-push
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

# The option of `git log` for all commits of remotes.
REMOTES = "--remotes"
# The pipelines of GitLab that bring commits; the others (schedules, buttons, triggers) run on what is there.
_BRINGING = frozenset({"push", "merge_request_event", "external_pull_request_event"})


class Span(NamedTuple):
    """Commits: those of `end` without those of `start`.

    `start` is empty (or all zeros) when there is none, as for a new branch, and may be gone, as after a forced push:
    then `known` are the refs whose commits were scanned before. An `end` of zeros is a branch that was deleted.
    """

    start: str
    end: str
    known: tuple[str, ...] = ()


def span_of(variables: Mapping[str, str], event: Mapping[str, Any]) -> Span | None:
    """The span that the variables and GitHub's payload describe; None when they describe none, as for a schedule."""
    return _pre_commit(variables) or _gitlab(variables) or _github(variables, event)


def _pre_commit(variables: Mapping[str, str]) -> Span | None:
    """pre-commit and prek on push set both ends; of a branch that shares nothing with the remote only its name."""
    remote = variables.get("PRE_COMMIT_REMOTE_NAME", "")
    end = variables.get("PRE_COMMIT_TO_REF") or variables.get("PRE_COMMIT_LOCAL_BRANCH", "")
    known = f"{REMOTES}={remote}" if remote else REMOTES
    return Span(variables.get("PRE_COMMIT_FROM_REF", ""), end, (known,)) if end else None


def _gitlab(variables: Mapping[str, str]) -> Span | None:
    """Merge requests first, then pushes."""
    end = variables.get("CI_COMMIT_SHA", "")
    if not end or not variables.get("GITLAB_CI"):
        return None
    # Also in child pipelines, whose source is `parent_pipeline`.
    if variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        # In a pipeline of merged results CI_COMMIT_SHA is the merge, which nobody wrote.
        head = variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or end
        target = variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "")
        return Span(variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"], head, _branch(target))
    if variables.get("CI_PIPELINE_SOURCE", "push") not in _BRINGING:
        return None
    default = variables.get("CI_DEFAULT_BRANCH", "")
    known = _branch(default) if variables.get("CI_COMMIT_BRANCH") != default else ()
    return Span(variables.get("CI_COMMIT_BEFORE_SHA", ""), end, known)


def _github(variables: Mapping[str, str], event: Mapping[str, Any]) -> Span | None:
    """The event knows the ends; without it a pull request still knows the name of its base."""
    if not variables.get("GITHUB_ACTIONS"):
        return None
    base, head = _text(event, "pull_request", "base", "sha"), _text(event, "pull_request", "head", "sha")
    if base and head:
        return Span(base, head, _branch(_text(event, "pull_request", "base", "ref")))
    if _text(event, "merge_group", "head_sha"):
        return Span(_text(event, "merge_group", "base_sha"), _text(event, "merge_group", "head_sha"))
    if variables.get("GITHUB_BASE_REF"):
        return Span(f"origin/{variables['GITHUB_BASE_REF']}", "HEAD")
    default = _text(event, "repository", "default_branch")
    known = _branch(default) if event.get("ref") != f"refs/heads/{default}" else ()
    return Span(_text(event, "before"), _text(event, "after"), known) if event.get("after") else None


def _text(event: Any, *keys: str) -> str:
    for key in keys:
        event = event.get(key) if isinstance(event, Mapping) else None
    return str(event or "")


def _branch(name: str) -> tuple[str, ...]:
    return (f"origin/{name}",) if name else ()
