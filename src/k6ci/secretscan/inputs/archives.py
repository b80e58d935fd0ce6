"""k6 archives: a tar that holds the script, its options in `metadata.json`, and whatever `-e` put into its environment.

Read member by member with a limit on each and on all, so that a hostile archive costs no more than a large file. What
is not read is said.
"""

from __future__ import annotations

import gzip
import io
import itertools
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any

from k6ci.secretscan.inputs.content import LARGEST_BYTES, Content, readable
from k6ci.secretscan.inputs.texts import is_archive

_MOST_MEMBERS = 5_000
_MOST_BYTES = 200_000_000
_DEEPEST = 2


class _Bounded:
    """A stream that ends after more than _MOST_BYTES (`left` is 0 then): a bomb costs no more than its fuse."""

    def __init__(self, source: Any) -> None:
        self._source = io.BufferedReader(source)
        self.left = _MOST_BYTES + 1
        self.last = b""

    def read(self, size: int) -> bytes:
        self.last = self._source.read(min(size, self.left))
        self.left -= len(self.last)
        return self.last

    def block(self) -> bytes:
        """The next block, which stays unread."""
        return self._source.peek(tarfile.BLOCKSIZE)[: tarfile.BLOCKSIZE] if self.left else b""


def members(path: str, content: bytes, *, depth: int = 1) -> Iterator[Content]:
    """The files of an archive, with paths below its own, those of archives inside of it, and what cannot be read."""
    source = io.BytesIO(content)
    stream = _Bounded(gzip.GzipFile(fileobj=source) if content[:2] == b"\x1f\x8b" else source)
    try:
        if _is_header(stream.block()):
            yield from _tars(path, stream, depth)
        else:  # compressed, and no tar: one file
            name = path.rsplit("/", 1)[-1].removesuffix(".gz")
            yield from _member(f"{path}/{name}", stream.read(LARGEST_BYTES + 1), depth)
    except (tarfile.TarError, EOFError, ValueError, OSError, zlib.error):
        yield _failure(path, "an archive that cannot be read to its end")
        return
    if not stream.left:
        yield _failure(path, f"more than {_MOST_BYTES // 1_000_000} MB in an archive")


def _tars(path: str, stream: Any, depth: int) -> Iterator[Content]:
    """The files of a tar, and of those that follow it."""
    number = itertools.count(1)
    while _is_header(stream.block()):
        # With blocks as a buffer nothing is read beyond the end.
        with tarfile.open(fileobj=stream, mode="r|", bufsize=tarfile.BLOCKSIZE) as archive:
            for member in archive:
                name = f"{path}/{member.name.lstrip('./')}"
                # Members of unknown types have data, too.
                is_file = member.isreg() or member.type not in tarfile.SUPPORTED_TYPES
                if next(number) > _MOST_MEMBERS:
                    yield _failure(path, f"more than {_MOST_MEMBERS} files in an archive")
                    return
                if is_file and member.size > LARGEST_BYTES:
                    yield _failure(name, f"larger than {LARGEST_BYTES // 1_000_000} MB")
                    return  # skipping a declared size may take for ever
                file = archive.extractfile(member) if is_file else None
                if file:
                    yield from _member(name, file.read(), depth)
        while not stream.last.strip(b"\0") and stream.block() and not stream.block().strip(b"\0"):
            stream.read(len(stream.block()))
    if stream.last.strip(b"\0") or stream.block():
        yield _failure(path, "data behind the end of an archive")


def _is_header(block: bytes) -> bool:
    return block[257:262] == b"ustar"


def _member(path: str, body: bytes, depth: int) -> Iterator[Content]:
    if len(body) > LARGEST_BYTES or not is_archive(body):
        yield readable(path, body, len(body))
    elif depth < _DEEPEST:
        yield from members(path, body, depth=depth + 1)
    else:
        yield _failure(path, "an archive inside of an archive inside of an archive")


def _failure(path: str, problem: str) -> Content:
    return Content(path, None, problem, is_failure=True)
