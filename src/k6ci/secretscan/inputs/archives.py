"""k6 archives: a tar that holds the script, its options in `metadata.json`, and whatever `-e` put into its environment.

Read member by member with a limit on each and on all, so that a hostile archive costs no more than a large file. What
is not read is said.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from k6ci.secretscan.inputs.content import LARGEST_BYTES, Content, readable
from k6ci.secretscan.inputs.texts import is_archive

_MOST_MEMBERS = 5_000
_MOST_BYTES = 200_000_000
_DEEPEST = 2


class _Bounded(io.RawIOBase):
    """A stream that ends after more than _MOST_BYTES (`left` is 0 then): a bomb costs no more than its fuse."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source = source
        self.left = _MOST_BYTES + 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(min(len(buffer), self.left))
        self.left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def members(path: str, content: bytes, *, depth: int = 1) -> Iterator[Content]:
    """The files of an archive, with paths below its own, those of archives inside of it, and what cannot be read."""
    source: IO[bytes] = io.BytesIO(content)
    bounded = _Bounded(gzip.GzipFile(fileobj=source) if content[:2] == b"\x1f\x8b" else source)
    stream = io.BufferedReader(bounded)
    try:
        if stream.peek(512)[257:262] != b"ustar":  # compressed, and no tar: one file
            name = path.rsplit("/", 1)[-1].removesuffix(".gz")
            yield from _member(f"{path}/{name}", stream.read(LARGEST_BYTES), depth)
            return
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for index, member in enumerate(archive):
                name = f"{path}/{member.name.lstrip('./')}"
                if index >= _MOST_MEMBERS:
                    yield _failure(path, f"more than {_MOST_MEMBERS} files in an archive")
                    return
                if member.isreg() and member.size > LARGEST_BYTES:
                    yield _failure(name, f"larger than {LARGEST_BYTES // 1_000_000} MB")
                    return  # skipping a declared size may take for ever
                file = archive.extractfile(member) if member.isreg() else None
                if file:
                    yield from _member(name, file.read(), depth)
    except (tarfile.TarError, EOFError, ValueError, OSError, zlib.error):
        yield _failure(path, "an archive that cannot be read to its end")
        return
    if not bounded.left:
        yield _failure(path, f"more than {_MOST_BYTES // 1_000_000} MB in an archive")


def _member(path: str, body: bytes, depth: int) -> Iterator[Content]:
    if not is_archive(body):
        yield readable(path, body)
    elif depth < _DEEPEST:
        yield from members(path, body, depth=depth + 1)
    else:
        yield _failure(path, "an archive inside of an archive inside of an archive")


def _failure(path: str, problem: str) -> Content:
    return Content(path, None, problem, is_failure=True)
