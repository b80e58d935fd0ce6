"""Compares the script that a run executes with the one that was uploaded."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import pathlib
import tarfile
import tempfile
import zlib

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.k6.archive import Archive
from k6ci.k6.contents import content_digest

_PATIENCE_SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """What a script is known by: a digest over all that its archive executes, and one over the entry script alone."""

    archive: str
    entry: str


def fingerprint(archive: Archive) -> Fingerprint:
    """The fingerprint of an archive that was made for upload."""
    return Fingerprint(archive.digest, archive.entry_digest)


async def executes(client: CloudClient, run_id: int, script: Fingerprint) -> bool:
    """Whether a run executes this script, by the script that the cloud hands out for it.

    Raises:
        CallError, OSError: it cannot be told (TimeoutError is an OSError).
    """
    with tempfile.TemporaryDirectory(prefix="k6ci-") as folder:
        path = pathlib.Path(folder) / "script"
        with anyio.fail_after(_PATIENCE_SECONDS), path.open("wb") as file:
            async with contextlib.aclosing(client.run_script(run_id)) as chunks:
                async for chunk in chunks:
                    file.write(chunk)
        return is_same(path, script)


def is_same(path: pathlib.Path, script: Fingerprint) -> bool:
    """Whether a file is the script that was uploaded: the archive, however it is packed, or its entry script alone.

    A cloud may answer with a tar, or with the plain entry script (text/javascript).
    """
    try:
        return content_digest(path) == script.archive
    except (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError):
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == script.entry
