"""Takes the k6 binary out of the archive of a release, whose hash was compared before.

An archive with links, special files, encrypted members, absolute names or `..` is refused as a whole. Only the binary
is written, never more than the limit.
"""

from __future__ import annotations

import pathlib
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, Final

MAX_BINARY_BYTES: Final = 512 * 2**20
_MAX_MEMBERS: Final = 1000
_PIECE_BYTES: Final = 2**20
_SEPARATORS: Final = re.compile(r"[/\\]")
_ENCRYPTED: Final = 1


class UnpackError(Exception):
    """Why the archive is refused, as a clause."""


def unpack_binary(archive: pathlib.Path, name: str, target: BinaryIO, max_bytes: int = MAX_BINARY_BYTES) -> None:
    """Write the member with this base name to `target`.

    Args:
        archive: a `.zip`, or else a `.tar.gz`.
        name: the base name of the binary.
        target: an empty file.
        max_bytes: the limit of all members together, unpacked.

    Raises:
        UnpackError: the archive is damaged, refused, or has not exactly one such member.
        OSError: a file cannot be read or written.
    """
    members = _zip_members if archive.suffix == ".zip" else _tar_members
    found = total = 0
    try:
        for count, (member, size, content) in enumerate(members(archive), 1):
            total += size
            if count > _MAX_MEMBERS or total > max_bytes:
                raise UnpackError(f"more than {_MAX_MEMBERS} members, or {max_bytes / 2**20:.0f} MiB")
            parts = _SEPARATORS.split(member)
            if ".." in parts or parts[0] == "" or ":" in parts[0]:
                raise UnpackError(f"a member is not below its folder: {member[:80]!r}")
            if parts[-1] == name and content is not None:
                found += 1
                if found > 1:
                    raise UnpackError(f"more than one member is called {name}")
                _copy(content, target, size)
    # zipfile raises NotImplementedError for an unknown compression, and RuntimeError for an encrypted member.
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnpackError(f"damaged: {str(error)[:100] or type(error).__name__}") from None
    if found == 0:
        raise UnpackError(f"no member is called {name}")


def _copy(content: IO[bytes], target: BinaryIO, size: int) -> None:
    left = size
    while left and (piece := content.read(min(left, _PIECE_BYTES))):
        target.write(piece)
        left -= len(piece)
    if left:
        raise UnpackError("damaged: a member ends early")
    target.flush()


def _tar_members(archive: pathlib.Path) -> Iterator[tuple[str, int, IO[bytes] | None]]:
    """Name, size and content of each member; the content of a folder is None."""
    with tarfile.open(archive, "r|gz") as tar:  # a stream: sizes that point backwards are errors
        for member in tar:
            if not (member.isreg() or member.isdir()) or member.issparse() or member.size < 0:
                raise UnpackError(f"a member is neither a file nor a folder: {member.name[:80]!r}")
            yield member.name, member.size, tar.extractfile(member) if member.isreg() else None


def _zip_members(archive: pathlib.Path) -> Iterator[tuple[str, int, IO[bytes] | None]]:
    """Name, size and content of each member; the content of a folder is None."""
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.flag_bits & _ENCRYPTED:
                raise UnpackError(f"a member is neither a file nor a folder: {member.filename[:80]!r}")
            if member.filename.endswith(("/", "\\")):
                yield member.filename, 0, None
                continue
            with packed.open(member) as content:
                yield member.filename, member.file_size, content
