"""Maps the exit code of `k6 run` to status, result and reason of a cloud run.

Sources: errext/exitcodes/codes.go of grafana/k6 v2.2.0; the reason codes are those that k6 2.2 reports after local
execution (provisioning/notify.go): 8036 stopped by user, script or threshold, 8035 script error, 8034 out of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from k6ci.emulator.run import Reason, Result, Status
from k6ci.emulator.run_scenario import EndedBy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from k6ci.k6.supervision import Ended

CODE_STOPPED = 8036
CODE_SCRIPT = 8035
CODE_TIMEOUT = 8034
CODE_SETUP = 8030
CODE_OTHER = 8000
_THRESHOLDS = 99
_MARKED_AS_FAILED = 110
_ABORT_ON_FAIL = "abortOnFail"
_ABORTED_WITH_ERROR: dict[int, tuple[int, str]] = {
    100: (CODE_SETUP, "setup() took too long"),
    101: (CODE_TIMEOUT, "teardown() took too long"),
    102: (CODE_TIMEOUT, "the script took too long"),
    104: (CODE_OTHER, "the options are not valid"),
    105: (CODE_STOPPED, "the run was stopped from outside"),
    107: (CODE_SCRIPT, "the script threw an exception"),
    108: (CODE_STOPPED, "the script aborted the test"),
}


@dataclass(frozen=True)
class FinalStatus:
    """Status, result and reason of a run that has ended."""

    status: Status
    result: Result
    reason: Reason | None = None


_OTHER_USER = "someone.else@example.com"


def _ended(by: EndedBy, message: str, code: int, *, user: str | None = None) -> FinalStatus:
    result = Result.FAILED if by is EndedBy.THRESHOLD else Result.ERROR
    return FinalStatus(Status.ABORTED, result, Reason(message, code, user, by))


# For run scenarios and for what the client of a local execution reports. The messages are our own, the codes k6's.
FINAL_STATUSES = {
    EndedBy.USER: _ended(EndedBy.USER, f"The test run was aborted by {_OTHER_USER}.", CODE_STOPPED, user=_OTHER_USER),
    EndedBy.SYSTEM: _ended(EndedBy.SYSTEM, "The test run was aborted by the system.", CODE_OTHER),
    EndedBy.SCRIPT: _ended(EndedBy.SCRIPT, "The script aborted the test.", CODE_SCRIPT),
    EndedBy.THRESHOLD: _ended(EndedBy.THRESHOLD, "A threshold with abortOnFail was crossed.", CODE_STOPPED),
    EndedBy.LIMIT: _ended(EndedBy.LIMIT, "The test run exceeded a limit of the subscription.", CODE_TIMEOUT),
}


def final_status_of(ended: Ended, messages: Sequence[str], *, stopped_by: str | None) -> FinalStatus:
    """Return the final status of a run whose k6 process has ended.

    Args:
        ended: how the process ended.
        messages: the errors that k6 logged, oldest first.
        stopped_by: the user who aborted the run; None for nobody.
    """
    detail = messages[-1] if messages else ""
    if stopped_by is not None and ended.exit_code not in {0, _THRESHOLDS}:
        return _aborted(aborted_by(stopped_by))
    if ended.is_timed_out:
        return _aborted(Reason("The test run exceeded its time limit.", CODE_TIMEOUT))
    if ended.exit_code == 0:
        return FinalStatus(Status.COMPLETED, Result.PASSED)
    if ended.exit_code == _THRESHOLDS:
        return _thresholds(messages)
    if ended.exit_code == _MARKED_AS_FAILED:
        return FinalStatus(Status.COMPLETED, Result.FAILED, Reason(detail or "The script marked the test as failed."))
    code, text = _ABORTED_WITH_ERROR.get(ended.exit_code, (CODE_OTHER, f"k6 ended with {ended.exit_code}"))
    return _aborted(Reason(detail or text, code))


def is_complete(ended: Ended) -> bool:
    """Return whether the script was executed to its end, whatever its result."""
    return ended.exit_code in {0, _THRESHOLDS, _MARKED_AS_FAILED} and not ended.is_timed_out


def stopped_status(user: str | None) -> FinalStatus:
    """Return the final status of a run that was stopped while k6 was not running; user None: by the emulator itself."""
    return _aborted(Reason("The test run was stopped.", CODE_STOPPED) if user is None else aborted_by(user))


def aborted_by(user: str) -> Reason:
    """Return the reason of a run that this user aborted through the API."""
    return Reason(f"The test run was aborted by {user}.", CODE_STOPPED, user, EndedBy.USER)


def _thresholds(messages: Sequence[str]) -> FinalStatus:
    crossed = next((text for text in reversed(messages) if "threshold" in text), "Thresholds were crossed.")
    if any(_ABORT_ON_FAIL in text for text in messages):
        return FinalStatus(Status.ABORTED, Result.FAILED, Reason(crossed, CODE_STOPPED))
    return FinalStatus(Status.COMPLETED, Result.FAILED, Reason(crossed))


def _aborted(reason: Reason) -> FinalStatus:
    return FinalStatus(Status.ABORTED, Result.ERROR, reason)
