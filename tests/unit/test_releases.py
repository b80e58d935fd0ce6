"""Names of k6's releases, their pins, and archives of every platform."""

from __future__ import annotations

import re
import zipfile

import anyio
import pytest

from k6ci.clock import SystemClock
from k6ci.errors import K6MissingError
from k6ci.k6.cache import ToolCache
from k6ci.k6.install import provide
from k6ci.k6.releases import Release, Releases, known_pins, release_platform
from k6ci.k6.unpack import UnpackError, unpack_binary
from k6ci.k6.wanted import parse_wanted
from releases import ReleaseServer, packed_tar, packed_zip

PLATFORMS = ["linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64", "windows-amd64"]


@pytest.mark.parametrize(
    ("system", "machine", "found"),
    [
        ("linux", "x86_64", "linux-amd64"),
        ("linux", "aarch64", "linux-arm64"),
        ("darwin", "arm64", "macos-arm64"),
        ("darwin", "x86_64", "macos-amd64"),
        ("win32", "AMD64", "windows-amd64"),
    ],
)
def test_platforms_are_named_as_releases_name_them(system, machine, found):
    assert release_platform(system, machine) == found


@pytest.mark.parametrize(
    ("system", "machine"), [("win32", "ARM64"), ("linux", "i686"), ("linux", "riscv64"), ("freebsd14", "amd64")]
)
def test_an_unsupported_platform_is_15(system, machine):
    with pytest.raises(K6MissingError, match="no official release for") as caught:
        release_platform(system, machine)
    assert "k6-path" in caught.value.remedy


def test_the_pins_are_hashes_of_releases_that_exist():
    """The newest version is pinned for every platform, because it is the one that a job without k6 gets."""
    pins = known_pins()
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for hashes in pins.values() for sha256 in hashes.values())
    assert all(set(hashes) <= set(PLATFORMS) for hashes in pins.values())
    assert {Releases(platform=platform).latest_known() for platform in PLATFORMS} == {"2.3.0"}


def test_an_unpinned_platform_is_15():
    with pytest.raises(K6MissingError, match=r"known: 2\.3\.0"):
        Releases(platform="macos-arm64").select(parse_wanted("~2.2"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_archives_of_every_platform_are_unpacked(tmp_path, platform):
    """The program is not run here: it is for another machine."""
    with ReleaseServer().serving() as server:
        pins = {"2.9.0": {platform: server.publish("2.9.0", b"a program", platform)}}
        release = Release("2.9.0", platform)
        releases = Releases(pins=pins, origin=server.url, platform=platform)
        provided = anyio.run(provide, release, releases, ToolCache(tmp_path), SystemClock())
    assert provided.path.read_bytes() == b"a program"
    assert provided.path.name == ("k6.exe" if platform == "windows-amd64" else "k6")
    assert provided.path.parent.name == ("arm64" if platform.endswith("arm64") else "x64")


def unpacked(folder, name, content, **limits):
    archive = folder / name
    archive.write_bytes(content)
    with (folder / "out").open("wb") as target:
        unpack_binary(archive, "k6.exe" if name.endswith("zip") else "k6", target, **limits)
    return (folder / "out").read_bytes()


def test_a_zip_with_backslashes_is_unpacked(tmp_path):
    assert unpacked(tmp_path, "a.zip", packed_zip({"k6-v2.9.0-windows-amd64\\k6.exe": b"content"})) == b"content"


@pytest.mark.parametrize(
    "content",
    [
        packed_zip({"..\\k6.exe": b"x"}),
        packed_zip({"a/../../k6.exe": b"x"}),
        packed_zip({"/k6.exe": b"x"}),
        packed_zip({"C:/k6.exe": b"x"}),
        packed_zip({"a/k6.exe": b"x" * 100})[:-30],
        packed_zip({"a/k6.exe": b"x" * 100}, zipfile.ZIP_STORED).replace(b"x" * 3, b"y" * 3),
        b"",
    ],
    ids=range(7),
)
def test_a_hostile_or_damaged_zip_is_refused(tmp_path, content):
    with pytest.raises(UnpackError):
        unpacked(tmp_path, "a.zip", content)


def test_the_unpacked_size_is_limited(tmp_path):
    for name, packed in (
        ("a.zip", packed_zip({"k6.exe": bytes(10**6)})),
        ("a.tar.gz", packed_tar({"k6": bytes(10**6)})),
    ):
        with pytest.raises(UnpackError, match="more than"):
            unpacked(tmp_path, name, packed, max_bytes=10**5)


def test_the_caches_folder(tmp_path):
    """GitHub's tool cache, then XDG, then the home folder; relative paths do not count."""
    both = {"RUNNER_TOOL_CACHE": "/opt/cache", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}
    assert str(ToolCache.of(both, None).folder) == "/opt/cache/k6"
    assert str(ToolCache.of(both | {"RUNNER_TOOL_CACHE": "cache"}, None).folder) == "/xdg/k6ci/k6"
    assert str(ToolCache.of({"HOME": "/home/me", "XDG_CACHE_HOME": ""}, None).folder) == "/home/me/.cache/k6ci/k6"
    local = ToolCache.of({"LOCALAPPDATA": "/local", "HOME": "/home/me"}, None, system="win32")
    assert str(local.folder) == "/local/k6ci/k6"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "checkout")
    with pytest.raises(K6MissingError, match="checkout"):
        ToolCache.of({"XDG_CACHE_HOME": str(link)}, tmp_path / "checkout")
