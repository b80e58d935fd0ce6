"""Reads the archive of a script: its options, digests over what it executes, its files and the largest of them.

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
_LARGEST_METADATA: Final = 2**22
_ENTRY: Final = "data"
_FROM_HERE: Final = "file/"
_SHOWN_FILES: Final = 5


@dataclasses.dataclass(frozen=True)
class Contents:
    """What an archive holds: `largest` are names and sizes in bytes, the largest first.

    `files` are the absolute paths of what was read from this machine, as the archive has them, the entry script too.
    """

    options: dict[str, Any]
    digest: str
    entry_digest: str
    largest: tuple[tuple[str, int], ...]
    files: tuple[str, ...] = ()


def read_contents(path: pathlib.Path) -> Contents:
    """Read an archive in pieces; hard links count as their names.

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
    # The cloud may add to options.cloud what it likes; everything else decides what is executed.
    relevant = {
        "options": {key: value for key, value in options.items() if key not in ("cloud", "ext") and value is not None},
        "env": metadata.get("env") or {},
        "filename": metadata.get("filename"),
    }
    parts.append(json.dumps(relevant, sort_keys=True))
    digest = hashlib.sha256("\n".join(sorted(parts)).encode(errors="surrogatepass")).hexdigest()
    largest = heapq.nlargest(_SHOWN_FILES, sizes, key=lambda pair: pair[1])
    return Contents(options, digest, entry_digest, tuple(largest), tuple(files))


def content_digest(path: pathlib.Path) -> str:
    """A digest of what an archive executes: its files, options and env, whatever the order and times in the tar.

    Raises:
        TarError, ValueError, KeyError: not an archive of k6.
    """
    return read_contents(path).digest


def _metadata(tar: Tar, member: Member) -> dict[str, Any]:
    file = tar.extractfile(member)
    if file is None or member.size > _LARGEST_METADATA:
        raise ValueError(f"metadata.json has more than {_LARGEST_METADATA / 2**20:.0f} MiB")
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
