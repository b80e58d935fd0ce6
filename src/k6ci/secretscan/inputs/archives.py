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
from typing import IO, Any, NamedTuple

from k6ci.secretscan.inputs.key_stores import is_key_store
from k6ci.secretscan.inputs.texts import is_archive, is_binary

MOST_MEMBERS = 5_000
MOST_BYTES = 200_000_000
LARGEST_MEMBER_BYTES = 50_000_000
_DEEPEST = 2


class Member(NamedTuple):
    """A file in an archive. `body` is None when it was not read, `problem` then says why."""

    name: str
    body: bytes | None
    problem: str = ""
    is_failure: bool = False


class _Bounded(io.RawIOBase):
    """A stream that ends when more than MOST_BYTES were read: a bomb costs no more than its fuse."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source = source
        self._left = MOST_BYTES
        self.is_cut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(min(len(buffer), self._left))
        self.is_cut = self.is_cut or self._left <= 0
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def members(path: str, content: bytes, *, depth: int = 0) -> Iterator[Member]:
    """The files of an archive of any kind, those of archives inside of it, and in the end what could not be read."""
    source: IO[bytes] = io.BytesIO(content)
    bounded = _Bounded(gzip.GzipFile(fileobj=source) if content[:2] == b"\x1f\x8b" else source)
    stream = io.BufferedReader(bounded)
    try:
        if stream.peek(512)[257:262] != b"ustar":  # compressed, and no tar: one file
            name = path.rsplit("/", 1)[-1].removesuffix(".gz")
            yield from _member(name, stream.read(LARGEST_MEMBER_BYTES), depth)
            return
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for index, member in enumerate(archive):
                if index >= MOST_MEMBERS:
                    yield Member("", None, f"more than {MOST_MEMBERS} files in an archive", is_failure=True)
                    return
                name = member.name.lstrip("./")
                if member.isreg() and member.size > LARGEST_MEMBER_BYTES:
                    yield Member(name, None, f"larger than {LARGEST_MEMBER_BYTES // 1_000_000} MB", is_failure=True)
                    return  # skipping a declared size may take for ever
                elif member.isreg():
                    file = archive.extractfile(member)
                    yield from _member(name, file.read() if file else b"", depth)
    except (tarfile.TarError, EOFError, ValueError, OSError, zlib.error):
        yield Member("", None, "an archive that cannot be read to its end", is_failure=True)
        return
    if bounded.is_cut:
        yield Member("", None, f"more than {MOST_BYTES // 1_000_000} MB in an archive", is_failure=True)


def _member(name: str, body: bytes, depth: int) -> Iterator[Member]:
    if is_archive(body):
        if depth + 1 >= _DEEPEST:
            yield Member(name, None, "an archive inside of an archive inside of an archive", is_failure=True)
            return
        for one in members(name, body, depth=depth + 1):
            yield one._replace(name=f"{name}/{one.name}" if one.name else name)
    elif is_binary(body) and not is_key_store(body):
        yield Member(name, None, "binary file")
    else:
        yield Member(name, body)
