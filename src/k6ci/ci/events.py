"""The event that started the job: a push, a pull request, a schedule.

Facts: https://docs.github.com/en/webhooks/webhook-events-and-payloads and
https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from k6ci.ci.system import System, detect_system


class Event(NamedTuple):
    """What started a job.

    Attributes:
        name: GitHub's event (`pull_request`), or GitLab's pipeline source (`merge_request_event`); "" if unknown.
        pull_request: the number of the pull request or merge request; None for other events.
        head_sha: the newest commit that the author pushed, not the merge commit that CI checks out; "" if unknown.
        is_fork: whether the pull request comes from another repository.
        head_label: `owner:branch` of a pull request whose number the event does not contain; "" if it does.
        fork: on GitHub `owner/name` of that other repository; "" if it was deleted.
    """

    name: str = ""
    pull_request: int | None = None
    head_sha: str = ""
    is_fork: bool = False
    head_label: str = ""
    fork: str = ""

    @property
    def has_pull_request(self) -> bool:
        """Whether there is a pull request, although its number may have to be looked up (`head_label`)."""
        return self.pull_request is not None or bool(self.head_label)

    @property
    def has_secrets(self) -> bool:
        """Whether the job gets secrets, and on GitHub a token that may write; most events of forks do not."""
        return not self.is_fork or self.name in WITH_SECRETS


NO_EVENT: Final = Event()
# Events that run the workflow of the default branch, with secrets, for what strangers do.
WITH_SECRETS: Final = frozenset({"pull_request_target", "workflow_run", "issue_comment"})


def read_event(environ: Mapping[str, str]) -> Event:
    """The event that the variables, and on GitHub the payload, describe; an empty one outside of CI."""
    match detect_system(environ):
        case System.GITHUB:
            return _github(environ)
        case System.GITLAB:
            return _gitlab(environ)
        case System.LOCAL:
            return NO_EVENT


def github_payload(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The payload of GitHub's event (GITHUB_EVENT_PATH); empty when there is none, or it cannot be read."""
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    import json  # noqa: PLC0415 -- the commit hook does not pay for it

    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 -- the commit hook imports no pathlib
            payload = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _github(environ: Mapping[str, str]) -> Event:
    name, sha = environ.get("GITHUB_EVENT_NAME", ""), environ.get("GITHUB_SHA", "")
    payload = github_payload(environ)
    if name == "workflow_run":
        return _workflow_run(payload, sha)
    if name == "merge_group":
        return Event(name, head_sha=str(_part(payload, "merge_group").get("head_sha") or sha))
    issue = _part(payload, "issue")
    if name == "issue_comment" and "pull_request" in issue:  # without the head of the pull request, and its repository
        return Event(name, _number(issue))
    pull_request = _part(payload, "pull_request")
    head = _part(pull_request, "head")
    is_fork = _is_fork(head, _part(pull_request, "base"))
    fork = _name_of(_part(head, "repo")) if is_fork else ""
    return Event(name, _number(pull_request), str(head.get("sha") or sha), is_fork, fork=fork)


def _workflow_run(payload: Mapping[str, Any], sha: str) -> Event:
    """The workflow run that has ended. GitHub lists its pull requests, but not those from forks."""
    run = _part(payload, "workflow_run")
    head_sha, branch = str(run.get("head_sha") or sha), run.get("head_branch")
    source, repository = _part(run, "head_repository"), _part(payload, "repository")
    is_fork = source.get("full_name") != repository.get("full_name")
    fork = _name_of(source) if is_fork else ""
    if run.get("event") not in ("pull_request", "pull_request_target"):  # others may concern a fork, too: reviews
        return Event("workflow_run", head_sha=head_sha, is_fork=is_fork, fork=fork)
    listed = run.get("pull_requests")
    for one in listed if isinstance(listed, list) and not is_fork else ():
        is_head = isinstance(one, dict) and _part(one, "head").get("sha") == head_sha
        if is_head and _part(_part(one, "base"), "repo").get("id") == repository.get("id"):
            return Event("workflow_run", _number(one), head_sha)
    owner = _part(source, "owner").get("login")
    return Event("workflow_run", None, head_sha, is_fork, f"{owner}:{branch}" if owner and branch else "", fork)


def _number(of: Mapping[str, Any]) -> int | None:
    number = of.get("number")
    return number if isinstance(number, int) else None


def _name_of(repository: Mapping[str, Any]) -> str:
    return str(repository.get("full_name") or "")


def _is_fork(head: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """Whether head and base are in two repositories; a fork that was deleted leaves a head without one."""
    return bool(head and base) and _part(head, "repo").get("full_name") != _part(base, "repo").get("full_name")


def _part(mapping: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = mapping.get(key)
    return value if isinstance(value, dict) else {}


def _gitlab(environ: Mapping[str, str]) -> Event:
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    source, target = (environ.get(f"CI_MERGE_REQUEST_{side}PROJECT_ID") for side in ("SOURCE_", ""))
    return Event(
        environ.get("CI_PIPELINE_SOURCE", ""),
        int(number) if number.isdecimal() else None,
        # In a pipeline of merged results CI_COMMIT_SHA is the merge commit.
        environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA", ""),
        is_fork=bool(source and target and source != target),
    )
