"""Which part of a test session coverage measures: measuring makes Python half as fast.

Not measured are the collection and the tests with the mark `unmeasured`. What a module of k6ci does while it is
imported is measured wherever that is, so that no figure depends on the order of tests.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Generator, Iterator
from importlib.machinery import SourceFileLoader

import coverage
import pytest


class Measurement:
    """The coverage of this process, if it is measured."""

    def __init__(self) -> None:
        self._coverage = coverage.Coverage.current()
        self._is_paused = False

    def paused(self, *, when: bool = True) -> contextlib.AbstractContextManager[None]:
        """Do not measure what happens here."""
        return self._toggled(when=when and self._coverage is not None and not self._is_paused)

    def resumed(self) -> contextlib.AbstractContextManager[None]:
        """Measure what happens here, also where measuring is paused."""
        return self._toggled(when=self._is_paused)

    @contextlib.contextmanager
    def _toggled(self, *, when: bool) -> Iterator[None]:
        if when:
            self._toggle()
        try:
            yield
        finally:
            if when:
                self._toggle()

    def _toggle(self) -> None:
        assert self._coverage is not None
        (self._coverage.start if self._is_paused else self._coverage.stop)()
        self._is_paused = not self._is_paused


MEASUREMENT = Measurement()
_exec_module = SourceFileLoader.exec_module


def _measured_import(loader: SourceFileLoader, module: types.ModuleType) -> None:
    if module.__name__.partition(".")[0] != "k6ci":
        _exec_module(loader, module)
        return
    with MEASUREMENT.resumed():
        _exec_module(loader, module)


def pytest_configure() -> None:
    SourceFileLoader.exec_module = _measured_import  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    SourceFileLoader.exec_module = _exec_module  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    with MEASUREMENT.paused():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with MEASUREMENT.paused(when=item.get_closest_marker("unmeasured") is not None):
        return (yield)
