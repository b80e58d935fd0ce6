"""Which commits a pull request, a merge request or a push brings, from the variables that CI and pre-commit set.

Pure: takes the variables (and GitHub's event, already read) and gives the arguments for `git log`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k6ci.errors import SettingsError

_REMEDY = (
    "Give the range yourself, as in `k6ci scan --range origin/main..HEAD`; the clone needs the commits (GitHub: "
    "`fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)."
)


def revisions(given: str, variables: Mapping[str, str], event: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """What `git log` is asked for: the range as given, or for `auto` the one that the environment describes.

    Args:
        given: `A..B`, a single commit (all that leads to it and is on no remote), or `auto`.
        variables: the environment of the process.
        event: what GITHUB_EVENT_PATH holds, if it could be read.

    Raises:
        SettingsError: the environment describes no range.
    """
    if given != "auto":
        return (given,) if ".." in given else _new_on(given)
    for read in (_pre_commit, _gitlab):
        found = read(variables)
        if found:
            return found
    if variables.get("GITHUB_ACTIONS"):
        found = _github(variables, event or {})
        if found:
            return found
    raise SettingsError("Nothing here says which commits to look at.", _REMEDY)


def _pre_commit(variables: Mapping[str, str]) -> tuple[str, ...]:
    """pre-commit and prek on push set both ends; a new branch has no beginning."""
    end = variables.get("PRE_COMMIT_TO_REF", "")
    return _between(variables.get("PRE_COMMIT_FROM_REF", ""), end) if end else ()


def _gitlab(variables: Mapping[str, str]) -> tuple[str, ...]:
    """https://docs.gitlab.com/ci/variables/predefined_variables/ : merge requests first, then pushes."""
    end = variables.get("CI_COMMIT_SHA", "")
    if not end or not variables.get("GITLAB_CI"):
        return ()
    base = variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    # In a pipeline of merged results CI_COMMIT_SHA is the merge, which nobody wrote.
    head = variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or end
    if base:
        return _between(base, head)
    before = variables.get("CI_COMMIT_BEFORE_SHA", "")
    default = variables.get("CI_DEFAULT_BRANCH", "")
    if not before.strip("0") and default and variables.get("CI_COMMIT_BRANCH") != default:
        return (f"origin/{default}..{end}",)
    return _between(before, end)


def _github(variables: Mapping[str, str], event: Mapping[str, Any]) -> tuple[str, ...]:
    """The event knows the ends; without it a pull request still knows the name of its base."""
    pull = event.get("pull_request")
    if isinstance(pull, Mapping):
        try:
            return _between(str(pull["base"]["sha"]), str(pull["head"]["sha"]))
        except (KeyError, TypeError):
            pass
    if variables.get("GITHUB_BASE_REF"):
        return (f"origin/{variables['GITHUB_BASE_REF']}..HEAD",)
    if event.get("after"):
        return _between(str(event.get("before", "")), str(event["after"]))
    return _new_on(variables["GITHUB_SHA"]) if variables.get("GITHUB_SHA") else ()


def _between(start: str, end: str) -> tuple[str, ...]:
    return (f"{start}..{end}",) if start.strip("0") else _new_on(end)


def _new_on(end: str) -> tuple[str, ...]:
    """What no remote has; in a clone of CI, where the remote has everything, that is the last commit alone."""
    return (end, "--not", "--remotes")
