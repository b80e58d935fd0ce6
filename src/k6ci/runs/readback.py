"""Compares the script that a run executes with the one that was uploaded."""

from __future__ import annotations

import hashlib
import pathlib
import tarfile
import zlib

from k6ci.k6.archive import Archive, content_digest


def is_ours(path: pathlib.Path, archive: Archive) -> bool:
    """Whether the script of a run is the archive that was uploaded, byte for byte or, repacked, in all that counts.

    Args:
        path: what the cloud answered: a tar, or the plain script.
        archive: what was uploaded.
    """
    if _sha256(path) == _sha256(archive.path):
        return True
    try:
        return content_digest(path) == archive.digest
    except (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError):
        return _is_entry_script(path, archive)


def _is_entry_script(path: pathlib.Path, archive: Archive) -> bool:
    """A cloud may answer with the entry script alone (text/javascript)."""
    with tarfile.open(archive.path) as tar:
        file = tar.extractfile("data")
        return file is not None and file.read() == path.read_bytes()


def _sha256(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
