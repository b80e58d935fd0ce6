"""What /proc shows of processes: who is below whom, with which arguments, and in which folder. (Linux)"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

PROCESSES = Path("/proc")


def descendants(root: int) -> list[Path]:
    """The processes below one, now."""
    found = []
    with contextlib.suppress(OSError):
        for task in (PROCESSES / str(root) / "task").iterdir():
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text(encoding="ascii").split():
                    found += [PROCESSES / child, *descendants(int(child))]
    return found


def children_named(name: str) -> list[Path]:
    """The processes of this name that this process has started and that have not ended."""
    found = []
    for stat in PROCESSES.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            before, _, after = stat.read_text(encoding="utf-8").rpartition(")")
            if before.endswith(f"({name}") and after.split()[1] == str(os.getpid()) and after.split()[0] != "Z":
                found.append(stat.parent)
    return found


def arguments_of_everybody() -> bytes:
    """What `ps` shows."""
    found = b""
    for path in PROCESSES.glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += path.read_bytes()
    return found


def kill_k6ci(folder: Path) -> None:
    """Kill each k6ci that works in this folder, as the kernel does when memory runs out."""
    for process in PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            argv = (process / "cmdline").read_bytes().split(b"\0")
            if b"k6ci" in argv and (process / "cwd").resolve() == folder.resolve():
                os.kill(int(process.name), signal.SIGKILL)
