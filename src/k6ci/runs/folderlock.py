"""Locks in the report directory: they end with their process, however it ends, and no wait for one is endless."""

from __future__ import annotations

import contextlib
import os
import pathlib
import threading
from collections.abc import Iterator
from typing import Any, Final

try:
    import fcntl as _fcntl

    fcntl: Any = _fcntl
except ImportError:  # Windows has none: there, two k6ci need different folders
    fcntl = None

_TRIES: Final = 100
_PAUSE_SECONDS: Final = 0.02
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_MAX_NUMBER: Final = 99


@contextlib.contextmanager
def locked_folder(folder: pathlib.Path) -> Iterator[None]:
    """Lock a folder for a change; after 2 s without the lock, continue: a change must not be lost."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        pause = threading.Event()
        for _ in range(_TRIES):
            if _has_lock(handle):
                break
            pause.wait(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def reserved_number(folder: pathlib.Path) -> Iterator[int]:
    """Reserve the first number, from 1 on, that no live process has in this folder, until the process ends."""
    handle = None
    number = 1
    try:
        for number in range(1, _MAX_NUMBER):
            handle, is_taken = _try(_file_of(folder, number))
            if not is_taken:
                break
        yield number
    finally:
        if handle is not None:
            with contextlib.suppress(OSError):
                _file_of(folder, number).unlink()
            os.close(handle)


def is_live(folder: pathlib.Path, number: int) -> bool:
    """Whether a live process has this number."""
    path = _file_of(folder, number)
    if fcntl is None or not path.exists():
        return False
    handle, is_taken = _try(path)
    if handle is not None:
        os.close(handle)
    return is_taken


def _try(path: pathlib.Path) -> tuple[int | None, bool]:
    """Try to lock a file: its open handle if that worked, and whether another process has it."""
    if fcntl is None:
        return None, False
    for _ in range(_TRIES):
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
        except OSError:
            if path.is_symlink():
                path.unlink(missing_ok=True)
                continue
            return None, False  # no locks here: another k6ci in this folder goes unnoticed
        if not _has_lock(handle):
            os.close(handle)
            return None, True
        if _is_still(path, handle):
            return handle, False
        os.close(handle)  # its owner removed it while we waited: the next one is another file
    return None, False


def _has_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _is_still(path: pathlib.Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except OSError:
        return False


def _file_of(folder: pathlib.Path, number: int) -> pathlib.Path:
    return folder / f".k6ci-{number}.lock"
