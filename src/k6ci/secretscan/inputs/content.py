"""The content of files, as bytes of bounded size or with the reason why the file is skipped.

Reading follows no links, opens only regular files, and keeps one file in memory at a time.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from k6ci.secretscan.inputs.key_stores import is_key_store
from k6ci.secretscan.inputs.texts import is_archive, is_binary

LARGEST_BYTES = 50_000_000
# What tells a text from a binary file.
HEAD_BYTES = 8_192
# Windows has none of these flags. O_NONBLOCK: opening a pipe that nobody writes to must not wait.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
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


def readable(path: str, content: bytes) -> Content:
    """The content, unless it is binary; archives are binary and read."""
    if is_binary(content) and not is_archive(content) and not is_key_store(content):
        return Content(path, None, "binary file")
    return Content(path, content)


def too_large(path: str, size_bytes: int, head: bytes) -> Content:
    """The skipped content of a file over the limit; one that begins like a binary file is skipped as binary."""
    if readable(path, head).content is None:
        return Content(path, None, "binary file")
    return Content(
        path, None, f"larger than {LARGEST_BYTES // 1_000_000} MB ({size_bytes / 1_000_000:.0f} MB)", is_failure=True
    )


def read_file(path: str) -> Content:
    """One file of the working tree; a link, a pipe or a device is no content."""
    try:
        handle = os.open(path, _FLAGS | _refuse_link(path))
    except OSError as error:
        if error.errno == errno.ELOOP:
            return Content(path, None, "a symbolic link")
        return Content(path, None, f"cannot be read: {error.strerror}", is_failure=True)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return Content(path, None, "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file")
        if status.st_size > LARGEST_BYTES:
            return too_large(path, status.st_size, os.read(handle, HEAD_BYTES))
        return readable(path, _read(handle))
    except OSError as error:
        return Content(path, None, f"cannot be read: {error.strerror}", is_failure=True)
    finally:
        os.close(handle)


def _refuse_link(path: str) -> int:
    """The flag that refuses links; where there is none, links are refused here.

    Raises:
        OSError: the path is a link, and the system has no flag.
    """
    flag: int = getattr(os, "O_NOFOLLOW", 0)
    if not flag and os.path.islink(path):
        raise OSError(errno.ELOOP, "a symbolic link")
    return flag


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


def _read(handle: int) -> bytes:
    parts = []
    left = LARGEST_BYTES + 1
    while left > 0:
        part = os.read(handle, min(left, 1_048_576))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
