"""Detects a k6 binary that cannot see the files of the job.

k6 from a confined package (snap) or behind `docker run` has its own file system: it does not find the script, or
writes the archive where k6ci cannot read it, and reports an error of the script.
"""

from __future__ import annotations

import json
import os
import pathlib
import tarfile
from typing import Final

from k6ci.errors import K6MissingError
from k6ci.k6.archive import Archiver
from k6ci.k6.commandline import refusal
from k6ci.k6.supervision import TimedOutError, run_process

_TIMEOUT_SECONDS: Final = 30.0
_PROBE: Final = "export default function () {}\n"
_REMEDY: Final = (
    "k6 may run in a container or in a confined package, such as a snap. Set TMPDIR to a folder that it sees under the "
    "same path, or use the official k6 binary (k6-path)."
)


async def confinement(archiver: Archiver, home: pathlib.Path, script: str) -> K6MissingError | None:
    """The error to report instead of k6's error about `script` if k6 does not see the files that k6ci sees.

    `home` is the temporary folder of the k6 processes. None if k6 sees the files.
    """
    if error := await _refusal_of_probe(archiver, home, _PROBE):
        return K6MissingError(
            f"{archiver.k6} cannot use the temporary folder {home.parent}, so it cannot archive any script: {error}",
            _REMEDY,
        )
    path = archiver.folder / script
    if not os.access(path, os.R_OK):
        return None
    try:
        name = json.dumps(str(path.resolve()), ensure_ascii=False)
        error = await _refusal_of_probe(archiver, home, f"open({name}, 'b');\n{_PROBE}")
    except UnicodeEncodeError:  # a file name that no JavaScript can hold
        return None
    if error:
        return K6MissingError(f"{archiver.k6} cannot read {path}, which exists: {error}", _REMEDY)
    return None


async def _refusal_of_probe(archiver: Archiver, home: pathlib.Path, text: str) -> str:
    """k6's error when it archives a minimal script in the temporary folder; empty if that works."""
    probe, made = home / "probe.js", home / "probe.tar"
    made.unlink(missing_ok=True)
    probe.write_text(text, encoding="utf-8")
    argv = [str(archiver.k6), "archive", str(probe), "-O", str(made)]
    try:
        finished = await run_process(
            argv, environ=archiver.inspection_environ, folder=archiver.folder, timeout_seconds=_TIMEOUT_SECONDS
        )
    except (OSError, TimedOutError):
        return ""
    if finished.exit_code != 0:
        return refusal(probe.name, finished.exit_code, finished.stderr).cause
    try:
        with tarfile.open(made) as archive:
            archive.getmember("metadata.json")
    except (OSError, KeyError, tarfile.TarError):
        return "k6 reported success, but wrote no archive."
    return ""
