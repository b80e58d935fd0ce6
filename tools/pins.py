"""Adds new releases of k6 to src/k6ci/k6/pins.json: the SHA-256 of each archive, computed and compared.

`make pins` runs it. A hash is pinned if the archive that was downloaded has the hash that the checksums file of its
release says. GITHUB_TOKEN, if it is set, goes to GitHub's API only. Pins that exist are never changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterable
from typing import Final

from k6ci.k6.releases import ORIGIN, Release, Releases
from k6ci.k6.wanted import TESTED_MAJORS

PINS: Final = pathlib.Path(__file__).resolve().parents[1] / "src" / "k6ci" / "k6" / "pins.json"
API: Final = "https://api.github.com"
PLATFORMS: Final = ("linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64", "windows-amd64")
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_MAX_BYTES: Final = 200_000_000
_SECONDS: Final = 120


def fetch(url: str, token: str = "") -> bytes:
    """The content of a URL, of limited size. The token does not follow a redirect.

    Raises:
        SystemExit: the answer is too large, or came by an insecure redirect.
        OSError: there is no answer.
    """
    request = urllib.request.Request(url)  # noqa: S310 -- the origin is https, or a test
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        is_secure = urllib.parse.urlsplit(answer.url).scheme == urllib.parse.urlsplit(url).scheme
        content: bytes = answer.read(_MAX_BYTES + 1)
    if not is_secure or len(content) > _MAX_BYTES:
        raise SystemExit(f"{url}: the answer is too large, or was redirected to http.")
    return content


def new_versions(known: Iterable[str], api: str, token: str) -> list[str]:
    """Versions to pin, oldest first: of each tested major version those that are newer than its pins.

    Of a major version without pins it is the newest version only.
    """
    listed = json.loads(fetch(f"{api}/repos/grafana/k6/releases?per_page=50", token))
    tags = [one["tag_name"] for one in listed if not (one["draft"] or one["prerelease"])]
    offered, pinned = sorted(filter(None, map(_number, tags))), sorted(filter(None, map(_number, known)))
    found: list[tuple[int, int, int]] = []
    for major in TESTED_MAJORS:
        mine = [number for number in offered if number[0] == major]
        newest = max((number for number in pinned if number[0] == major), default=None)
        found += mine[-1:] if newest is None else [number for number in mine if number > newest]
    return [".".join(map(str, number)) for number in found]


def hashes_of(version: str, releases: Releases) -> dict[str, str]:
    """The SHA-256 of the archive of each platform.

    Raises:
        SystemExit: an archive differs from the checksums file, or is not in it.
    """
    checksums = fetch(releases.url(version, Release(version, PLATFORMS[0]).checksums)).decode("ascii")
    stated = {name: sha256 for sha256, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", checksums, re.MULTILINE)}
    found = {}
    for platform in PLATFORMS:
        archive = Release(version, platform).archive
        sha256 = hashlib.sha256(fetch(releases.url(version, archive))).hexdigest()
        if stated.get(archive) != sha256:
            raise SystemExit(f"{archive} has the SHA-256 {sha256}, its checksums file says {stated.get(archive)}.")
        found[platform] = sha256
    return found


def _number(tag: str) -> tuple[int, int, int] | None:
    found = _VERSION.fullmatch(tag)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def main(pins: pathlib.Path = PINS, api: str = API, origin: str = ORIGIN) -> int:
    """Write the pins of new versions in front of the others."""
    known = json.loads(pins.read_text(encoding="utf-8"))
    releases = Releases(origin=origin, pins={}, platform=PLATFORMS[0])
    for version in new_versions(known, api, os.environ.get("GITHUB_TOKEN", "")):
        known = {version: hashes_of(version, releases), **known}
        print(f"k6 {version}: pinned")
    pins.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
