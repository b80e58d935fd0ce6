"""The check run on GitHub: in progress from the beginning of the command, concluded by the report.

The output `check-run` of the step says whether one may still be in progress: then the last step of the action concludes
it (commands/conclude.py), because this process was killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from k6ci import files
from k6ci.checkout import Checkout
from k6ci.ci import github
from k6ci.ci.system import System
from k6ci.lines import one_line
from k6ci.platforms.host import HostError
from k6ci.publish.blocking import in_stoppable_thread
from k6ci.publish.delivery import Delivery, Destination
from k6ci.publish.host_delivery import SECONDS, token_of, told
from k6ci.publish.sticky import job_key
from k6ci.publish.threshold_lines import crossed_lines
from k6ci.render import figures
from k6ci.render.markdown import report_markdown
from k6ci.results.model import Report, RunReport, Verdict

if TYPE_CHECKING:  # imports PyGithub
    from k6ci.platforms.github.check_runs import CheckRuns, LineAnnotation

_INPUT: Final = "check-run"
_PERMISSION: Final = "checks: write"
_OUTPUT: Final = "check-run"
_OPEN: Final = "open"
_NONE: Final = ""
_CONCLUSIONS: Final = {
    Verdict.PASSED: "success",
    Verdict.FAILED: "failure",
    Verdict.REGRESSED: "failure",
    Verdict.ERROR: "failure",
    Verdict.ABORTED: "failure",
    Verdict.CANCELLED: "cancelled",
    # A neutral check would count as passed for a protected branch.
    Verdict.UNKNOWN: "failure",
    Verdict.SKIPPED: "neutral",
}
_ATTEMPT_LENGTH: Final = 16
_MAX_NAME: Final = 100
_KEY_LENGTH: Final = 8
_MAX_TITLE: Final = 200
_MAX_SUMMARY_BYTES: Final = 65_000
_MAX_SCRIPT_BYTES: Final = 2**20
# Each request takes up to a second and adds 50; more would not be in time (host_delivery.SECONDS).
_MAX_ANNOTATIONS: Final = 500
_NO_REPORT: Final = "k6ci was ended before it could report. See the log of the job."


async def _begin(destination: Destination) -> None:
    token = destination.pull_request.token
    if token and _is_wanted(destination):
        with told(destination, _INPUT, _PERMISSION):
            await in_stoppable_thread(lambda is_left: _open(destination, token, is_left))


async def _deliver(report: Report, destination: Destination) -> None:
    if _is_wanted(destination):
        token = token_of(destination, _INPUT)
        with told(destination, _INPUT, _PERMISSION):
            await in_stoppable_thread(lambda is_left: _conclude(report, destination, token, is_left))


async def conclude_unfinished(verdict: Verdict, destination: Destination) -> None:
    """Conclude what a process of this job that was killed has left in progress.

    Raises:
        DeliveryError: why it could not be concluded.
    """
    if _is_wanted(destination):
        token = token_of(destination, _INPUT)
        with told(destination, _INPUT, _PERMISSION):
            await in_stoppable_thread(lambda is_left: _conclude_unfinished(verdict, destination, token, is_left))


def _is_wanted(destination: Destination) -> bool:
    """Whether there is a commit for it: the newest one of a pull request, or that of a merge queue.

    A branch may require the check; then the merge queue waits for it, too.
    """
    platform = destination.platform
    event = platform.event
    has_commit = bool(event.head_sha) and (event.has_pull_request or event.name == "merge_group")
    is_known = platform.system is System.GITHUB and platform.job is not None
    return destination.pull_request.has_check_run and is_known and has_commit


def _open(destination: Destination, token: str, is_left: threading.Event) -> None:
    with _check_runs(destination, token, is_left) as check_runs:
        _note(destination, _OPEN)
        try:
            check_runs.open()
        except HostError as error:
            if not error.is_uncertain:
                _note(destination, _NONE)
            raise


def _conclude(report: Report, destination: Destination, token: str, is_left: threading.Event) -> None:
    decision = report.decision
    with _check_runs(destination, token, is_left) as check_runs:
        was_open = check_runs.conclude(
            conclusion=_CONCLUSIONS[decision.verdict],
            title=one_line(f"{decision.verdict}: {decision.reason}")[:_MAX_TITLE],
            summary=report_markdown(report, max_bytes=_MAX_SUMMARY_BYTES),
            annotations=_annotations(report, destination),
        )
    if was_open:  # else one whose creation was not confirmed may still appear: the last step looks for it
        _note(destination, _NONE)


def _conclude_unfinished(verdict: Verdict, destination: Destination, token: str, is_left: threading.Event) -> None:
    with _check_runs(destination, token, is_left) as check_runs:
        check_runs.conclude_unfinished(conclusion=_CONCLUSIONS[verdict], title=str(verdict), summary=_NO_REPORT)
    _note(destination, _NONE)


@contextlib.contextmanager
def _check_runs(destination: Destination, token: str, is_left: threading.Event) -> Iterator[CheckRuns]:
    from k6ci.platforms.github.api import GitHubApi  # noqa: PLC0415 -- imports PyGithub
    from k6ci.platforms.github.check_runs import CheckRunId, CheckRuns  # noqa: PLC0415 -- same

    platform, report_id = destination.platform, destination.pull_request.report_id
    key = job_key(platform, report_id)
    attempt = f"{platform.job.identity}/{platform.job.attempt}" if platform.job is not None else ""
    names = (*platform.job_path[-1:], platform.leg, report_id)
    which = CheckRunId(
        name=_named("k6 load test: " + ", ".join(filter(None, names)), key),
        head_sha=platform.event.head_sha,
        external_id=f"k6ci:{key}:{hashlib.sha256(attempt.encode()).hexdigest()[:_ATTEMPT_LENGTH]}",
        details_url=platform.page_url,
    )
    with GitHubApi(destination.environ, token, is_left) as api:
        yield CheckRuns(api, which)


def _named(name: str, key: str) -> str:
    """The name on one line; a long one ends with a part of the key, because a branch requires checks by their names."""
    flat = one_line(name)
    return flat if len(flat) <= _MAX_NAME else f"{flat[: _MAX_NAME - _KEY_LENGTH - 2]}… {key[:_KEY_LENGTH]}"


def _note(destination: Destination, state: str) -> None:
    """Tell the last step of the action whether a check run may be in progress."""
    github.append(destination.environ, github.OUTPUTS, github.output(_OUTPUT, state))


def _annotations(report: Report, destination: Destination) -> tuple[LineAnnotation, ...]:
    """At the lines of crossed thresholds, which are in the scripts; the report has those above the limit, too."""
    if not destination.reads_scripts:
        return ()
    found = (one for run in report.runs for one in _of_run(run, destination))
    return tuple(itertools.islice(found, _MAX_ANNOTATIONS))


def _of_run(run: RunReport, destination: Destination) -> Iterator[LineAnnotation]:
    from k6ci.platforms.github.check_runs import LineAnnotation  # noqa: PLC0415 -- imports PyGithub

    path = _path_in_repository(run.script, destination)
    if path is None:
        return
    for threshold, line in crossed_lines(_source(run.script, destination), run.thresholds):
        value, limit = (figures.quantity(threshold.metric, one) for one in (threshold.value, threshold.limit))
        yield LineAnnotation(
            path,
            line,
            one_line(f"k6 threshold crossed: {threshold.metric}")[:_MAX_TITLE],
            one_line(f"{threshold.metric} {threshold.expression}: the value is {value}, the limit {limit}."),
        )


def _path_in_repository(script: str, destination: Destination) -> str | None:
    """The path of a script from the root of its repository, which may be above or below the working directory.

    None outside of the checkout.
    """
    try:
        path = (destination.folder / script).resolve()
        path.relative_to(destination.files.root.resolve())
        root = Checkout.of(path.parent, destination.environ).work_tree or destination.folder
        return path.relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return None


def _source(script: str, destination: Destination) -> str:
    """The text of a script; empty if it cannot be read."""
    try:
        content = files.read_bytes(
            destination.folder / script, root=destination.files.root, max_bytes=_MAX_SCRIPT_BYTES
        )
    except OSError:
        return ""
    return content.decode(errors="replace")


DELIVERY: Final = Delivery("the check run", _deliver, begin=_begin, seconds=SECONDS)
