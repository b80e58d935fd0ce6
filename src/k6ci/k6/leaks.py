"""Finds a token in the members of an archive, in the encodings that files use.

Each piece of a file is searched in several views: as it is; without white space and NUL bytes (base64 in lines, UTF-16,
UTF-32, soft line breaks); with escapes decoded (percent, quoted-printable, backslash, character references, in any
mixture); and case-insensitively for hexadecimal digits. Compressed content is decompressed within limits.
"""

from __future__ import annotations

import base64
import binascii
import io
import lzma
import pathlib
import re
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Final

import anyio.lowlevel

from k6ci.k6.expansion import Budget, Charged, Expanding, Readable, TooLargeError, decompressor_for
from k6ci.redaction import SHORTEST_VALUE, Redactor
from k6ci.redaction.search import FormFinder

_PIECE_BYTES: Final = 2**18
# Longer than any encoded token with line breaks, NUL bytes or escapes (up to six characters per byte) inside.
_OVERLAP_BYTES: Final = 2**15
_MAX_IN_MEMORY_BYTES: Final = 2**23
_MAX_DEPTH: Final = 4
_MAX_ENTRIES: Final = 10_000

_ZIP: Final = b"PK\x03\x04"
_SOFT_BREAKS: Final = re.compile(rb"=\r?\n")
_SPACE: Final = b"\0\t\n\r "
_ESCAPES: Final = re.compile(
    rb"[%=]([0-9A-Fa-f]{2})|\\+x([0-9A-Fa-f]{2})|\\+u\{?0{0,4}([0-9A-Fa-f]{2})\}?|&#x0*([0-9A-Fa-f]{2});|&#0*(\d{2,3});"
    rb"|\\([0-3][0-7]{2})"
)
_COMPRESSED_BASE64: Final = re.compile(rb"(?:H4sI|eJ[wyz]|UEsDB|QlpoO|/Td6WFo|_Td6WFo)[A-Za-z0-9+/_-]{16,}={0,2}")


async def member_with(search: TokenSearch, path: pathlib.Path) -> str | None:
    """The name of the first member of an archive that contains one of the secrets; None if there is none.

    It yields to the event loop between pieces, so that a large archive does not delay the handling of a signal.

    Raises:
        TooLargeError: a member expands beyond the limit; the message is its name.
    """
    search.begin()
    with tarfile.open(path) as tar:
        for member in tar:
            if search.is_in(member.name.encode(errors="surrogateescape")):
                return _shown(member.name)
            file = tar.extractfile(member) if member.isreg() else None
            if file is not None and await _holds(search, file, member.name):
                return _shown(member.name)
    return None


async def _holds(search: TokenSearch, file: IO[bytes], name: str) -> bool:
    try:
        for found in search.look_through(file):
            if found:
                return True
            await anyio.lowlevel.checkpoint()
    except TooLargeError:
        raise TooLargeError(_shown(name)) from None
    return False


class TokenSearch:
    """Searches for all encoded forms of the secrets; the finders are built once."""

    def __init__(self, secrets: Iterable[str]) -> None:
        values = [secret for secret in secrets if len(secret) >= SHORTEST_VALUE]
        self._finder = Redactor(values).finder()
        self._further = FormFinder(form for value in values for form in _further_forms(value))
        self._hexadecimal = FormFinder(value.encode().hex().encode() for value in values)
        self.begin()

    def begin(self) -> None:
        """Begin with another archive, which may expand to as much as the first."""
        self._budget = Budget()

    def look_through(self, file: IO[bytes], depth: int = 0) -> Iterator[bool]:
        """Search a file; yields after each piece whether a secret was found in it."""
        window = piece = head = file.read(_PIECE_BYTES)
        while piece:
            yield self.is_in(window)
            for expanded in _in_base64(window) if depth < _MAX_DEPTH else ():
                self._budget.take(len(expanded))
                yield from self.look_through(io.BytesIO(expanded), depth + 1)
            piece = file.read(_PIECE_BYTES)
            window = window[-_OVERLAP_BYTES:] + piece
        if depth < _MAX_DEPTH:
            file.seek(0)
            if head.startswith(_ZIP):
                yield from self._zip(file, depth)
            elif decompressor_for(head) is not None:
                yield from self._look_into(Expanding(file, self._budget), depth)

    def is_in(self, data: bytes) -> bool:
        """Whether these bytes contain a secret, in any view."""
        squeezed = _SOFT_BREAKS.sub(b"", data).translate(None, _SPACE)
        views = [data] if len(squeezed) == len(data) else [data, squeezed]
        unescaped = _ESCAPES.sub(_character, squeezed)
        if len(unescaped) != len(squeezed):
            views.append(unescaped.translate(None, _SPACE))
        if any(self._finder.find(view).spans or self._further.find(view).spans for view in views):
            return True
        return bool(self._hexadecimal.find(squeezed.translate(None, b":-,").replace(b"0x", b"").lower()).spans)

    def _look_into(self, stream: Readable, depth: int) -> Iterator[bool]:
        """Search decompressed content, spooled because it is read twice: it may be compressed once more."""
        with tempfile.SpooledTemporaryFile(_MAX_IN_MEMORY_BYTES) as spool:
            while data := stream.read(_PIECE_BYTES):
                spool.write(data)
                yield False
            spool.seek(0)
            yield from self.look_through(spool, depth + 1)

    def _zip(self, file: IO[bytes], depth: int) -> Iterator[bool]:
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                if len(entries) > _MAX_ENTRIES:
                    raise TooLargeError
                for entry in entries:
                    yield self.is_in(entry.filename.encode(errors="surrogateescape"))
                    with archive.open(entry) as inner:
                        yield from self._look_into(Charged(inner, self._budget), depth)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError):
            return  # corrupt or encrypted


def _in_base64(window: bytes) -> Iterator[bytes]:
    """Compressed content that is base64 in this window; secrets in plain base64 are among the searched forms."""
    squeezed = window.translate(None, _SPACE)
    for match in _COMPRESSED_BASE64.finditer(squeezed):
        text = match[0].translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
        try:
            yield base64.b64decode(text[: len(text) // 4 * 4])
        except binascii.Error:
            continue


def _further_forms(value: str) -> Iterator[bytes]:
    """Base64 and hexadecimal of UTF-16 (as PowerShell writes them), the reversed value, and base64 of base64."""
    for encoding in ("utf-16-le", "utf-16-be"):
        raw = value.encode(encoding)
        for inner in _inner_base64(raw):
            yield from (inner, inner.translate(bytes.maketrans(b"+/", b"-_")))
        yield from (raw.hex().encode(), raw.hex().upper().encode())
    yield value[::-1].encode()
    for once in _inner_base64(value.encode()):
        yield from _inner_base64(once)


def _inner_base64(raw: bytes) -> Iterator[bytes]:
    """Base64 at each of the three alignments, without the characters that depend on neighbouring bytes."""
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + raw)
        yield encoded[-(-8 * offset // 6) : 8 * (offset + len(raw)) // 6]


def _character(match: re.Match[bytes]) -> bytes:
    hexadecimal = match[1] or match[2] or match[3] or match[4]
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    number = int(match[5]) if match[5] else int(match[6], 8)
    return bytes([number]) if number in range(256) else match[0]


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)
