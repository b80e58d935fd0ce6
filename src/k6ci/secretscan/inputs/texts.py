r"""Bytes as text: encodings, line ends, and large texts in pieces."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator

_PIECE_BYTES = 5_000_000
_OVERLAP_BYTES = 2_000
_SNIFFED_BYTES = 8_192
# The marks of UTF-32 first: one begins like a mark of UTF-16.
_MARKS = {BOM_UTF32_LE: "utf-32", BOM_UTF32_BE: "utf-32", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}
# A word of single bytes and what follows it on its line; in UTF-16 that is eight rare letters one after the other.
_SINGLE_BYTES = rb"[A-Za-z]{4}[ -~]{12}"
# Latin letters with NUL bytes between them: UTF-16 and UTF-32 without a mark, also as a part of another text.
_WIDE = rb"(?:[\t\n\r -~\x80-\xff]\0{1,3}){4,}|(?:\0{1,3}[\t\n\r -~\x80-\xff]){4,}"


def encoding_of(content: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark; None for everything else, and for a text that goes on in single bytes."""
    encoding = next((encoding for mark, encoding in _MARKS.items() if content.startswith(mark)), None)
    is_whole = encoding and b"\0" in content and not re.search(_SINGLE_BYTES, content)
    return encoding if is_whole else None


def _narrowed(content: bytes) -> bytes:
    """The content with UTF-8 instead of UTF-16 and UTF-32 without a mark."""
    if b"\0" not in content:
        return content
    return re.sub(_WIDE, lambda wide: wide[0].replace(b"\0", b"").decode("latin-1").encode(), content)


def is_archive(content: bytes) -> bool:
    """True for a tar, compressed with gzip or not, whatever its name; not for a text that begins like one."""
    if content[257:262] == b"ustar":
        return b"\0" in content[:512]
    return content[:3] == b"\x1f\x8b\x08" and not content[3:_SNIFFED_BYTES].isascii()


def is_binary(content: bytes) -> bool:
    """True for what is no text in any encoding: control characters, or NUL bytes in more than a few places."""
    head = content[:_SNIFFED_BYTES]
    if b"\0" not in head or content.startswith(tuple(_MARKS)):
        return False
    text = _narrowed(head)
    # A text with a stray NUL (a log that was cut, a terminated string) is a text.
    controls = sum(map(text.count, (bytes([code]) for code in (*range(9), *range(14, 27), 127))))
    return (controls + text.decode("utf-8", "replace").count("\ufffd")) * 50 > len(head)


def normalise(content: bytes) -> bytes:
    r"""Line ends as `\n`, UTF-16 and UTF-32 as UTF-8, and no byte order mark."""
    encoding = encoding_of(content)
    if encoding:
        content = content.decode(encoding, errors="replace").encode("utf-8", errors="replace")
    content = _narrowed(content)
    for mark in (BOM_UTF8, *_MARKS):
        content = content.removeprefix(mark)
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
