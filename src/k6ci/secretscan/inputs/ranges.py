"""Which commits a pull request, a merge request or a push brings, and whether this clone has all of them.

The variables of CI and pre-commit tell the range. A clone of CI is often shallow: commits that it lacks would pass
unseen, so they are an error with a remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from k6ci import git
from k6ci.ci.events import github_payload
from k6ci.errors import SettingsError

REMOTES = "--remotes"
# The pipelines of GitLab that bring commits; the others (schedules, buttons, triggers) run on what is there.
_BRINGING = frozenset({"push", "merge_request_event", "external_pull_request_event"})
_REMEDY = (
    "Fetch the whole history (GitHub: `fetch-depth: 0` of actions/checkout, GitLab: the variable `GIT_DEPTH: 0`), or "
    "give the range yourself, as in `k6ci scan --range origin/main..HEAD`."
)


class Span(NamedTuple):
    """Commits: those of `end` without those of `start`.

    `start` is empty (or all zeros) when there is none, as for a new branch, and may be gone, as after a forced push:
    then `known` are the refs whose commits were scanned before. An `end` of zeros is a branch that was deleted.
    """

    start: str
    end: str
    known: tuple[str, ...] = ()


def span_of(variables: Mapping[str, str], event: Mapping[str, Any] | None = None) -> Span | None:
    """The span that the environment and GitHub's event describe; None when they describe none, as for a schedule."""
    return _pre_commit(variables) or _gitlab(variables) or _github(variables, event or {})


def _pre_commit(variables: Mapping[str, str]) -> Span | None:
    """pre-commit and prek on push set both ends; of a branch that shares nothing with the remote only its name."""
    remote = variables.get("PRE_COMMIT_REMOTE_NAME", "")
    end = variables.get("PRE_COMMIT_TO_REF") or variables.get("PRE_COMMIT_LOCAL_BRANCH", "")
    known = f"{REMOTES}={remote}" if remote else REMOTES
    return Span(variables.get("PRE_COMMIT_FROM_REF", ""), end, (known,)) if end else None


def _gitlab(variables: Mapping[str, str]) -> Span | None:
    """https://docs.gitlab.com/ci/variables/predefined_variables/ : merge requests first, then pushes."""
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


def revisions_of(asked: str | None, environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """The range `asked` as arguments for `git log`: `A..B`, a commit without what is on a remote, or `auto`.

    Empty when the range brings nothing (a branch was deleted), None when nothing is asked and the CI job has no range.

    Raises:
        SettingsError: the environment names no range, the clone lacks its end, or the clone ends inside of it.
    """
    if asked and asked != "auto":
        if " --not" in asked:  # as reports name a range
            return _whole(tuple(asked.split()))
        return _whole((asked,) if ".." in asked else (asked, "--not", REMOTES))
    span = span_of(environment, github_payload(environment))
    if span:
        return _revisions(span)
    if not asked:
        return None
    if environment.get("PRE_COMMIT"):
        # At the stage `manual` the runners name no commits: what is on no remote is what the next push brings.
        return revisions_of("HEAD", environment)
    raise SettingsError("--range auto: found no pre-commit, GitHub or GitLab variables.", _REMEDY)


def _revisions(span: Span) -> tuple[str, ...]:
    if not span.end.strip("0"):
        return ()
    if not git.exists(span.end):
        raise SettingsError(f"Commit {span.end[:12]} is not in this clone.", _REMEDY)
    if span.start.strip("0"):
        if git.exists(span.start):
            return _whole((f"{span.start}..{span.end}",))
        if git.is_shallow():
            raise SettingsError(f"This clone is shallow: it lacks {span.start[:40]}, where the range begins.", _REMEDY)
    # A new branch, or a forced push that left its old commits behind.
    known = [ref for ref in span.known if ref.startswith(REMOTES) or git.exists(ref)]
    return _whole((span.end, "--not", *known))


def _whole(asked: tuple[str, ...]) -> tuple[str, ...]:
    cut = git.shallow_commits()
    if cut and not cut.isdisjoint(git.commits_of(*asked)):
        raise SettingsError("This clone is shallow: its history ends inside of the range.", _REMEDY)
    return asked
