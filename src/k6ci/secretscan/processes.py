"""Work in several processes, forked from this one: they share what it has imported and compiled."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple, TypeVar

from k6ci.errors import BugError, K6ciError, NotScannedError, SettingsError, UsageError, failure_of

Slice = TypeVar("Slice")
Part = TypeVar("Part")

# SIGKILL, SIGTERM, SIGINT, SIGHUP: the system (out of memory) or a user ended it; SIGSEGV and the like are a crash.
_KILLED = frozenset({-9, -15, -2, -1})


class _Failure(NamedTuple):
    """An error as it can be sent to the first process; its traceback may hold a secret."""

    kind: type[K6ciError]
    cause: str
    remedy: str


class _Worker:
    """The work of a process, which the fork hands over: closures cannot be sent."""

    work: Callable[[Any], Any]


def shared(slices: Sequence[Slice], work: Callable[[Slice], Part], jobs: int) -> list[Part]:
    """The parts that `work` makes of the slices in `jobs` processes, in the order of the slices.

    Raises:
        K6ciError: what a process raised; of all else a BugError that says where.
        NotScannedError: a process was killed before it finished.
    """
    children: list[Any] = []
    try:
        with ProcessPoolExecutor(jobs, _context(children), _install, (work,)) as pool:
            parts = list(pool.map(_answer, slices))
    except BrokenProcessPool:
        codes = {child.exitcode for child in children} - {None, 0}
        if codes <= _KILLED:
            raise NotScannedError(
                "A process of the scan was killed before it finished.", "Scan with `--jobs 1`."
            ) from None
        cause = f"A process of the scan ended with {max(codes - _KILLED)}."
        raise BugError(cause, "Scan with `--jobs 1`, and please report it.") from None
    except OSError:  # a container allows no more processes; those that were started have nothing to do
        for child in multiprocessing.active_children():
            child.terminate()
        parts = [work(each) for each in slices]
    for part in parts:
        if isinstance(part, _Failure):
            raise part.kind(part.cause, part.remedy)
    return parts


def _context(children: list[Any]) -> Any:
    """How processes are started; each is kept, because a pool forgets those that end early, and why."""
    context: Any = type(multiprocessing.get_context("fork"))()

    def process(*arguments: Any, **named: Any) -> Any:
        children.append(multiprocessing.get_context("fork").Process(*arguments, **named))
        return children[-1]

    context.Process = process
    return context


def _install(work: Callable[[Any], Any]) -> None:
    _Worker.work = staticmethod(work)


def _answer(each: Any) -> Any:
    try:
        return _Worker.work(each)
    except BaseException as error:  # noqa: BLE001 - the first process raises it
        failure = failure_of(error)
        known = (NotScannedError, SettingsError, UsageError)
        kind = next((kind for kind in known if isinstance(failure, kind)), BugError)
        return _Failure(kind, failure.cause, failure.remedy)
