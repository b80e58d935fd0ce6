"""A failure by chance is tried again; a fault still fails."""

from __future__ import annotations

import types

import pytest

import random_values
from scan_values import Values


def call(function) -> None:
    """Run a test function as pytest does, with the few attributes of a test item that the hook reads."""
    module = types.SimpleNamespace(VALUES=Values(1))
    item = types.SimpleNamespace(module=module, obj=function, funcargs={}, nodeid="test_x.py::test_x")
    assert random_values.pytest_pyfunc_call(item) is True


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failure_that_hardly_repeats_is_chance(failing):
    """The first call, and one of the further ones."""
    calls = []

    def function() -> None:
        calls.append(1)
        assert len(calls) > failing

    call(function)
    assert len(calls) == (1 if failing == 0 else 1 + random_values.MORE_TRIES)


def test_a_failure_that_repeats_is_a_fault_and_names_the_seed():
    calls = []

    def function() -> None:
        calls.append(1)
        assert len(calls) > 3, "first" if len(calls) == 1 else "later"

    with pytest.raises(AssertionError, match="first") as failed:
        call(function)
    assert "2 of 20 more tries failed, too; K6CI_TEST_SEED=" in failed.value.__notes__[0]


def test_errors_other_than_assertions_are_never_chance():
    with pytest.raises(ZeroDivisionError):
        call(lambda: 1 / 0)
