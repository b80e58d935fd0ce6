"""Exit codes, the error that carries one with its cause and its remedy, and the boundary where errors end.

What the codes promise is documented in docs/usage.md; a contract test compares the two. Standard library only: the
scan uses this module, and its base install has nothing else.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final, TypeVar

from k6ci.lines import marked

ISSUES: Final = "https://github.com/k6ci/k6ci/issues"
_HOW_TO_REPORT: Final = f"Please report it with this text at {ISSUES}."
_FRAMES_SHOWN: Final = 4

Result = TypeVar("Result")


@enum.unique
class ExitCode(enum.IntEnum):
    """Every exit code of k6ci. k6 itself uses 97, 98 and 99 for the same events."""

    PASSED = 0
    FINDINGS = 1
    USAGE = 2
    NOT_SCANNED = 3
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


# From most to least severe. Our own bug comes first, then a load that may still be running, a run that was interrupted,
# and a run that never began. "Not tested" comes before "tested, and too slow", because it leaves the question open. Of
# the problems before a run the earliest step comes first, with the token before all others.
SEVERITY: tuple[ExitCode, ...] = (
    ExitCode.BUG, ExitCode.UNKNOWN, ExitCode.SIGTERM, ExitCode.SIGINT, ExitCode.SIGHUP, ExitCode.RUN_ENDED,
    ExitCode.USAGE, ExitCode.CREDENTIALS, ExitCode.SETTINGS, ExitCode.NOT_VISIBLE, ExitCode.QUOTA,
    ExitCode.CLOUD_UNREACHABLE, ExitCode.K6_MISSING, ExitCode.SCRIPT_INVALID,
    ExitCode.THRESHOLDS, ExitCode.REGRESSION, ExitCode.FINDINGS, ExitCode.NOT_SCANNED, ExitCode.PASSED,
)  # fmt: skip


def most_severe(codes: Iterable[ExitCode]) -> ExitCode:
    """The most severe of several codes; PASSED only when every code is PASSED (or there is none)."""
    return min(codes, key=SEVERITY.index, default=ExitCode.PASSED)


class K6ciError(Exception):
    """One sentence on the cause, one on the remedy, and the exit code that belongs to them."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy

    @property
    def problems(self) -> tuple[K6ciError, ...]:
        """The error itself; of a SeveralProblemsError, its problems."""
        return (self,)

    @property
    def code(self) -> ExitCode:
        """The exit code: that of the most severe problem."""
        return most_severe(problem.exit_code for problem in self.problems)

    def explain(self) -> str:
        """Cause and remedy of each problem, each on a line of its own."""
        return "\n".join(f"{problem.cause}\n  -> {problem.remedy}" for problem in self.problems)


class UsageError(K6ciError):
    """The command line is wrong, or an extra is missing (the remedy has the command that installs it)."""

    exit_code = ExitCode.USAGE


class NotScannedError(K6ciError):
    """The secret scan could not read everything that it had to scan, so it cannot pass."""

    exit_code = ExitCode.NOT_SCANNED


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
    """A VUh budget or a subscription limit is reached."""

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


class OutcomeUnknownError(K6ciError):
    """Contact was lost while a run may still be running; the remedy has its URL and how to stop it."""

    exit_code = ExitCode.UNKNOWN


class BugError(K6ciError):
    """A crash: something that must not happen. `failure_of` makes it from an exception that nobody expected."""

    exit_code = ExitCode.BUG

    def __init__(self, cause: str, remedy: str = _HOW_TO_REPORT) -> None:
        super().__init__(cause, remedy)


def error_lines(error: K6ciError) -> list[str]:
    """An error as lines for a terminal or a log: no text in it can look like a line of its own."""
    lines: list[str] = []
    for problem in error.problems:
        lines += marked(problem.cause, first="k6ci: ")
        lines += marked(problem.remedy, first="  -> ", further="     ")
    return lines


def combined(problems: Iterable[K6ciError], notes: Iterable[str] = ()) -> K6ciError:
    """One error for problems that were found side by side; each cause counts once, and each note is added to it."""
    different = list({problem.cause: problem for problem in reversed(list(problems))}.values())[::-1]
    if not different:
        return BugError("A check failed without a reason.", "Please report it.")
    error = different[0] if len(different) == 1 else SeveralProblemsError(different)
    for note in dict.fromkeys(notes):
        error.add_note(note)
    return error


class SeveralProblemsError(K6ciError):
    """Several problems, reported together; the exit code is that of the most severe."""

    def __init__(self, problems: Sequence[K6ciError]) -> None:
        self._problems = tuple(inner for one in problems for inner in one.problems)
        super().__init__(" ".join(one.cause for one in problems), " ".join(one.remedy for one in problems))

    @property
    def problems(self) -> tuple[K6ciError, ...]:
        """The problems in the order in which they were found, none of them a SeveralProblemsError."""
        return self._problems


def run_guarded(action: Callable[[], Result], on_error: Callable[[K6ciError], Result]) -> Result:
    """The error boundary: call `action`; whatever it raises reaches `on_error` as one K6ciError.

    Python's own exit code for an exception is 1, which would mean findings. A SystemExit is a crash, too: no code of
    ours ends the process. KeyboardInterrupt passes.
    """
    try:
        return action()
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- the boundary
        return on_error(failure_of(error))


def failure_of(error: BaseException) -> K6ciError:
    """The error to report for an exception: itself, or a BugError whose `__cause__` is the exception.

    A crash is described by its kind and the lines of code, never by its text or by the source lines and values in a
    traceback, which may hold what a file holds: perhaps a secret.
    """
    found = collapsed(error)
    if isinstance(found, K6ciError):
        return found
    kind = type(found).__name__
    # The texts of these two come from the system and from the name of a package, not from a file that was read.
    if isinstance(found, OSError) and found.strerror:
        kind += f" ({found.strerror})"
    elif isinstance(found, ModuleNotFoundError) and found.name:
        kind += f" ({found.name})"
    bug = BugError(f"A bug in k6ci: {kind}{_trail(found) or _trail(error)}.")
    bug.__cause__ = error
    return bug


def collapsed(error: BaseException) -> BaseException:
    """The exception to report for a group of a task group, however deep; any other exception unchanged.

    Of several exceptions it is the first that nobody expected; several expected ones become one SeveralProblemsError.
    """
    if not isinstance(error, BaseExceptionGroup):
        return error
    found = [collapsed(one) for one in error.exceptions]
    problems = [one for one in found if isinstance(one, K6ciError)]
    if len(problems) < len(found):
        return next(one for one in found if not isinstance(one, K6ciError))
    return combined(problems)


def _trail(error: BaseException) -> str:
    """The innermost lines of code, the last one first: ` at k6ci.git:88, called from k6ci.cli:12`."""
    places = []
    step = error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_globals.get('__name__', '?')}:{step.tb_lineno}")
        step = step.tb_next
    shown = places[: -_FRAMES_SHOWN - 1 : -1]
    return f" at {', called from '.join(shown)}" if shown else ""
