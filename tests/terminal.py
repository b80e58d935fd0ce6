"""A program in a terminal of its own: a pseudo-terminal of 80 columns, its controlling one, as a person has it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping

from waiting import PATIENCE_SECONDS, wait_for

COLUMNS = 80


class Terminal:
    """What the program shows, and somebody who types."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self.text = ""
        self._screen = screen

    def wait_for(self, words: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Read until those words are shown."""
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < deadline, f"never showed {words!r}: {self.text}"
            assert self._read(), f"ended without {words!r}: {self.text}"

    def type(self, text: str) -> None:
        """Keys, as they are, once the program waits for them.

        Python sees an interrupt that comes between a prompt and the start of its read() only after the next key.
        """
        wait_for(self._is_asleep, "a program that waits for a key")
        os.write(self._screen, text.encode())

    def shows_what_is_typed(self) -> bool:
        """Whether the terminal echoes."""
        return bool(termios.tcgetattr(self._screen)[3] & termios.ECHO)

    def end(self, *, seconds: float = PATIENCE_SECONDS) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < deadline, f"does not end: {self.text}"
        return self.process.wait(seconds)

    @property
    def lines(self) -> list[str]:
        """What was shown, line by line."""
        return self.text.replace("\r\n", "\n").split("\n")

    def _is_asleep(self) -> bool:
        """Whether the program's first thread sleeps, or has ended; the kernel's letter stands behind its name."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] not in "RD"

    def _read(self) -> bool:
        """Take in what is there within a moment; False when the program has ended and nothing is left."""
        has_ended = self.process.poll() is not None
        if not select.select([self._screen], [], [], 0.1)[0]:
            return not has_ended
        self.text += os.read(self._screen, 65536).decode(errors="replace")
        return True


@contextlib.contextmanager
def in_terminal(argv: list[str], environ: Mapping[str, str], folder: pathlib.Path) -> Iterator[Terminal]:
    """Run a program in a terminal; it is killed at the end if it is still there."""
    screen, keyboard = pty.openpty()
    fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))

    # The first terminal that the leader of a session opens becomes its controlling one.
    opening = 'exec "$@" <>"$TERMINAL" >&0 2>&1'
    process = subprocess.Popen(
        ["sh", "-c", opening, "sh", *argv],
        env={**environ, "TERM": "xterm", "TERMINAL": os.ttyname(keyboard)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    terminal = Terminal(process, screen)
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(keyboard)
        os.close(screen)
