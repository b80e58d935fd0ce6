"""What there is to look at: files by path, the index, a range of commits; each as bounded bytes or with a word why not.

Reading follows no links, opens nothing that is no regular file, and keeps one file in memory at a time.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

LARGEST_BYTES = 5_000_000
_SNIFFED_BYTES = 8_192
_NEVER_ENTERED = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}
)


class Content(NamedTuple):
    """One file as it was read: `content` is None when it was not judged, `skipped` then says why.

    `is_failure`: it should have been judged, so the scan is incomplete. `commit` is empty outside of a range.
    """

    path: str
    content: bytes | None
    skipped: str = ""
    is_failure: bool = False
    commit: str = ""


def is_binary(content: bytes) -> bool:
    """True when the first 8 KiB hold a NUL and no UTF-16 mark explains it."""
    return b"\0" in content[:_SNIFFED_BYTES] and content[:2] not in {b"\xff\xfe", b"\xfe\xff"}


def is_archive(content: bytes) -> bool:
    """True for a tar, compressed with gzip or not, whatever its name."""
    return content[257:262] == b"ustar" or content[:3] == b"\x1f\x8b\x08"


def judged(path: str, content: bytes) -> Content:
    """The content, unless it is binary; archives of k6 are binary and judged."""
    if is_archive(content):
        from k6ci.secretscan.inputs.archives import is_readable  # noqa: PLC0415 - archives are rare

        return Content(path, content) if is_readable(content) else Content(path, None, "no archive that can be read")
    if is_binary(content):
        return Content(path, None, "binary")
    return Content(path, content)


def too_large(path: str, size_bytes: int) -> Content:
    """The word for a file past the limit."""
    return Content(path, None, f"larger than {LARGEST_BYTES // 1_000_000} MB ({size_bytes / 1_000_000:.0f} MB)")


def read_file(path: str) -> Content:
    """One file of the working tree; a link, a pipe or a device is no content."""
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not wait.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return Content(path, None, "a symbolic link")
        return Content(path, None, f"cannot be read: {error.strerror}", is_failure=True)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return Content(path, None, "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file")
        if status.st_size > LARGEST_BYTES:
            return too_large(path, status.st_size)
        return judged(path, _read(handle))
    except OSError as error:
        return Content(path, None, f"cannot be read: {error.strerror}", is_failure=True)
    finally:
        os.close(handle)


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
