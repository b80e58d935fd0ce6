"""Reads an untrusted tar: an archive made by k6, local or downloaded from the cloud.

Why not `tarfile`: it follows sizes that point backwards, expands sparse files and compressed tars without a limit, and
recurses through chained headers. Here a member is never larger than the file, the number of members is limited, and
features that Go's archive/tar does not write (sparse files, compression) are refused.
"""

from __future__ import annotations

import contextlib
import io
import pathlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

_BLOCK: Final = 512
_MAX_HEADER_BYTES: Final = 2**20
_MAX_MEMBERS: Final = 100_000
_MAX_HEADERS: Final = 8
# For all names together, because they stay in memory.
_MAX_NAME_CHARACTERS: Final = 8 * 2**20
_REGULAR, _HARD_LINK, _SYMBOLIC_LINK, _FOLDER = b"0", b"1", b"2", b"5"
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_KINDS: Final = frozenset({_REGULAR, b"\0", _HARD_LINK, _SYMBOLIC_LINK, _FOLDER})


class TarError(Exception):
    """The file is not a tar that k6 could have written, or it is truncated."""


class Member:
    """One member; its content can be read only before the next member is requested."""

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
    """The members of an open tar, in order. Methods have the names of those of `tarfile.TarFile`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, io.SEEK_END)
        self._data_at = self._next_at = self._names = 0

    def __iter__(self) -> Iterator[Member]:
        for _ in range(_MAX_MEMBERS):
            member = self._next()
            if member is None:
                return
            yield member
        raise TarError("too many members")

    def extractfile(self, member: Member) -> BinaryIO | None:
        """The content of the latest member; None if it is not a file."""
        if not member.isreg():
            return None
        self._file.seek(self._data_at)
        return io.BufferedReader(_Part(self._file, member.size))

    def _next(self) -> Member | None:
        """The next member, with the values of the extended headers before it."""
        extended: dict[str, str] = {}
        for _ in range(_MAX_HEADERS):
            header = self._header()
            if header is None:
                if extended:
                    raise TarError("truncated")
                return None
            kind, size = header[156:157], _number(header[124:136])
            if kind in (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
                found = _extension(kind, self._content(size))
                extended |= {} if kind == _PAX_GLOBAL else found
                continue
            return self._member(header, kind, size, extended)
        raise TarError("too many headers")

    def _member(self, header: bytes, kind: bytes, size: int, extended: dict[str, str]) -> Member:
        if kind not in _KINDS or any(key.startswith("GNU.sparse") for key in extended):
            raise TarError("unsupported member type")
        if "size" in extended:
            size = _decimal(extended["size"])
        if kind not in (_REGULAR, b"\0"):
            size = 0
        name, link = extended.get("path") or _name(header), extended.get("linkpath") or _text(header[157:257])
        self._names += len(name) + len(link)
        if self._names > _MAX_NAME_CHARACTERS:
            raise TarError("too many names")
        self._take(size)
        return Member(name.rstrip("/"), kind, size, link)

    def _header(self) -> bytes | None:
        """The next header block; None at the end."""
        self._file.seek(self._next_at)
        header = self._file.read(_BLOCK)
        if len(header) < _BLOCK or header == bytes(_BLOCK):
            if header.strip(b"\0") or not self._next_at:
                raise TarError("not a tar" if not self._next_at else "truncated")
            return None
        if _number(header[148:156]) != sum(header[:148]) + 8 * ord(" ") + sum(header[156:]):
            raise TarError("not a tar" if not self._next_at else "invalid header")
        self._next_at += _BLOCK
        return header

    def _take(self, size: int) -> None:
        """Skip the content that belongs to the latest header."""
        if not 0 <= size <= self._length - self._next_at:
            raise TarError("a member is larger than the tar")
        self._data_at = self._next_at
        self._next_at += -(-size // _BLOCK) * _BLOCK

    def _content(self, size: int) -> bytes:
        if size > _MAX_HEADER_BYTES:
            raise TarError("an extended header is too large")
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
            raise TarError("invalid header")
        found[key.decode(errors="surrogateescape")] = value.decode(errors="surrogateescape")
        content = content[count:]
    return found


def _name(header: bytes) -> str:
    """The name in a ustar header, which may be split into prefix and name."""
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{_text(header[:100])}" if prefix else _text(header[:100])


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode(errors="surrogateescape")


def _number(field: bytes) -> int:
    """A number in octal digits, or in GNU's binary form, whose first byte has its high bit set."""
    if field[0] & 0x80:
        if field[0] != 0x80:  # noqa: PLR2004 -- 0xff: negative
            raise TarError("a negative number")
        return int.from_bytes(field[1:], "big")
    text = field.strip(b" \0")
    if not text:
        return 0
    if not text.isdigit() or b"8" in text or b"9" in text:
        raise TarError("invalid number")
    return int(text, 8)


def _decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 -- int64
        raise TarError("invalid number")
    return int(text)
