"""Reads a tar that anybody may have made: an archive of k6, as it is here or as the cloud hands it out.

Why not `tarfile`: it follows sizes that point backwards, expands sparse files and compressed tars without a limit, and
recurses through chained headers. Here a member is never larger than what is there, the number of members is limited,
and whatever Go's archive/tar does not write (sparse files, compression) is refused.
"""

from __future__ import annotations

import contextlib
import io
import pathlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

_BLOCK: Final = 512
_LARGEST_HEADER: Final = 2**20
_MOST_MEMBERS: Final = 100_000
_MOST_HEADERS: Final = 8
# Of all names together: they are kept while the contents pass by.
_MOST_NAMES: Final = 8 * 2**20
_REGULAR, _HARD_LINK, _SYMBOLIC_LINK, _FOLDER = b"0", b"1", b"2", b"5"
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_KINDS: Final = frozenset({_REGULAR, b"\0", _HARD_LINK, _SYMBOLIC_LINK, _FOLDER})


class TarError(Exception):
    """Not a tar that k6 could have written, or not a whole one."""


class Member:
    """One member; read it, if at all, before the next one is asked for."""

    def __init__(self, name: str, kind: bytes, size: int, linkname: str) -> None:
        self.name, self._kind, self.size, self.linkname = name, kind, size, linkname

    def isreg(self) -> bool:
        """Whether it is a file."""
        return self._kind in (_REGULAR, b"\0")

    def isdir(self) -> bool:
        """Whether it is a folder."""
        return self._kind == _FOLDER

    def islnk(self) -> bool:
        """Whether it is a hard link."""
        return self._kind == _HARD_LINK

    def issym(self) -> bool:
        """Whether it is a symbolic link."""
        return self._kind == _SYMBOLIC_LINK


class Tar:
    """The members of an open tar, one after the other. Its methods are named as those of tarfile."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, io.SEEK_END)
        self._data_at = self._next_at = self._names = 0

    def __iter__(self) -> Iterator[Member]:
        for _ in range(_MOST_MEMBERS):
            member = self._next()
            if member is None:
                return
            yield member
        raise TarError("too many members")

    def extractfile(self, member: Member) -> BinaryIO | None:
        """The content of the member that was given out last; None when it is no file."""
        if not member.isreg():
            return None
        self._file.seek(self._data_at)
        return io.BufferedReader(_Part(self._file, member.size))

    def _next(self) -> Member | None:
        """The next member, with what the headers in front of it say of it."""
        said: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            header = self._header()
            if header is None:
                if said:
                    raise TarError("cut off")
                return None
            kind, size = header[156:157], _number(header[124:136])
            if kind in (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
                found = _extension(kind, self._content(size))
                said |= {} if kind == _PAX_GLOBAL else found
                continue
            return self._member(header, kind, size, said)
        raise TarError("too many headers")

    def _member(self, header: bytes, kind: bytes, size: int, said: dict[str, str]) -> Member:
        if kind not in _KINDS or any(key.startswith("GNU.sparse") for key in said):
            raise TarError("a member of a kind that k6 does not write")
        if "size" in said:
            size = _decimal(said["size"])
        if kind not in (_REGULAR, b"\0"):
            size = 0
        name, link = said.get("path") or _name(header), said.get("linkpath") or _text(header[157:257])
        self._names += len(name) + len(link)
        if self._names > _MOST_NAMES:
            raise TarError("too many names")
        self._take(size)
        return Member(name.rstrip("/"), kind, size, link)

    def _header(self) -> bytes | None:
        """The header block that comes next; None at the end."""
        self._file.seek(self._next_at)
        header = self._file.read(_BLOCK)
        if len(header) < _BLOCK or header == bytes(_BLOCK):
            if header.strip(b"\0") or not self._next_at:
                raise TarError("no tar" if not self._next_at else "cut off")
            return None
        if _number(header[148:156]) != sum(header[:148]) + 8 * ord(" ") + sum(header[156:]):
            raise TarError("no tar" if not self._next_at else "a header that is no header")
        self._next_at += _BLOCK
        return header

    def _take(self, size: int) -> None:
        """Pass over the content that belongs to the header that was read last."""
        if not 0 <= size <= self._length - self._next_at:
            raise TarError("a member that is larger than the tar")
        self._data_at = self._next_at
        self._next_at += -(-size // _BLOCK) * _BLOCK

    def _content(self, size: int) -> bytes:
        if size > _LARGEST_HEADER:
            raise TarError("too large a header")
        self._take(size)
        self._file.seek(self._data_at)
        return self._file.read(size)


@contextlib.contextmanager
def opened_tar(path: pathlib.Path) -> Iterator[Tar]:
    """A tar, closed at the end of the block.

    Raises:
        TarError: it is none (also later, while it is read).
    """
    with path.open("rb") as file:
        yield Tar(file)


class _Part(io.RawIOBase):
    """So many bytes of a file from where it stands."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


def _extension(kind: bytes, content: bytes) -> dict[str, str]:
    if kind in (_LONG_NAME, _LONG_LINK):
        return {"path" if kind == _LONG_NAME else "linkpath": _text(content)}
    found: dict[str, str] = {}
    while content.strip(b"\0"):
        length, space, _ = content.partition(b" ")
        count = _decimal(length.decode("latin-1")) if space else 0
        record = content[len(length) + 1 : count]
        key, equals, value = record.removesuffix(b"\n").partition(b"=")
        if not equals or count > len(content) or not record.endswith(b"\n"):
            raise TarError("a header that is no header")
        found[key.decode(errors="surrogateescape")] = value.decode(errors="surrogateescape")
        content = content[count:]
    return found


def _name(header: bytes) -> str:
    """The name of ustar, which may be split in two."""
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{_text(header[:100])}" if prefix else _text(header[:100])


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode(errors="surrogateescape")


def _number(field: bytes) -> int:
    """Octal digits, or (GNU) a binary number behind a byte that no digit has."""
    if field[0] & 0x80:
        if field[0] != 0x80:  # noqa: PLR2004 -- 0xff: negative
            raise TarError("a negative number")
        return int.from_bytes(field[1:], "big")
    text = field.strip(b" \0")
    if not text:
        return 0
    if not text.isdigit() or b"8" in text or b"9" in text:
        raise TarError("a number that is none")
    return int(text, 8)


def _decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 -- int64
        raise TarError("a number that is none")
    return int(text)
