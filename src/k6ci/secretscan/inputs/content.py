"""The content of files, as bytes of bounded size or with the reason why the file is skipped.

Reading follows no links, opens only regular files, and keeps one file in memory at a time.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from k6ci.secretscan.inputs.key_stores import store_of
from k6ci.secretscan.inputs.texts import is_archive, is_binary

LARGEST_BYTES = 50_000_000
# What tells a text from a binary file.
_HEAD_BYTES = 8_192
_NEVER_ENTERED = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}
)


class Content(NamedTuple):
    """One file as it was read: `content` is None when it was not scanned, `skipped` then says why.

    `is_failure`: it should have been scanned, so the scan is incomplete. `commit` is empty outside of a range.
    """

    path: str
    content: bytes | None
    skipped: str = ""
    is_failure: bool = False
    commit: str = ""


def readable(path: str, content: bytes, size_bytes: int = 0) -> Content:
    """The content, skipped when it is binary (no archive, no key store), or the head of a file that is too large."""
    if is_binary(content) and not is_archive(content) and store_of(content) is None:
        return Content(path, None, "binary file")
    if size_bytes > LARGEST_BYTES:
        limit = f"larger than {LARGEST_BYTES // 1_000_000} MB ({size_bytes / 1_000_000:.0f} MB)"
        return Content(path, None, limit, is_failure=True)
    return Content(path, content)


def read_file(path: str) -> Content:
    """One file of the working tree; a link, a pipe or a device is no content."""
    try:
        with open(path, "rb", opener=_open) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Content(path, None, "no regular file")
            # Of the size of the file, because a buffer for the largest takes longer than the rest of reading.
            wanted = _HEAD_BYTES if status.st_size > LARGEST_BYTES else status.st_size or LARGEST_BYTES
            return readable(path, file.read(wanted), status.st_size)
    except IsADirectoryError:
        return Content(path, None, "a folder")
    except OSError as error:
        if error.errno == errno.ELOOP:
            return Content(path, None, "a symbolic link")
        return Content(path, None, f"cannot be read: {error.strerror}", is_failure=True)


def _open(path: str, flags: int) -> int:
    """Open without following a link, and without waiting for who writes to a pipe; Windows has no flags for that."""
    if not hasattr(os, "O_NOFOLLOW") and os.path.islink(path):
        raise OSError(errno.ELOOP, "a symbolic link")
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def walk(paths: Iterable[str]) -> Iterator[str]:
    """The files named, and those below the folders named; links are not followed, version control is not entered."""
    for path in paths:
        if not os.path.isdir(path) or os.path.islink(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if name not in _NEVER_ENTERED)
            for name in sorted(names):
                full = os.path.join(folder, name)
                yield full.removeprefix("./")
