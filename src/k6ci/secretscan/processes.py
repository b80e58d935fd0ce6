"""Work in several processes, forked from this one: what it has imported and compiled is theirs, too.

Why no pool of the standard library: to import and start one is a tenth of the scan of a usual repository. The numbers
of the slices lie in a pipe, from which each process takes the next; what came of them goes back through another.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from k6ci.errors import NotJudgedError

Slice = TypeVar("Slice")
Part = TypeVar("Part")

# A pipe takes 16 KiB on every system without being read.
MOST_SLICES = 4_000
_NUMBER_BYTES = 4


def shared(slices: Sequence[Slice], work: Callable[[Slice], Part], jobs: int) -> list[Part]:
    """The parts that `work` makes of at most MOST_SLICES slices, in their order; this process is one of the `jobs`.

    Raises:
        NotJudgedError: a process ended before it had answered.
    """
    queue, entrance = os.pipe()
    os.write(entrance, b"".join(number.to_bytes(_NUMBER_BYTES) for number in range(len(slices))))
    os.close(entrance)
    children: list[tuple[int, int]] = []
    with contextlib.suppress(OSError):  # as many as the system lets us have
        for _ in range(jobs - 1):
            children.append(_forked(queue, slices, work))  # noqa: PERF401 - those before a failure count
    answers = []
    try:
        parts = _taken(queue, slices, work)
    finally:
        os.close(queue)
        for process, pipe in children:
            with os.fdopen(pipe, "rb") as stream:
                answer = stream.read()
            _, status = os.waitpid(process, 0)
            answers.append(answer if status == 0 else b"")
    if not all(answers):
        raise NotJudgedError("A process of the scan ended before it was done.", "Scan with `--jobs 1`.")
    for answer in answers:
        parts |= pickle.loads(answer)  # noqa: S301 - from a process of our own
    return [parts[number] for number in sorted(parts)]


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
        answer = pickle.dumps(_taken(queue, slices, work))
        with os.fdopen(pipe, "wb") as stream:
            stream.write(answer)
        status = 0
    except Exception:  # noqa: BLE001 - told here, counted there
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)
