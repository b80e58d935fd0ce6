"""The standard streams of the process, which may be closed, a file, a pipe or a terminal, of any encoding."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import NamedTuple, TextIO


def reopen_closed() -> None:
    """Open the null device in place of a closed standard output or error (`2>&-`): the exit code still counts."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - light, and for good


def prepare_streams() -> None:
    """Open closed streams, and write UTF-8: a console may have another encoding, and a token any bytes."""
    reopen_closed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


def is_file(stream: TextIO) -> bool:
    """Whether the stream is a file on disk, not a terminal or a pipe to another process."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):  # replaced by an object that has no file
        return False


def is_handed_on() -> bool:
    """Whether standard output alone is piped to another program (`| tee FILE`), as far as Linux tells."""
    try:
        own = [os.fstat(number) for number in (1, 2)]
        of_parent = [os.stat(f"/proc/{os.getppid()}/fd/{number}") for number in (1, 2)]  # noqa: PTH116 - light
    except OSError:
        return False
    is_output_ours = not os.path.samestat(own[0], of_parent[0]) and stat.S_ISFIFO(own[0].st_mode)
    return is_output_ours and os.path.samestat(own[1], of_parent[1])


class Arranged(NamedTuple):
    """`document` is the original standard output; `log` is the stream for the commands of a CI system."""

    document: TextIO
    log: TextIO
    is_joined: bool


def arranged(*, joins: bool, has_document: bool, is_whole_process: bool = True) -> Arranged:
    """Decide which stream is the log, and make standard output and error one where a CI system reads both.

    A stream that is a file on disk stays as it is, because the system does not read it. File descriptors are joined,
    too, so that the output of child processes, of C libraries and of the interpreter goes to the same stream.

    Args:
        joins: the system reads commands from both streams, in no defined order between the two.
        has_document: standard output is for a program: all else goes to standard error.
        is_whole_process: the streams are those that the process was started with, not replaced by a test.
    """
    document = sys.stdout
    is_apart = has_document or is_file(document)
    if not joins or is_file(sys.stderr) or (is_apart and not has_document):
        return Arranged(document, sys.stderr if is_apart else sys.stdout, is_joined=False)
    sys.stdout.flush()
    sys.stderr.flush()
    has_descriptors = is_whole_process and _are_the_process_own()
    if has_document:
        if has_descriptors:
            document = open(os.dup(1), "w", encoding="utf-8", errors="replace")  # noqa: PTH123, SIM115 - to the end
            os.dup2(2, 1)
        sys.stdout = sys.stderr
    else:
        if has_descriptors:
            os.dup2(1, 2)
        sys.stderr = sys.stdout
    return Arranged(document, sys.stderr, is_joined=True)


def silence() -> None:
    """Discard all further output, such as warnings of the interpreter at its end: the last line is written."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if _are_the_process_own():
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _are_the_process_own() -> bool:
    """Whether standard output and error are still those of the process."""
    own = (sys.__stdout__, sys.__stderr__)
    if None in own or not {sys.stdout, sys.stderr} <= set(own):
        return False
    return [stream.fileno() for stream in own if stream is not None] == [1, 2]
