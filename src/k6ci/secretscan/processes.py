"""Work in several processes, forked from this one: what it has imported and compiled is theirs, too.

Why no pool of the standard library: to import and start one is a tenth of the scan of a usual repository. The numbers
of the slices lie in a pipe, from which each process takes the next; what came of them goes back through another.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from k6ci.errors import BugError, K6ciError, NotScannedError, SettingsError, UsageError, failure_of

Slice = TypeVar("Slice")
Part = TypeVar("Part")

# A pipe takes 16 KiB on every system without being read.
MOST_SLICES = 4_000
_NUMBER_BYTES = 4
# The exit code of a process that could say what is wrong.
_FAILED = 3
# SIGKILL, SIGTERM, SIGINT, SIGHUP: the system (out of memory) or a user ended it; SIGSEGV and the like are a crash.
_KILLED = frozenset({-9, -15, -2, -1})


def shared(slices: Sequence[Slice], work: Callable[[Slice], Part], jobs: int) -> list[Part]:
    """The parts that `work` makes of at most MOST_SLICES slices, in their order; this process is one of the `jobs`.

    Raises:
        K6ciError: what a process raised; of all else a BugError that says where.
        NotScannedError: a process was killed before it finished.
    """
    queue, entrance = os.pipe()
    os.write(entrance, b"".join(number.to_bytes(_NUMBER_BYTES) for number in range(len(slices))))
    os.close(entrance)
    children: list[tuple[int, int]] = []
    with contextlib.suppress(OSError):  # as many as the system lets us have
        for _ in range(jobs - 1):
            children.append(_forked(queue, slices, work))  # noqa: PERF401 - those before a failure count
    answers: list[tuple[int, bytes]] = []
    try:
        parts = _taken(queue, slices, work)
    finally:
        os.close(queue)
        for process, pipe in children:
            with os.fdopen(pipe, "rb") as stream:
                answer = stream.read()
            answers.append((os.waitpid(process, 0)[1], answer))
    for status, answer in answers:
        parts |= _read(status, answer)
    return [parts[number] for number in sorted(parts)]


def _read(status: int, answer: bytes) -> dict[int, Any]:
    """What a process answered, or the error that it ended with."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        parts: dict[int, Any] = pickle.loads(answer)  # noqa: S301 - from a process of our own
        return parts
    if code == _FAILED:
        kind, cause, remedy = pickle.loads(answer)  # noqa: S301 - same
        raise kind(cause, remedy)
    if code in _KILLED:
        raise NotScannedError("A process of the scan was killed before it finished.", "Scan with `--jobs 1`.")
    raise BugError(f"A process of the scan ended with {code}.", "Scan with `--jobs 1`, and please report it.")


def _taken(queue: int, slices: Sequence[Slice], work: Callable[[Slice], Part]) -> dict[int, Part]:
    parts = {}
    while number := os.read(queue, _NUMBER_BYTES):
        index = int.from_bytes(number)
        parts[index] = work(slices[index])
    return parts


def _forked(queue: int, slices: Sequence[Slice], work: Callable[[Slice], Part]) -> tuple[int, int]:
    """A process that works, and the pipe from which its answer can be read."""
    answer, pipe = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(answer)
        _answer(pipe, queue, slices, work)
    os.close(pipe)
    return process, answer


def _answer(pipe: int, queue: int, slices: Sequence[Slice], work: Callable[[Slice], Part]) -> NoReturn:
    """Work, answer, and end without what belongs to the first process: its streams and its exit handlers."""
    status = 1
    try:
        try:
            answer, status = pickle.dumps(_taken(queue, slices, work)), 0
        except BaseException as error:  # noqa: BLE001 - told by the first process; a traceback may hold a secret
            answer, status = pickle.dumps(_failure(error)), _FAILED
        with os.fdopen(pipe, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(status)


def _failure(error: BaseException) -> tuple[type[K6ciError], str, str]:
    """An error as it can be sent to the first process."""
    failure = failure_of(error)
    known = (NotScannedError, SettingsError, UsageError)
    return next((kind for kind in known if isinstance(failure, kind)), BugError), failure.cause, failure.remedy
