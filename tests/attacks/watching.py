"""Looks at every process below this one, again and again: where is the canary in arguments and environments? (Linux)"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from process_list import descendants

PAUSE_SECONDS = 0.01


@contextlib.contextmanager
def watching(canary: str, ignoring: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """What was seen of processes other than Python's own with k6ci in its arguments, which are handed the token."""
    seen: set[str] = set()
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            for process in descendants(os.getpid()):
                shown = findings(process, canary.encode())
                seen.update(one for one in shown if not any(name in one for name in ignoring))
            time.sleep(PAUSE_SECONDS)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    found: list[str] = []
    try:
        yield found
    finally:
        is_over.set()
        watcher.join()
        found += sorted(seen)


def findings(process: Path, canary: bytes) -> list[str]:
    try:
        arguments = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
    except OSError:
        return []
    shown = arguments.replace(b"\0", b" ").decode(errors="replace")[:200]
    found = [f"arguments of {shown}"] if canary in arguments else []
    is_shell = arguments.split(b"\0")[0].rpartition(b"/")[2] in (b"bash", b"sh", b"")
    if canary in environment and b"-m\0k6ci" not in arguments and not is_shell:
        found.append(f"environment of {shown}")
    return found
