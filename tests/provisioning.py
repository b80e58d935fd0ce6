"""A machine without k6 that gets it from a loopback release server, with pins as an argument."""

from __future__ import annotations

import pathlib

import anyio
import pytest

from k6ci.errors import K6MissingError
from k6ci.k6.releases import Releases
from k6ci.k6.source import K6Source
from k6ci.net.download import Limits
from releases import ReleaseServer, program

FAST = Limits(max_bytes=2**27, seconds=20.0, attempts=2)
UNUSED = "http://127.0.0.1:9"
NO_K6 = "/nowhere"


@pytest.fixture
def release_server():
    with ReleaseServer().serving() as one:
        yield one


@pytest.fixture
def tool_cache(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def k6_source(tmp_path, tool_cache, release_server):
    """A K6Source on a machine without k6, with pins as an argument."""

    def make(pins=None, *, mirror=None, sha256=None, environ=None, platform="linux-amd64", untrusted=None):
        releases = Releases(mirror, sha256, pins or {}, release_server.url, platform)
        environ = {"PATH": NO_K6, "XDG_CACHE_HOME": str(tool_cache)} if environ is None else environ
        return K6Source(None, environ, tmp_path / "python", releases, untrusted, limits=FAST)

    return make


def left(folder: pathlib.Path) -> list[str]:
    """All files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def obtained(source: K6Source, wanted: str | None):
    return anyio.run(source.obtain, wanted)


def refused(source: K6Source, wanted: str | None) -> K6MissingError:
    with pytest.raises(K6MissingError) as caught:
        obtained(source, wanted)
    assert caught.value.code == 15
    assert caught.value.remedy
    return caught.value


def pinned(server: ReleaseServer, *versions: str, binary=program) -> dict[str, dict[str, str]]:
    return {version: {"linux-amd64": server.publish(version, binary(version))} for version in versions}
