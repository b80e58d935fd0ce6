"""Runs the tests whose values are random: new values in each test session, and no failure by chance.

A module with such tests has a constant `VALUES` (`scan_values.Values`). A failure is tried again with other values: of
tokens that a generator makes, one in some thousand looks like words, and that is no fault. `K6CI_TEST_SEED` repeats a
session's values.
"""

from __future__ import annotations

import inspect

import pytest

from scan_values import SEED, Values

MORE_TRIES = 20
# Of MORE_TRIES. A rule that misses one value in ten fails more often in 6 of 10 sessions, one in a thousand in none.
FAILURES_BY_CHANCE = 1


def pytest_report_header() -> str:
    return f"K6CI_TEST_SEED={SEED}"


def _values_of(item: pytest.Item) -> Values | None:
    values = getattr(getattr(item, "module", None), "VALUES", None)
    return values if isinstance(values, Values) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests with random values."""
    for item in items:
        if _values_of(item) is not None:
            item.add_marker("random_values")


@pytest.fixture(autouse=True)
def _same_values_in_any_order(request: pytest.FixtureRequest) -> None:
    """A test's values depend on the seed alone, not on the tests before it."""
    values = _values_of(request.node)
    if values is not None:
        values.random.seed(f"{SEED}/{request.node.nodeid}")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Try a failed test again with other values; it fails if that happens more often than by chance."""
    values = _values_of(pyfuncitem)
    if values is None or inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    try:
        pyfuncitem.obj(**arguments)
    except AssertionError as failure:
        failures = 0
        for number in range(MORE_TRIES):
            values.random.seed(f"{SEED}/{pyfuncitem.nodeid}/{number}")
            try:
                pyfuncitem.obj(**arguments)
            except AssertionError:
                failures += 1
        if failures > FAILURES_BY_CHANCE:
            failure.add_note(f"{failures} of {MORE_TRIES} more tries failed, too; K6CI_TEST_SEED={SEED}")
            raise
    return True
