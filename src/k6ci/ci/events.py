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
        is_fork: whether the pull request comes from another repository, which gets no secrets.
    """

    name: str = ""
    pull_request: int | None = None
    head_sha: str = ""
    is_fork: bool = False


NO_EVENT: Final = Event()


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
    pull_request = github_payload(environ).get("pull_request")
    if not isinstance(pull_request, dict):
        return Event(name, head_sha=sha)
    number, head, base = pull_request.get("number"), _part(pull_request, "head"), _part(pull_request, "base")
    return Event(
        name,
        number if isinstance(number, int) else None,
        str(head.get("sha") or sha),
        # A fork that was deleted leaves a head without a repository.
        is_fork=bool(head and base) and _part(head, "repo").get("full_name") != _part(base, "repo").get("full_name"),
    )


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
