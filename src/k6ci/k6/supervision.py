"""Runs a child process under supervision: its pipes are read to their end, and it is gone when the caller is done.

Standard input is fed from memory, output is handed to callbacks as it comes, so that a child never blocks on a full
pipe. The child leads a session of its own, and signals go to all of its process group. Which environment a k6 process
gets is decided in variables.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

import anyio
from anyio.abc import ByteReceiveStream, Process

_STDOUT_LIMIT_BYTES: Final = 16 * 2**20
_STDERR_LIMIT_BYTES: Final = 2**18
_GRACE_SECONDS: Final = 3.0
_KILLED: Final = -9

Sink = Callable[[bytes], None]


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: the signal), and whether it was stopped because of its limit."""

    exit_code: int
    is_timed_out: bool = False


@dataclasses.dataclass(frozen=True)
class Finished:
    """The exit code of a process and what it wrote; of output beyond the limits, the end."""

    exit_code: int
    stdout: bytes
    stderr: str


class TimedOutError(Exception):
    """The process did not end in time and was stopped."""


class OutputTail:
    """The last bytes of an output, in bounded memory (at most twice the limit)."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes, self._kept = limit_bytes, bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        self._kept += chunk
        if len(self._kept) > 2 * self._limit_bytes:
            del self._kept[: -self._limit_bytes]

    @property
    def data(self) -> bytes:
        """At most the last `limit_bytes`."""
        return bytes(self._kept[-self._limit_bytes :])


class Child:
    """A running child process."""

    def __init__(self, process: Process, grace_seconds: float, drained: Sequence[anyio.Event]) -> None:
        self._process, self._grace_seconds, self._drained = process, grace_seconds, drained

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def finished(self, *, limit_seconds: float, stop: anyio.Event | None = None) -> Ended:
        """Wait for the end; the child is stopped when `stop` is set or its time is up."""
        async with anyio.create_task_group() as group:
            if stop is not None:
                group.start_soon(self._end_when, stop, group.cancel_scope)
            with anyio.move_on_after(limit_seconds) as limit:
                await self._closed()
            if limit.cancelled_caught:
                await self._ended()
            group.cancel_scope.cancel()
        code = self._process.returncode
        return Ended(_KILLED if code is None else code, limit.cancelled_caught)

    async def end(self) -> None:
        """Terminate, wait, kill, wait: the process group is asked to end, then made to."""
        for is_last in (False, True):
            if self._process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                _signal(self._process, is_last=is_last)
            with anyio.move_on_after(self._grace_seconds):
                await self._process.wait()

    async def _closed(self) -> None:
        for drained in self._drained:
            await drained.wait()
        await self._process.wait()

    async def _ended(self) -> None:
        await self.end()
        with anyio.move_on_after(self._grace_seconds):  # a process that the child started may hold its pipes open
            await self._closed()

    async def _end_when(self, stop: anyio.Event, waiting: anyio.CancelScope) -> None:
        await stop.wait()
        await self._ended()
        waiting.cancel()


def _signal(process: Process, *, is_last: bool) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL if is_last else signal.SIGTERM)
    elif is_last:
        process.kill()
    else:
        process.terminate()


@contextlib.asynccontextmanager
async def supervised(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: pathlib.Path,
    on_stdout: Sink,
    on_stderr: Sink,
    stdin: bytes | None = None,
    grace_seconds: float = _GRACE_SECONDS,
) -> AsyncIterator[Child]:
    """Start a program; whatever happens inside of the block, it is gone afterwards.

    Args:
        argv: the program and its arguments.
        environ: the whole environment of the child.
        folder: its working directory.
        on_stdout: gets standard output as it comes.
        on_stderr: gets standard error as it comes.
        stdin: what it reads; None for nothing.
        grace_seconds: the time between SIGTERM and SIGKILL.

    Raises:
        OSError: it cannot be started.
    """
    with anyio.CancelScope(shield=True):  # a start that is cancelled would leave a process that nobody knows of
        process = await anyio.open_process(
            list(argv),
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            start_new_session=True,
        )
    drained = anyio.Event(), anyio.Event()
    child = Child(process, grace_seconds, drained)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_drain, process.stdout, on_stdout, drained[0])
            group.start_soon(_drain, process.stderr, on_stderr, drained[1])
            group.start_soon(_feed, process, stdin)
            yield child
            group.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await child.end()
            await process.aclose()


async def run_process(
    argv: Sequence[str], *, environ: Mapping[str, str], folder: pathlib.Path, timeout_seconds: float
) -> Finished:
    """Run a program to its end, with nothing to read; it is stopped when the caller is cancelled or time is up.

    Raises:
        OSError: it cannot be started.
        TimedOutError: it had to be stopped.
    """
    stdout, stderr = OutputTail(_STDOUT_LIMIT_BYTES), OutputTail(_STDERR_LIMIT_BYTES)
    async with supervised(argv, environ=environ, folder=folder, on_stdout=stdout.feed, on_stderr=stderr.feed) as child:
        ended = await child.finished(limit_seconds=timeout_seconds)
    if ended.is_timed_out:
        raise TimedOutError(f"{argv[0]} did not end within {timeout_seconds:.0f} s")
    return Finished(ended.exit_code, stdout.data, stderr.data.decode(errors="replace"))


async def _feed(process: Process, data: bytes | None) -> None:
    if process.stdin is None or data is None:
        return
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        await process.stdin.send(data)
    with contextlib.suppress(anyio.BrokenResourceError, OSError):
        await process.stdin.aclose()


async def _drain(stream: ByteReceiveStream | None, sink: Sink, drained: anyio.Event) -> None:
    if stream is not None:
        async for chunk in stream:
            sink(chunk)
    drained.set()
