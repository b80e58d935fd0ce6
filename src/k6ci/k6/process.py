"""Runs one k6 process to its end: argv in, exit code and output out. The only place of this layer that starts any.

What environment k6 gets is decided in variables.py.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

import anyio
from anyio.abc import ByteReceiveStream, Process

_STDOUT_LIMIT: Final = 16 * 2**20
_STDERR_LIMIT: Final = 2**18
_GRACE_SECONDS: Final = 3.0


@dataclasses.dataclass(frozen=True)
class Finished:
    """How a process ended, and what it wrote (the end of stderr, if it was long)."""

    exit_code: int
    stdout: bytes
    stderr: str


class TimedOutError(Exception):
    """The process did not end in time and was stopped."""


async def run_process(
    argv: Sequence[str], *, environ: Mapping[str, str], folder: pathlib.Path, timeout_seconds: float
) -> Finished:
    """Run a program to its end in a session of its own; it is stopped when the caller is cancelled or time is up.

    Raises:
        OSError: it cannot be started.
        TimedOutError: it had to be stopped.
    """
    process = await anyio.open_process(
        list(argv), env=dict(environ), cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True
    )
    stdout, stderr = bytearray(), bytearray()
    try:
        with anyio.move_on_after(timeout_seconds) as patience:
            async with anyio.create_task_group() as pumps:
                pumps.start_soon(_pump, process.stdout, stdout, _STDOUT_LIMIT)
                pumps.start_soon(_pump, process.stderr, stderr, _STDERR_LIMIT)
            await process.wait()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)
    if patience.cancelled_caught:
        raise TimedOutError(f"{argv[0]} did not end within {timeout_seconds:.0f} s")
    return Finished(process.returncode or 0, bytes(stdout), stderr.decode(errors="replace"))


async def _pump(stream: ByteReceiveStream | None, kept: bytearray, limit: int) -> None:
    """Read a pipe to its end, so that the child never blocks; keep the last `limit` bytes."""
    if stream is None:
        return
    async for chunk in stream:
        kept += chunk
        if len(kept) > limit:
            del kept[:-limit]


async def _end(process: Process) -> None:
    """Terminate, wait, kill, wait: whatever the child thinks of signals, it is gone afterwards."""
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(_GRACE_SECONDS):
            await process.wait()
    if process.returncode is None and hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    await process.aclose()
