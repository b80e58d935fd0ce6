r"""Bytes as text: encodings, line ends, and large texts in pieces."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator

_PIECE_BYTES = 5_000_000
_OVERLAP_BYTES = 2_000
_SNIFFED_BYTES = 8_192
# The marks of UTF-32 first: one begins like a mark of UTF-16.
_MARKS = {BOM_UTF32_LE: "utf-32", BOM_UTF32_BE: "utf-32", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}
# So many of the bytes at one side of a pair are NUL in a UTF-16 text of a Latin script.
_MOSTLY = 0.7


def encoding_of(content: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark, or by the place of its NUL bytes; None for everything else."""
    for mark, encoding in _MARKS.items():
        # A text of single bytes may begin like a mark: then it goes on in ASCII without a NUL.
        if content.startswith(mark) and not content[len(mark) : _SNIFFED_BYTES].replace(b"\0", b"\x80").isascii():
            return encoding
    head = content[:_SNIFFED_BYTES]
    if len(head) < 4 or b"\0" not in head:  # noqa: PLR2004 - one character of UTF-32
        return None
    shares = [head[offset::4].count(0) / len(head[offset::4]) for offset in range(4)]
    if min(shares[1:]) > _MOSTLY and shares[0] < 1 - _MOSTLY:
        return "utf-32-le"
    if min(shares[:3]) > _MOSTLY and shares[3] < 1 - _MOSTLY:
        return "utf-32-be"
    even, odd = (shares[0] + shares[2]) / 2, (shares[1] + shares[3]) / 2
    if odd > _MOSTLY and even < 1 - _MOSTLY:
        return "utf-16-le"
    return "utf-16-be" if even > _MOSTLY and odd < 1 - _MOSTLY else None


def is_archive(content: bytes) -> bool:
    """True for a tar, compressed with gzip or not, whatever its name; not for a text that begins like one."""
    if content[257:262] == b"ustar":
        return b"\0" in content[:512]
    return content[:3] == b"\x1f\x8b\x08" and not content[3:_SNIFFED_BYTES].isascii()


def is_binary(content: bytes) -> bool:
    """True for what is no text in any encoding: control characters, or NUL bytes in more than a few places."""
    if encoding_of(content) is not None:
        return False
    head = content[:_SNIFFED_BYTES]
    if b"\0" not in head:
        return False
    # A text with a stray NUL (a log that was cut, a terminated string) is a text.
    controls = sum(map(head.count, (bytes([code]) for code in (*range(9), *range(14, 27), 127))))
    if controls * 50 > len(head):
        return True
    # UTF-8 comes back as it was.
    return head[:-4].decode("utf-8", "ignore").encode("utf-8") != head[:-4]


def normalise(content: bytes) -> bytes:
    r"""Line ends as `\n`, UTF-16 and UTF-32 as UTF-8, and no byte order mark."""
    encoding = encoding_of(content)
    if encoding:
        content = content.decode(encoding, errors="replace").encode("utf-8", errors="replace")
    content = content.removeprefix(BOM_UTF8)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def decoded(content: bytes) -> str:
    """The text; bytes that are no UTF-8 are read as Latin-1."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def pieces(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The text in pieces of whole lines, each with the number of its first line.

    A line that is longer than a piece is cut, and its parts overlap.
    """
    start, line = 0, 1
    while (end := start + _PIECE_BYTES) < len(content):
        cut = content.rfind(b"\n", start, end) + 1
        yield line, content[start : cut or end]
        line += content.count(b"\n", start, cut or end)
        start = cut or end - _OVERLAP_BYTES
    yield line, content[start:]
