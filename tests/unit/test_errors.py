"""The error boundary: whatever is raised ends as one error with a cause, a remedy and an exit code."""

from __future__ import annotations

import secrets

import pytest

from k6ci.errors import (
    ISSUES,
    BugError,
    CredentialsError,
    ExitCode,
    K6ciError,
    K6MissingError,
    SettingsError,
    SeveralProblemsError,
    collapsed,
    run_guarded,
)

MISSING = SettingsError("No stack.", "Name one.")
REFUSED = CredentialsError("No token.", "Set one.")


def raised(error: BaseException) -> K6ciError:
    """What the boundary hands on for an exception."""

    def action() -> K6ciError:
        raise error

    return run_guarded(action, lambda failure: failure)


def test_a_value_passes():
    assert run_guarded(lambda: 7, lambda _: 8) == 7


def test_an_error_of_ours_is_handed_on_as_it_is():
    assert raised(MISSING) is MISSING


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_group_of_one_is_its_exception(depth):
    """Task groups wrap what a task raises, one group in another."""
    group: BaseException = MISSING
    for _ in range(depth):
        group = BaseExceptionGroup("tasks", [group])
    assert raised(group) is MISSING
    assert collapsed(group) is MISSING


def test_several_errors_of_ours_are_told_together():
    both = ExceptionGroup("more", [MISSING, REFUSED])
    found = raised(ExceptionGroup("tasks", [both, ExceptionGroup("last", [K6MissingError("No k6.", "Install it.")])]))
    assert isinstance(found, SeveralProblemsError)
    assert [one.cause for one in found.problems] == ["No stack.", "No token.", "No k6."]
    assert found.code is ExitCode.CREDENTIALS
    assert found.explain().splitlines()[:2] == ["No stack.", "  -> Name one."]


def test_a_crash_beside_an_error_of_ours_is_a_crash():
    """The bug may be the reason for the error."""
    assert raised(ExceptionGroup("tasks", [MISSING, KeyError("x")])).code is ExitCode.BUG


@pytest.mark.parametrize("kind", [RuntimeError, KeyError, SystemExit, AssertionError, MemoryError])
def test_a_crash_is_70_and_says_where_but_not_what(kind):
    """The text of an exception may hold what a file holds."""
    secret = secrets.token_hex(16)
    found = raised(kind(secret))
    assert isinstance(found, BugError)
    assert found.code is ExitCode.BUG
    assert found.cause.startswith(f"A bug in k6ci: {kind.__name__} at test_errors:")
    assert ISSUES in found.remedy
    assert secret not in found.cause + found.remedy
    assert type(found.__cause__) is kind


def test_an_interrupt_passes():
    with pytest.raises(KeyboardInterrupt):
        raised(KeyboardInterrupt())
