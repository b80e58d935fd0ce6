"""Decompresses Snappy blocks within a limit: k6 compresses its metric pushes so.

Source: format_description.txt of google/snappy. No compiled library is needed for it.
"""

from __future__ import annotations

_TAIL_TAGS = 60


class SnappyError(ValueError):
    """The bytes are not a valid block, or exceed the limit."""


def decompress(data: bytes, limit_bytes: int) -> bytes:
    """Return the content of a block; raises SnappyError, also when it exceeds `limit_bytes`."""
    try:
        return _decompress(data, limit_bytes)
    except IndexError as error:
        raise SnappyError("the block is cut short") from error


def _decompress(data: bytes, limit_bytes: int) -> bytes:
    size, position = _varint(data)
    if size > limit_bytes:
        raise SnappyError(f"the block has more than {limit_bytes} bytes")
    output = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        if tag & 3 == 0:
            length, extra = tag >> 2, 0
            if length >= _TAIL_TAGS:
                extra = length - _TAIL_TAGS + 1
                length = _little(data, position, extra)
            start = position + extra
            position = start + length + 1
            output += data[start:position]
        else:
            extra = (1, 2, 4)[(tag & 3) - 1]
            offset = _little(data, position, extra)
            position += extra
            length = (tag >> 2) + 1
            if extra == 1:
                offset, length = offset | (tag >> 5) << 8, (tag >> 2 & 7) + 4
            if not 0 < offset <= len(output):
                raise SnappyError("the block copies from before its start")
            piece = bytes(output[-offset:][:length])
            output += (piece * (length // len(piece) + 1))[:length]
        if len(output) > size:
            raise SnappyError("the block is longer than it says")
    if len(output) != size:
        raise SnappyError("the block is shorter than it says")
    return bytes(output)


def _varint(data: bytes) -> tuple[int, int]:
    value = 0
    for position in range(5):
        value |= (data[position] & 0x7F) << 7 * position
        if data[position] < 0x80:  # noqa: PLR2004  (the high bit says that more follows)
            return value, position + 1
    raise SnappyError("the block has no length")


def _little(data: bytes, position: int, count: int) -> int:
    if position + count > len(data):
        raise SnappyError("the block is cut short")
    return int.from_bytes(data[position : position + count], "little")
