"""Compares the script that a run executes with the one that was uploaded."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import pathlib
import tempfile

import anyio
import anyio.to_thread

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import BadAnswerError
from k6ci.k6.contents import content_digest
from k6ci.k6.tarball import TarError


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """What a script is known by: a digest over all that its archive executes, and one over the entry script alone."""

    archive: str
    entry: str


async def executes(client: CloudClient, run_id: int, script: Fingerprint) -> bool:
    """Whether a run executes this script, by the script that the cloud hands out for it.

    The file is read in a thread: however it is made, signals and deadlines are heard meanwhile. It is bounded in size,
    so that an abandoned thread ends by itself.

    Raises:
        CallError, OSError: it could not be determined.
    """
    with tempfile.TemporaryDirectory(prefix="k6ci-") as folder:
        path = pathlib.Path(folder) / "script"
        with path.open("wb") as file:
            kind = await client.run_script(run_id, file)
        compare = functools.partial(is_same, path, script, is_text=kind.endswith("javascript"))
        return await anyio.to_thread.run_sync(compare, abandon_on_cancel=True)


def is_same(path: pathlib.Path, script: Fingerprint, *, is_text: bool) -> bool:
    """Whether a file is the script that was uploaded: the archive, however it is packed, or its entry script alone.

    A cloud may answer with a tar, or with the plain entry script.

    Raises:
        BadAnswerError: it is neither of them, whole and readable, which proves nothing.
    """
    try:
        return content_digest(path) == script.archive
    except (ValueError, KeyError, TypeError, AttributeError):  # a tar that k6 did not make: another job may upload any
        return False
    except TarError:
        with path.open("rb") as file:
            is_entry = hashlib.file_digest(file, "sha256").hexdigest() == script.entry
        if is_entry or (is_text and path.stat().st_size):
            return is_entry
        raise BadAnswerError("reading the run's script", "the API's answer is no script") from None
