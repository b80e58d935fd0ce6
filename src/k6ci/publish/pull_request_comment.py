"""The report as a comment on the pull request, edited by each run of the job (sticky.py)."""

from __future__ import annotations

import threading
from typing import Final

from k6ci.ci.system import System
from k6ci.publish.blocking import in_stoppable_thread
from k6ci.publish.delivery import Delivery, Destination
from k6ci.publish.host_delivery import SECONDS, token_of, told
from k6ci.publish.sticky import Mode, StickyComment, job_key, write
from k6ci.results.model import Report

_INPUT: Final = "comment"
_PERMISSION: Final = "pull-requests: write"


async def _deliver(report: Report, destination: Destination) -> None:
    mode = Mode(destination.pull_request.comment)
    platform = destination.platform
    if mode is Mode.NEVER or platform.system is not System.GITHUB or not platform.event.has_pull_request:
        return
    sticky = StickyComment.of(report, job_key(platform, destination.pull_request.report_id))
    token = token_of(destination, _INPUT)
    with told(destination, _INPUT, _PERMISSION):
        await in_stoppable_thread(lambda is_left: _write_to_github(destination, token, is_left, sticky, mode))


def _write_to_github(
    destination: Destination, token: str, is_left: threading.Event, sticky: StickyComment, mode: Mode
) -> None:
    from k6ci.platforms.github.api import GitHubApi  # noqa: PLC0415 -- imports PyGithub
    from k6ci.platforms.github.comments import PullRequestComments  # noqa: PLC0415 -- same

    event = destination.platform.event
    with GitHubApi(destination.environ, token, is_left) as api:
        number = event.pull_request
        if number is None:
            number = api.pull_request_of(event.head_label, event.head_sha)
        if number is not None:
            write(PullRequestComments(api, number), sticky, mode)


DELIVERY: Final = Delivery("the pull request comment", _deliver, seconds=SECONDS)
