"""The report as a note on the merge request, edited by each run of the job (sticky.py)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final, NamedTuple

from k6ci.ci.system import System
from k6ci.publish.blocking import in_stoppable_thread
from k6ci.publish.delivery import Delivery, Destination
from k6ci.publish.host_delivery import SECONDS, token_of, told
from k6ci.publish.sticky import Mode, StickyComment, job_key, write
from k6ci.results.model import Report

_INPUT: Final = "comment"
_MISSING: Final = (
    "there is no K6CI_GITLAB_TOKEN: store an access token of the project or group with the scope api (CI_JOB_TOKEN "
    "cannot write notes), or set `comment: never`"
)


class MergeRequest(NamedTuple):
    """A merge request: the number or path of its project, and its number there."""

    project: str
    number: int


async def _deliver(report: Report, destination: Destination) -> None:
    mode = Mode(destination.pull_request.comment)
    if mode is Mode.NEVER or destination.platform.system is not System.GITLAB:
        return
    merge_request = merge_request_of(destination.environ)
    if merge_request is None:
        return
    sticky = StickyComment.of(report, job_key(destination.platform, destination.pull_request.report_id))
    token = token_of(destination, _INPUT, _MISSING)
    with told(destination, _INPUT):
        await in_stoppable_thread(lambda is_left: _write(destination, merge_request, token, is_left, sticky, mode))


def merge_request_of(environ: Mapping[str, str]) -> MergeRequest | None:
    """The merge request of the pipeline, or the open one of its branch; None if there is none.

    GitLab lists up to four open merge requests of a branch, such as `acme/shop!12,acme/fork!3`.
    """
    own = environ.get("CI_MERGE_REQUEST_IID", ""), environ.get("CI_MERGE_REQUEST_PROJECT_ID", "")
    if own[0].isdecimal() and own[1]:
        return MergeRequest(own[1], int(own[0]))
    for listed in environ.get("CI_OPEN_MERGE_REQUESTS", "").split(","):
        project, _, number = listed.strip().rpartition("!")
        if project == environ.get("CI_PROJECT_PATH") and number.isdecimal():
            return MergeRequest(project, int(number))
    return None


def _write(
    destination: Destination,
    merge_request: MergeRequest,
    token: str,
    is_left: threading.Event,
    sticky: StickyComment,
    mode: Mode,
) -> None:
    from k6ci.platforms.gitlab.api import MergeRequestNotes  # noqa: PLC0415 -- imports python-gitlab

    write(MergeRequestNotes(destination.environ, *merge_request, token, is_left), sticky, mode)


DELIVERY: Final = Delivery("the merge request note", _deliver, seconds=SECONDS)
