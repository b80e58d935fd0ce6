"""Finds out whether a k6 that refuses a script can see the files at all.

A k6 of a confined package (snap) or behind `docker run` has a file system of its own: it does not find the script, or
writes the archive where nobody else sees it, and says so as if the script were wrong.
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

_PATIENCE_SECONDS: Final = 30.0
_PROBE: Final = "export default function () {}\n"
_REMEDY: Final = (
    "k6 may run in a container or in a confined package, such as a snap. Set TMPDIR to a folder that it sees under the "
    "same path, or use the official k6 binary (k6-path)."
)


async def confinement(archiver: Archiver, home: pathlib.Path, script: str) -> K6MissingError | None:
    """The error that takes the place of k6's refusal of `script`, when this k6 does not see what k6ci sees.

    `home` is the temporary folder that k6 works in.
    """
    if said := await _refusal_of_probe(archiver, home, _PROBE):
        return K6MissingError(
            f"{archiver.k6} cannot use the temporary folder {home.parent}, so it cannot archive any script: {said}",
            _REMEDY,
        )
    path = archiver.folder / script
    if not os.access(path, os.R_OK):
        return None
    try:
        name = json.dumps(str(path.resolve()), ensure_ascii=False)
        said = await _refusal_of_probe(archiver, home, f"open({name}, 'b');\n{_PROBE}")
    except UnicodeEncodeError:  # a file name that no JavaScript can hold
        return None
    if said:
        return K6MissingError(f"{archiver.k6} cannot read {path}, which is there: {said}", _REMEDY)
    return None


async def _refusal_of_probe(archiver: Archiver, home: pathlib.Path, text: str) -> str:
    """Why a script of our own cannot be archived in the temporary folder; empty when it can."""
    probe, made = home / "probe.js", home / "probe.tar"
    made.unlink(missing_ok=True)
    probe.write_text(text, encoding="utf-8")
    argv = [str(archiver.k6), "archive", str(probe), "-O", str(made)]
    try:
        finished = await run_process(
            argv, environ=archiver.inspection_environ, folder=archiver.folder, timeout_seconds=_PATIENCE_SECONDS
        )
    except (OSError, TimedOutError):
        return ""
    if finished.exit_code != 0:
        return refusal(probe.name, finished.exit_code, finished.stderr).cause
    try:
        with tarfile.open(made) as archive:
            archive.getmember("metadata.json")
    except (OSError, KeyError, tarfile.TarError):
        return "k6 reports success, but there is no archive."
    return ""
