"""Archives of k6, put together by hand: good ones, and such as no k6 would make."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from typing import Any

Member = tuple[str, bytes]
METADATA = {
    "type": "js",
    "options": {},
    "filename": "file:///script.js",
    "pwd": "file:///",
    "env": {},
    "compatibilityMode": "extended",
    "k6version": "1.1.0",
    "goos": "linux",
}


def block(
    name: str, content: bytes = b"", *, kind: bytes = b"0", link: str = "", size: int | bytes | None = None
) -> bytes:
    """One member of a tar: a header that may say anything, with a right checksum, and its content."""
    said = len(content) if size is None else size
    field = said if isinstance(said, bytes) else f"{said:011o}\0".encode()
    header = bytearray(512)
    parts = ((0, name.encode()), (100, b"0000644\0"), (124, field), (136, b"00000000000\0"), (148, b" " * 8))
    for place, data in (*parts, (156, kind), (157, link.encode()), (257, b"ustar\x0000")):
        header[place : place + len(data)] = data
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return bytes(header) + content + b"\0" * (-len(content) % 512)


def archive(
    script: str,
    *more: bytes,
    options: Any = None,
    files: Iterable[Member] = (),
    metadata: bytes | None = None,
    **changes: Any,
) -> bytes:
    """An archive with that script; `more` are further blocks, `changes` replace parts of the metadata."""
    said = json.dumps({**METADATA, "options": options or {}, **changes}).encode() if metadata is None else metadata
    members = [("metadata.json", said), ("data", script.encode()), ("file/script.js", script.encode()), *files]
    return b"".join([*(block(name, content) for name, content in members), *more]) + b"\0" * 1024


def archive_of(**members: bytes) -> bytes:
    """A compressed tar of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()
