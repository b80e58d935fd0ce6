"""Runs a step's shell as the runner does, the cancel ladder included: signals go to the entry process alone.

Source: actions/runner, src/Runner.Sdk/ProcessInvoker.cs: SIGINT, 7.5 s, SIGTERM, 2.5 s, kill.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TRACKING_VARIABLE = "RUNNER_TRACKING_ID"
TURN_SECONDS = 0.02


@dataclass(frozen=True)
class Ladder:
    """How long each signal may take before the next one, and how long an orphan may hold the output."""

    interrupt_seconds: float = 7.5
    terminate_seconds: float = 2.5
    drain_seconds: float = 5.0


class Cancellation:
    """A user who presses Cancel: on a line of output, or when `request` is called."""

    def __init__(self, on_line: Callable[[str], bool] | None = None) -> None:
        self._on_line = on_line
        self._requested = threading.Event()

    def request(self) -> None:
        self._requested.set()

    def see(self, line: str) -> None:
        if self._on_line and self._on_line(line):
            self.request()

    @property
    def is_requested(self) -> bool:
        return self._requested.is_set()


@dataclass
class Ended:
    """How a process ended: its exit code (negative for a signal), and the signals that it was sent."""

    exit_code: int
    signals: list[str] = field(default_factory=list)


def run_process(
    argv: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    on_line: Callable[[str], None],
    cancellation: Cancellation,
    ladder: Ladder,
    lagging: str = "",
) -> Ended:
    """Run to the end; every line of stdout and stderr goes to `on_line`, whose exceptions end the process.

    The runner reads the two by a thread each, in no defined order between them: the one that is `lagging` (`stdout` or
    `stderr`) is heard when the other one has ended.
    """
    process = subprocess.Popen(
        argv, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    ended = {"stdout": threading.Event(), "stderr": threading.Event()}
    for name, other in (("stdout", "stderr"), ("stderr", "stdout")):
        waits_for = ended[other] if name == lagging else None
        arguments = (getattr(process, name), lines, ended, name, waits_for)
        threading.Thread(target=_read_lines, args=arguments, daemon=True).start()
    try:
        signals = _attend(process, lines, on_line=on_line, cancellation=cancellation, ladder=ladder)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return Ended(process.returncode, signals)


def _read_lines(stream, lines, ended, name, waits_for) -> None:
    kept = []
    with stream, contextlib.suppress(ValueError):
        for raw in stream:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            (kept.append if waits_for else lines.put)(line)
    if waits_for:
        waits_for.wait()
    for line in kept:
        lines.put(line)
    ended[name].set()
    if all(event.is_set() for event in ended.values()):
        lines.put(None)


def _attend(process, lines, *, on_line, cancellation, ladder) -> list[str]:
    rungs = [
        (signal.SIGINT, ladder.interrupt_seconds),
        (signal.SIGTERM, ladder.terminate_seconds),
        (signal.SIGKILL, ladder.drain_seconds),
    ]
    sent: list[str] = []
    next_rung_at = 0.0
    ended_at = None
    while True:
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=TURN_SECONDS)
            if line is None:
                process.wait()
                return sent
            on_line(line)
            cancellation.see(line)
        now = time.monotonic()
        if process.poll() is not None:
            # An orphan may hold the pipe: the runner does not wait for it for ever.
            ended_at = ended_at or now
            if now - ended_at > ladder.drain_seconds:
                return sent
        elif cancellation.is_requested and now >= next_rung_at and rungs:
            rung, patience_seconds = rungs.pop(0)
            process.send_signal(rung)
            sent.append(rung.name)
            next_rung_at = now + patience_seconds


def reap_orphans(tracking_id: str) -> list[str]:
    """End every process that carries the job's id in its environment, as the runner does when a job ends (Linux)."""
    orphans = []
    mark = f"{TRACKING_VARIABLE}={tracking_id}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                orphans.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip())
                os.kill(int(entry.name), signal.SIGKILL)
    return [orphan for orphan in orphans if orphan]
