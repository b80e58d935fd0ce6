"""k6 archives: a tar that holds the script, its options in `metadata.json`, and whatever `-e` put into its environment.

Read member by member with a limit on each and on all, so that a hostile archive costs no more than a large file.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator

MOST_MEMBERS = 2_000
MOST_BYTES = 20_000_000
LARGEST_MEMBER_BYTES = 2_000_000


def is_readable(content: bytes) -> bool:
    """True when it is a tar to its end, as far as it would be read: no compressed log, and not half an archive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflated(content)), mode="r:") as archive:
            return all(member is not None for _, member in zip(range(MOST_MEMBERS), archive, strict=False))
    except (tarfile.TarError, EOFError, ValueError, OSError):
        return False


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the text files in the archive; nothing when it is no archive of k6 after all."""
    raw = _inflated(content)
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for index, member in enumerate(archive):
                if index >= MOST_MEMBERS:
                    return
                if not member.isreg() or member.size > LARGEST_MEMBER_BYTES:
                    continue
                file = archive.extractfile(member)
                body = file.read() if file else b""
                if b"\0" not in body[:8192]:
                    name = member.name.lstrip("./")
                    yield name, _as_lines(name, body)
    except (tarfile.TarError, EOFError, ValueError, OSError):
        return


def _as_lines(name: str, body: bytes) -> bytes:
    """`metadata.json` is one line in the archives of old versions: spread it, so that lines mean something."""
    if name.rsplit("/", 1)[-1] not in {"metadata.json", "options.json"}:
        return body
    try:
        return json.dumps(json.loads(body), indent=1).encode()
    except (ValueError, RecursionError):
        return body


def _inflated(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            return stream.read(MOST_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
