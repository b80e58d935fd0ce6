"""The official releases of k6: the names of their files, where they are, and the hashes that k6ci knows (pins.json).

Facts: releases of grafana/k6 on GitHub, up to 2.3.0. A release can be replaced, and nothing of it is signed, so a
checksums file from the same place proves less than a pin in this repository.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import platform
import sys
import urllib.parse
from collections.abc import Mapping
from importlib import resources
from typing import Final

import k6ci
from k6ci.errors import K6MissingError
from k6ci.k6.archives import ArchiveFolder
from k6ci.k6.wanted import TESTED_MAJORS, WantedVersion, number_of

ORIGIN: Final = "https://github.com"
_PATH: Final = "/grafana/k6/releases/download/v{version}/{file}"
_SYSTEMS: Final = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_ARCHITECTURES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_OFFERED: Final = ("linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64", "windows-amd64")
OTHERWISE: Final = "or install k6 yourself, on PATH or named by k6-path"

Pins = Mapping[str, Mapping[str, str]]
"""The SHA-256 of archives, by version (`2.3.0`) and platform (`linux-amd64`)."""


@functools.cache
def known_pins() -> Pins:
    """The pins of this version of k6ci."""
    found: Pins = json.loads(resources.files("k6ci.k6").joinpath("pins.json").read_text(encoding="utf-8"))
    return found


def release_platform(system: str = sys.platform, machine: str | None = None) -> str:
    """The platform of this machine in the names of k6's releases, such as `linux-amd64`.

    Raises:
        K6MissingError: k6 has no release for it.
    """
    machine = platform.machine() if machine is None else machine
    found = f"{_SYSTEMS.get(system, system)}-{_ARCHITECTURES.get(machine.lower(), machine)}"
    if found not in _OFFERED:
        raise K6MissingError(
            f"k6 has no official release for {found} (there are {', '.join(_OFFERED)}).",
            "Install or build k6 yourself, and put it on PATH or set k6-path.",
        )
    return found


@dataclasses.dataclass(frozen=True)
class Release:
    """One version for one platform."""

    version: str
    platform: str

    @property
    def archive(self) -> str:
        """The name of its archive."""
        return f"k6-v{self.version}-{self.platform}.{'tar.gz' if self.platform.startswith('linux') else 'zip'}"

    @property
    def checksums(self) -> str:
        """The name of the file with the SHA-256 of all archives of this version."""
        return f"k6-v{self.version}-checksums.txt"

    @property
    def binary(self) -> str:
        """The file name of the program, in the archive and where it is installed."""
        return "k6.exe" if self.platform.startswith("windows") else "k6"


@dataclasses.dataclass(frozen=True)
class Releases:
    """Where releases come from, and which hash an archive must have.

    Attributes:
        mirror: the input `k6-mirror`: a URL that replaces https://github.com, or a template with `{version}` and
            `{file}`.
        sha256: the input `k6-sha256`: the hash of the archive; it replaces the pin.
        pins: the hashes that k6ci knows.
        origin: where releases come from without a mirror.
        platform: of the archives; None for this machine's.
        archives: a folder that keeps downloaded archives, such as the cache of a GitLab job; None for no folder.
    """

    mirror: str | None = None
    sha256: str | None = None
    pins: Pins = dataclasses.field(default_factory=known_pins)
    origin: str = ORIGIN
    platform: str | None = None
    archives: ArchiveFolder | None = None

    def url(self, version: str, file: str) -> str:
        """The URL of a file of a release."""
        base = (self.mirror or self.origin).rstrip("/")
        template = base if "{file}" in base else base + _PATH
        quoted = {"{version}": urllib.parse.quote(version), "{file}": urllib.parse.quote(file)}
        for name, value in quoted.items():
            template = template.replace(name, value)
        return template

    def latest_known(self) -> str | None:
        """The newest pinned version of a tested major version for the platform."""
        return self._newest(None)

    def select(self, wanted: WantedVersion | None) -> Release:
        """The release to download; no server is asked.

        Raises:
            K6MissingError: the platform has no release, or no version of the range is pinned.
        """
        machine = self.platform or release_platform()
        if wanted is not None and wanted.is_exact:
            return Release(wanted.text, machine)
        version = self._newest(wanted)
        if version is None:
            known = ", ".join(version for version in self.pins if machine in self.pins[version]) or "none"
            raise K6MissingError(
                f"k6-version: k6ci {k6ci.__version__} knows no hash of a version "
                f"{'in the range ' + wanted.text if wanted else 'of k6'} for {machine} (known: {known}).",
                f"Set k6-version to an exact version and k6-sha256 to the SHA-256 of its archive, {OTHERWISE}.",
            )
        return Release(version, machine)

    def expected_sha256(self, release: Release) -> str | None:
        """The hash that the archive of a release must have; None if only the release's checksums file can tell.

        Raises:
            K6MissingError: a mirror would have to be trusted.
        """
        expected = self.sha256 or self.pins.get(release.version, {}).get(release.platform)
        if expected is None and self.mirror is not None:
            raise K6MissingError(
                f"k6ci {k6ci.__version__} knows no hash of k6 {release.version} for {release.platform}, and does not "
                "take it from a mirror (k6-mirror).",
                f"Set k6-sha256 to the SHA-256 of {release.archive}, from the checksums file of the official release.",
            )
        return expected

    def _newest(self, wanted: WantedVersion | None) -> str | None:
        machine = self.platform or release_platform()
        numbers = [
            (number, version)
            for version, hashes in self.pins.items()
            if machine in hashes and (number := number_of(version)) is not None
        ]
        if wanted is not None and wanted.end is not None:
            numbers = [one for one in numbers if wanted.matches(one[1])]
        else:
            numbers = [one for one in numbers if one[0][0] in TESTED_MAJORS]
        return max(numbers, default=(None, None))[1]
