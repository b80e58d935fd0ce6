"""The folder where k6ci keeps downloaded k6 binaries, each with a manifest whose hash is compared at every use.

Layout: `k6/{version}/{x64|arm64}/` with the binary and `k6ci.json`, and beside the folder a marker
`{x64|arm64}.complete`, as in the tool cache of GitHub's runners. Every file is replaced atomically, so installs at the
same time need no lock.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import sys
from collections.abc import Mapping
from typing import Any, Final

from k6ci.errors import K6MissingError
from k6ci.k6.releases import OTHERWISE, Release

_MANIFEST: Final = "k6ci.json"
_MAX_MANIFEST_BYTES: Final = 2**16
_ARCHITECTURES: Final = {"amd64": "x64", "arm64": "arm64"}
_CHANGE_FOLDER: Final = "Set XDG_CACHE_HOME (on GitHub's runners RUNNER_TOOL_CACHE) to {what}, " + OTHERWISE + "."


@dataclasses.dataclass(frozen=True)
class Cached:
    """A binary in the cache, and the hash of the archive that it came from."""

    path: pathlib.Path
    archive_sha256: str


@dataclasses.dataclass(frozen=True)
class ToolCache:
    """The folder `k6` of the cache; it need not exist."""

    folder: pathlib.Path

    @classmethod
    def of(cls, environ: Mapping[str, str], untrusted: pathlib.Path | None, *, system: str = sys.platform) -> ToolCache:
        """The cache of this job or user.

        Args:
            environ: the first absolute path counts of RUNNER_TOOL_CACHE, XDG_CACHE_HOME, LOCALAPPDATA (Windows), HOME.
            untrusted: the checkout in CI: a pull request could put a program and its manifest there.
            system: `sys.platform`.

        Raises:
            K6MissingError: no variable names a folder, or it is inside of the checkout.
        """
        places = [(environ.get("RUNNER_TOOL_CACHE"), "k6"), (environ.get("XDG_CACHE_HOME"), "k6ci/k6")]
        if system == "win32":
            places.append((environ.get("LOCALAPPDATA"), "k6ci/k6"))
        places.append((environ.get("HOME") or environ.get("USERPROFILE"), ".cache/k6ci/k6"))
        named = [pathlib.Path(base) / below for base, below in places if base]
        folder = next((path for path in named if path.is_absolute()), None)
        if folder is None:
            cause = "No variable names a folder in which a downloaded k6 can be kept."
            raise K6MissingError(cause, _CHANGE_FOLDER.format(what="an absolute path"))
        if untrusted is not None and folder.resolve().is_relative_to(untrusted.resolve()):
            raise K6MissingError(
                f"{folder}, where a downloaded k6 would be kept, is inside of the checkout, whose content a pull "
                "request can change.",
                _CHANGE_FOLDER.format(what="a folder outside of the checkout"),
            )
        return cls(folder)

    def place(self, release: Release) -> pathlib.Path:
        """The folder of a release; it need not exist."""
        return self.folder / release.version / _architecture(release)

    def find(self, release: Release, archive_sha256: str | None) -> Cached | None:
        """The installed binary, if its content and the archive that it came from have the right hashes.

        Args:
            release: what is looked for.
            archive_sha256: the hash that the archive must have had; None if any verified archive will do.
        """
        place = self.place(release)
        try:
            with (place / _MANIFEST).open("rb") as file:
                manifest: Any = json.loads(file.read(_MAX_MANIFEST_BYTES))
            with (place / release.binary).open("rb") as file:
                binary_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            source_sha256 = str(manifest["archive_sha256"])
            is_right = manifest["binary_sha256"] == binary_sha256 and archive_sha256 in (None, source_sha256)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return Cached(place / release.binary, source_sha256) if is_right else None

    def store(self, release: Release, binary: pathlib.Path, archive_sha256: str) -> pathlib.Path:
        """Move a verified binary, a file below `folder`, to its place; the path that it has then.

        Raises:
            OSError: it cannot be written.
        """
        with binary.open("rb") as file:
            binary_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        manifest = {
            "version": release.version,
            "archive": release.archive,
            "archive_sha256": archive_sha256,
            "binary_sha256": binary_sha256,
        }
        binary.chmod(0o755)
        place = self.place(release)
        place.mkdir(parents=True, exist_ok=True)
        try:
            binary.replace(place / release.binary)
        except PermissionError:  # Windows does not replace a program that runs: another job may use the same one
            if self.find(release, archive_sha256) is None:
                raise
        _replace(place / _MANIFEST, json.dumps(manifest, indent=2) + "\n", binary.parent)
        _replace(place.with_name(f"{_architecture(release)}.complete"), "", binary.parent)
        return place / release.binary


def _architecture(release: Release) -> str:
    return _ARCHITECTURES[release.platform.rpartition("-")[2]]


def _replace(path: pathlib.Path, text: str, work: pathlib.Path) -> None:
    """Write a file atomically, by way of a folder on the same file system."""
    temporary = work / f"{path.name}-{os.urandom(8).hex()}"
    temporary.write_text(text, encoding="utf-8")
    with contextlib.suppress(PermissionError):
        temporary.chmod(0o644)
    temporary.replace(path)
