"""Decompresses content in pieces, within a budget: a file of a few kilobytes may expand without end."""

from __future__ import annotations

import bz2
import dataclasses
import lzma
import zlib
from typing import IO, Any, Final, Protocol

_PIECE_BYTES: Final = 2**18
_MAX_EXPANDED_BYTES: Final = 2**28


class TooLargeError(Exception):
    """Compressed content expands to more bytes than the budget allows."""


class Readable(Protocol):
    """A binary stream."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; empty at the end."""


@dataclasses.dataclass
class Budget:
    """How many bytes may still be expanded."""

    left: int = _MAX_EXPANDED_BYTES

    def take(self, amount: int) -> None:
        """Subtract from the budget.

        Raises:
            TooLargeError: the budget is used up.
        """
        self.left -= amount
        if self.left < 0:
            raise TooLargeError


class Charged:
    """A decompressing stream whose output counts against a budget."""

    def __init__(self, inner: Readable, budget: Budget) -> None:
        self._inner, self._budget = inner, budget

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; empty at the end."""
        data = self._inner.read(size)
        self._budget.take(len(data))
        return data


class Expanding:
    """The decompressed content of a file, counted against a budget; it ends where the content is corrupt.

    A file may hold several compressed streams, one after the other.
    """

    def __init__(self, file: IO[bytes], budget: Budget) -> None:
        self._file, self._budget = file, budget
        self._waiting = file.read(_PIECE_BYTES)
        self._decompressor: Any = decompressor_for(self._waiting)

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; empty at the end."""
        while self._decompressor is not None:
            try:
                expanded: bytes = self._decompressor.decompress(self._waiting, size)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
                return b""
            is_fed = bool(self._waiting)
            self._waiting = getattr(self._decompressor, "unconsumed_tail", b"")
            self._go_on()
            if expanded:
                self._budget.take(len(expanded))
                return expanded
            if not is_fed and not self._waiting:
                return b""  # truncated
        return b""

    def _go_on(self) -> None:
        """Read more input, or start with the next stream."""
        if self._decompressor.eof:
            self._waiting = self._decompressor.unused_data
            if not self._waiting:
                self._waiting = self._file.read(_PIECE_BYTES)
            self._decompressor = decompressor_for(self._waiting)
        elif not self._waiting and getattr(self._decompressor, "needs_input", True):
            self._waiting = self._file.read(_PIECE_BYTES)


def decompressor_for(head: bytes) -> Any:
    """A decompressor chosen by the first bytes (gzip, zlib, bzip2, xz); None if the content is not compressed."""
    if head.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    if head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0:
        return zlib.decompressobj()
    if head.startswith(b"BZh"):
        return bz2.BZ2Decompressor()
    if head.startswith((b"\xfd7zXZ\x00", b"\x5d\x00\x00")):
        return lzma.LZMADecompressor()
    return None
