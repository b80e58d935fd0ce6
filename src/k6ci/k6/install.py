"""Provides an official release of k6: from the tool cache, or downloaded, compared with its hash, unpacked, stored.

No byte of a download is executed or unpacked before the hash of the archive matched.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import tempfile
from typing import Final

import anyio.to_thread

from k6ci.clock import Clock
from k6ci.errors import K6MissingError
from k6ci.k6.cache import ToolCache
from k6ci.k6.releases import OTHERWISE, Release, Releases
from k6ci.k6.unpack import UnpackError, unpack_binary
from k6ci.net.download import DownloadError, Limits, download

# The archives of k6 2.x have about 35 MB.
ARCHIVE_LIMITS: Final = Limits(max_bytes=256 * 2**20)
_MAX_CHECKSUMS_BYTES: Final = 2**20
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True)
class Provided:
    """A binary of an official release; `origin` says where it comes from, in words such as `from the tool cache`."""

    path: pathlib.Path
    version: str
    origin: str
    warnings: tuple[str, ...] = ()


async def provide(
    release: Release, releases: Releases, cache: ToolCache, clock: Clock, limits: Limits = ARCHIVE_LIMITS
) -> Provided:
    """The binary of a release.

    Raises:
        K6MissingError: there is no hash to compare with, the download fails or is not what it should be, or the binary
            cannot be stored.
    """
    expected = releases.expected_sha256(release)
    found = await anyio.to_thread.run_sync(cache.find, release, expected)
    if found is not None:
        warnings = (_unpinned(release, found.archive_sha256),) if expected is None else ()
        return Provided(found.path, release.version, "from the tool cache", warnings)
    try:
        cache.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".k6ci-", dir=cache.folder) as work:
            return await _install(release, releases, cache, clock, limits, expected, pathlib.Path(work))
    except OSError as error:
        raise K6MissingError(
            f"k6 {release.version} cannot be stored in {cache.folder}: {error.strerror or error}.",
            "Make room or make the folder writable, set XDG_CACHE_HOME (on GitHub's runners RUNNER_TOOL_CACHE) to "
            f"another folder, {OTHERWISE}.",
        ) from None


async def _install(
    release: Release,
    releases: Releases,
    cache: ToolCache,
    clock: Clock,
    limits: Limits,
    expected: str | None,
    work: pathlib.Path,
) -> Provided:
    warnings: tuple[str, ...] = ()
    if expected is None:
        expected = await _published_sha256(release, releases, clock, limits, work)
        warnings = (_unpinned(release, expected),)
    url = releases.url(release.version, release.archive)
    archive, binary = work / release.archive, work / release.binary
    archives = releases.archives
    if archives is not None and await anyio.to_thread.run_sync(archives.take, archive, expected, limits.max_bytes):
        found, origin, archives = expected, f"from {archives.folder / release.archive}", None
    else:
        found, origin = await _fetched(url, archive, release, limits, clock), f"downloaded from {url}"
    if found != expected:
        raise K6MissingError(
            f"{url} is not k6 {release.version}: its SHA-256 is {found}, expected {expected}.",
            "Nothing of it was executed. Compare k6-version, k6-sha256 and k6-mirror with the official release; a "
            "proxy or a mirror may have changed the file.",
        )

    def unpack() -> pathlib.Path:
        with binary.open("xb") as target:
            unpack_binary(archive, release.binary, target)
        return cache.store(release, binary, found)

    try:
        path = await anyio.to_thread.run_sync(unpack)
    except UnpackError as error:
        cause = f"{url} is not an archive of a k6 release: {error}."
        raise K6MissingError(cause, f"Use the official archive, {OTHERWISE}.") from None
    if archives is not None and (problem := await anyio.to_thread.run_sync(archives.keep, archive)):
        warnings = (*warnings, problem)
    return Provided(path, release.version, origin, warnings)


def _unpinned(release: Release, sha256: str) -> str:
    """The warning about a hash that the project of k6 published beside the archive, and nobody else."""
    return (
        f"k6 {release.version} was verified with the checksums file of its own release only. To pin it, set "
        f"k6-sha256: {sha256} (for {release.platform})."
    )


async def _published_sha256(
    release: Release, releases: Releases, clock: Clock, limits: Limits, work: pathlib.Path
) -> str:
    """The hash of the archive in the checksums file of the release: lines of a hash, two spaces and a name."""
    url, path = releases.url(release.version, release.checksums), work / release.checksums
    await _fetched(url, path, release, dataclasses.replace(limits, max_bytes=_MAX_CHECKSUMS_BYTES), clock)
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        sha256, _, name = line.strip().partition(" ")
        if name.strip().removeprefix("*") == release.archive and _SHA256.fullmatch(sha256.lower()):
            return sha256.lower()
    raise K6MissingError(
        f"{url} has no SHA-256 of {release.archive}.",
        f"Check k6-version: this version may not exist for {release.platform}. Or set k6-sha256, {OTHERWISE}.",
    )


async def _fetched(url: str, path: pathlib.Path, release: Release, limits: Limits, clock: Clock) -> str:
    """Download to a new file; its SHA-256."""
    try:
        with path.open("xb+") as file:
            return await download(url, file, limits, clock)
    except DownloadError as error:
        raise K6MissingError(
            f"k6 {release.version} cannot be downloaded from {url}: {error}.",
            f"Check k6-version, the network and its proxy (HTTPS_PROXY), set k6-mirror, {OTHERWISE}.",
        ) from None
