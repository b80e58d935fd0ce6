"""Work in several processes, forked from this one: they share what it has imported and compiled."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import ForkContext, ForkProcess
from typing import Any, TypeVar

from k6ci.errors import BugError, K6ciError, NotScannedError, failure_of

Slice = TypeVar("Slice")
Part = TypeVar("Part")

# SIGKILL, SIGTERM, SIGINT, SIGHUP: the system (out of memory) or a user ended it; SIGSEGV and the like are a crash.
_NO_CRASH = frozenset({0, -9, -15, -2, -1})
# The work of a process, which the fork hands over: closures cannot be sent.
_WORK: list[Callable[[Any], Any]] = []


def shared(slices: Sequence[Slice], work: Callable[[Slice], Part], jobs: int) -> list[Part]:
    """The parts that `work` makes of the slices in `jobs` processes, in the order of the slices.

    Raises:
        K6ciError: what a process raised; of all else a BugError that says where.
        NotScannedError: a process was killed before it finished.
    """
    children: list[ForkProcess] = []
    try:
        with ProcessPoolExecutor(jobs, _context(children), _WORK.append, (work,)) as pool:
            answers = list(pool.map(_answer, slices))
    except BrokenProcessPool:
        crashes = {child.exitcode or 0 for child in children} - _NO_CRASH
        if not crashes:
            cause, remedy = "A process of the scan was killed before it finished.", "Scan with `--jobs 1`."
            raise NotScannedError(cause, remedy) from None
        cause, remedy = (
            f"A process of the scan ended with {max(crashes)}.",
            "Scan with `--jobs 1`, and please report it.",
        )
        raise BugError(cause, remedy) from None
    except OSError:  # a container allows no more processes; those that were started have nothing to do
        for child in multiprocessing.active_children():
            child.terminate()
        return [work(each) for each in slices]
    for _, failure in answers:
        if failure:
            kind, cause, remedy = failure
            raise kind(cause, remedy)
    return [part for part, _ in answers]


def _context(children: list[ForkProcess]) -> Any:
    """How processes are started; each is kept, because a pool forgets those that end early, and why."""

    def process(*arguments: Any, **named: Any) -> ForkProcess:
        children.append(ForkProcess(*arguments, **named))
        return children[-1]

    context: Any = ForkContext()
    context.Process = process
    return context


def _answer(each: Any) -> tuple[Any, tuple[type[K6ciError], str, str] | None]:
    """The part, or an error as it can be sent to the first process: its traceback may hold a secret."""
    try:
        return _WORK[-1](each), None
    except BaseException as error:  # noqa: BLE001 - the first process raises it
        failure = failure_of(error)
        return None, (type(failure), failure.cause, failure.remedy)


def processors() -> int:
    """How many processes make sense: what the scheduler and the container's limit (cgroups) leave to this process."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:  # noqa: PTH123 - light
            quota, period = file.read().split()[:2]
    except (OSError, ValueError):
        return count
    return max(1, min(count, -(-int(quota) // int(period)))) if quota.isdigit() else count
