"""The standard streams as who started us left them: closed, a file, a terminal, of any encoding."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TextIO


def reopen_closed() -> None:
    """Give standard output and error a place to go where they have none (`2>&-`): the exit code still counts."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - light, and for good


def prepare_streams() -> None:
    """The same, and UTF-8 for all that is written: a console may be of another encoding, and a token of bytes."""
    reopen_closed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


def is_file(stream: TextIO) -> bool:
    """Whether what is written there stays somewhere, instead of going to a terminal or another process."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):  # a stand-in without a file behind it
        return False
