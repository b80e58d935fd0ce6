"""A folder of downloaded archives of k6, which a CI system keeps from one job to the next.

GitLab caches folders of the checkout only, whose content a merge request can change. So nothing in this folder is
trusted: an archive counts if its SHA-256 is that of the release, and is unpacked anew in each job.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib

from k6ci import files


@dataclasses.dataclass(frozen=True)
class ArchiveFolder:
    """The folder; it need not exist. No link below `root`, the checkout, is followed."""

    folder: pathlib.Path
    root: pathlib.Path

    def take(self, target: pathlib.Path, sha256: str, max_bytes: int) -> bool:
        """Copy the archive of this name to a new file; False if it is not there, or has another SHA-256."""
        try:
            content = files.read_bytes(self.folder / target.name, root=self.root, max_bytes=max_bytes)
        except OSError:
            return False
        if hashlib.sha256(content).hexdigest() != sha256:
            return False
        target.write_bytes(content)
        return True

    def keep(self, archive: pathlib.Path) -> str | None:
        """Keep a copy of a verified archive; a sentence if that fails, which costs the next job a download."""
        try:
            files.write_text(self.folder / archive.name, archive.read_bytes(), root=self.root)
        except OSError as error:
            return f"{archive.name} cannot be kept in {self.folder}: {error.strerror or error}."
        return None
