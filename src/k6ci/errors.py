"""Exit codes, and the error that carries one with its cause and its remedy.

    K6ciError                 cause, remedy, exit_code
    |-- UsageError            2   wrong command line, or a missing extra
    |-- NotJudgedError        3   a scan that did not see all
    |-- SettingsError         10  an input other than the token
    |-- CredentialsError      11  the token
    |-- NotVisibleError       12  stack or project
    |-- QuotaError            13  budget, limits, concurrency
    |-- CloudUnreachableError 14  the cloud fails before a run started
    |-- K6MissingError        15  no usable k6 binary
    |-- ScriptError           16  k6 refuses a script
    |-- RunEndedError         97  the run ended without an answer
    |-- OutcomeUnknownError   98  contact lost
    |-- BugError              70  ours
    `-- SeveralProblemsError  the most severe of its problems

What the codes promise is documented in docs/usage.md; a contract test compares the two.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import ClassVar

from k6ci.lines import marked


@enum.unique
class ExitCode(enum.IntEnum):
    """Every code that k6ci can end with. 97, 98 and 99 are k6's own words for the same events."""

    PASSED = 0
    FINDINGS = 1
    USAGE = 2
    NOT_JUDGED = 3
    SETTINGS = 10
    CREDENTIALS = 11
    NOT_VISIBLE = 12
    QUOTA = 13
    CLOUD_UNREACHABLE = 14
    K6_MISSING = 15
    SCRIPT_INVALID = 16
    REGRESSION = 17
    BUG = 70
    RUN_ENDED = 97
    UNKNOWN = 98
    THRESHOLDS = 99
    SIGHUP = 129
    SIGINT = 130
    SIGTERM = 143


# From most to least severe. A load that may still be running comes before everything but our own bug; a run that was
# cut short before one that never began; and "not tested" before "tested, and too slow": red is red, but the former
# says that the question is still open. Before a run the earlier step of the story wins, and the token comes first.
SEVERITY: tuple[ExitCode, ...] = (
    ExitCode.BUG,
    ExitCode.UNKNOWN,
    ExitCode.SIGTERM,
    ExitCode.SIGINT,
    ExitCode.SIGHUP,
    ExitCode.RUN_ENDED,
    ExitCode.USAGE,
    ExitCode.CREDENTIALS,
    ExitCode.SETTINGS,
    ExitCode.NOT_VISIBLE,
    ExitCode.QUOTA,
    ExitCode.CLOUD_UNREACHABLE,
    ExitCode.K6_MISSING,
    ExitCode.SCRIPT_INVALID,
    ExitCode.THRESHOLDS,
    ExitCode.REGRESSION,
    ExitCode.FINDINGS,
    ExitCode.NOT_JUDGED,
    ExitCode.PASSED,
)


def most_severe(codes: Iterable[ExitCode]) -> ExitCode:
    """The one code that stands for several; PASSED only when every code is PASSED (or there is none)."""
    return min(codes, key=SEVERITY.index, default=ExitCode.PASSED)


class K6ciError(Exception):
    """One sentence on the cause, one on the remedy, and the exit code that belongs to them."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy

    @property
    def code(self) -> ExitCode:
        """The exit code of this very error."""
        return self.exit_code

    def explain(self) -> str:
        """What a person reads: cause, then remedy, each on lines of their own."""
        return f"{self.cause}\n  -> {self.remedy}"


class UsageError(K6ciError):
    """The command line is wrong, or an extra is missing (the remedy holds the line that installs it)."""

    exit_code = ExitCode.USAGE


class NotJudgedError(K6ciError):
    """The secret scan could not look at all that it was to look at, so it cannot pass."""

    exit_code = ExitCode.NOT_JUDGED


class SettingsError(K6ciError):
    """An input other than the token is missing or malformed; the cause names it and where it came from."""

    exit_code = ExitCode.SETTINGS


class CredentialsError(K6ciError):
    """The token is missing, malformed, of the wrong kind, or refused."""

    exit_code = ExitCode.CREDENTIALS


class NotVisibleError(K6ciError):
    """The stack or the project does not exist, or this token may not see it; the remedy lists what it does see."""

    exit_code = ExitCode.NOT_VISIBLE


class QuotaError(K6ciError):
    """A VUh budget or a limit of the subscription stands in the way."""

    exit_code = ExitCode.QUOTA


class CloudUnreachableError(K6ciError):
    """The cloud does not answer, or fails, before a run was started."""

    exit_code = ExitCode.CLOUD_UNREACHABLE


class K6MissingError(K6ciError):
    """No k6 binary, one that does not run, or one of a version that cannot do the job."""

    exit_code = ExitCode.K6_MISSING


class ScriptError(K6ciError):
    """k6 refuses a script, or a script is not fit to be uploaded (it carries a token)."""

    exit_code = ExitCode.SCRIPT_INVALID


class RunEndedError(K6ciError):
    """The run ended without an answer: aborted, error, or not our script."""

    exit_code = ExitCode.RUN_ENDED


class OutcomeUnknownError(K6ciError):
    """Contact was lost while a run may still be going on; the remedy holds its URL and how to stop it."""

    exit_code = ExitCode.UNKNOWN


class BugError(K6ciError):
    """Something that must not happen; made by the error boundary from whatever was raised."""

    exit_code = ExitCode.BUG


def error_lines(error: K6ciError) -> list[str]:
    """An error as lines for a terminal or a log: no text in it can look like a line of its own."""
    lines: list[str] = []
    for problem in error.problems if isinstance(error, SeveralProblemsError) else (error,):
        lines += marked(problem.cause, first="k6ci: ")
        lines += marked(problem.remedy, first="  -> ", further="     ")
    return lines


class SeveralProblemsError(K6ciError):
    """Problems found side by side, reported together; the code is that of the most severe."""

    def __init__(self, problems: Sequence[K6ciError]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(one.cause for one in problems), " ".join(one.remedy for one in problems))

    @property
    def code(self) -> ExitCode:
        """The most severe of the problems' codes."""
        return most_severe(problem.code for problem in self.problems)

    def explain(self) -> str:
        """Each problem with its own remedy."""
        return "\n".join(problem.explain() for problem in self.problems)
