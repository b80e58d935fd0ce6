"""Reads the archive of a script: options, digests of what k6 executes, files, and the largest files.

An archive is a tar: `metadata.json` (options, env), `data` (the script), `file/...` (what it imports and opens), with
the script once more as a hard link (k6 lib/archive.go, seen at v1.1.0 and v2.2.0).
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import json
import pathlib
from typing import Any, Final

from k6ci import strict_json
from k6ci.k6.tarball import Member, Tar, opened_tar

_PIECE_BYTES: Final = 2**18
_MAX_METADATA_BYTES: Final = 2**22
_ENTRY: Final = "data"
_FROM_HERE: Final = "file/"
_LISTED_FILES: Final = 5


@dataclasses.dataclass(frozen=True)
class Contents:
    """The content of an archive.

    `largest` are the names and sizes in bytes of the largest files, largest first. `files` are the absolute paths, as
    the archive stores them, of all files that k6 read from this machine, with the entry script.
    """

    options: dict[str, Any]
    digest: str
    entry_digest: str
    largest: tuple[tuple[str, int], ...]
    files: tuple[str, ...] = ()


def read_contents(path: pathlib.Path) -> Contents:
    """Read an archive in pieces; a hard link counts as its name and target.

    Raises:
        TarError, ValueError, KeyError, TypeError, AttributeError: not an archive of k6.
    """
    parts: list[str] = []
    sizes: list[tuple[str, int]] = []
    files: list[str] = []
    metadata: dict[str, Any] = {}
    entry_digest = ""
    with opened_tar(path) as tar:
        for member in tar:
            if member.name.startswith(_FROM_HERE) and not member.isdir():
                files.append(member.name.removeprefix(_FROM_HERE))
            if member.name == "metadata.json":
                metadata = _metadata(tar, member)
            elif member.isreg():
                digest = _sha256(tar, member)
                parts.append(f"{member.name} {digest}")
                sizes.append((_shown(member.name.removeprefix(_FROM_HERE)), member.size))
                entry_digest = digest if member.name == _ENTRY else entry_digest
            elif member.islnk() or member.issym():
                parts.append(f"{member.name} -> {member.linkname}")
    options = metadata["options"]
    # The cloud may add keys to options.cloud; everything else determines what is executed.
    relevant = {
        "options": {key: value for key, value in options.items() if key not in ("cloud", "ext") and value is not None},
        "env": metadata.get("env") or {},
        "filename": metadata.get("filename"),
    }
    parts.append(json.dumps(relevant, sort_keys=True))
    digest = hashlib.sha256("\n".join(sorted(parts)).encode(errors="surrogatepass")).hexdigest()
    largest = heapq.nlargest(_LISTED_FILES, sizes, key=lambda pair: pair[1])
    return Contents(options, digest, entry_digest, tuple(largest), tuple(files))


def content_digest(path: pathlib.Path) -> str:
    """A digest of files, options and env of an archive, independent of order and times in the tar.

    Raises:
        TarError, ValueError, KeyError: not an archive of k6.
    """
    return read_contents(path).digest


def _metadata(tar: Tar, member: Member) -> dict[str, Any]:
    file = tar.extractfile(member)
    if file is None or member.size > _MAX_METADATA_BYTES:
        raise ValueError(f"metadata.json has more than {_MAX_METADATA_BYTES / 2**20:.0f} MiB")
    found: dict[str, Any] = strict_json.loads(file.read())
    return found


def _sha256(tar: Tar, member: Member) -> str:
    digest = hashlib.sha256()
    if (file := tar.extractfile(member)) is not None:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)
