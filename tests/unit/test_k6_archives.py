"""The folder of downloaded archives, which a GitLab job caches inside of the checkout: never trusted, only compared."""

from __future__ import annotations

import dataclasses
import os

import pytest

from k6ci.k6.archives import ArchiveFolder
from provisioning import left, obtained, pinned, refused
from releases import program

ARCHIVE = "k6-v2.3.0-linux-amd64.tar.gz"


@pytest.fixture
def source(k6_source, release_server, tmp_path):
    """A machine without k6, with a folder of archives in the checkout; each call has an empty tool cache."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    pins = pinned(release_server, "2.3.0")

    def make(name: str):
        one = k6_source(pins, environ={"PATH": "/nowhere", "XDG_CACHE_HOME": str(tmp_path / name)}, untrusted=checkout)
        releases = dataclasses.replace(one.releases, archives=ArchiveFolder(checkout / "kept", checkout))
        return dataclasses.replace(one, releases=releases)

    return make


def test_the_next_job_downloads_nothing(source, release_server, tmp_path):
    first = obtained(source("first"), "2.3.0")
    assert left(tmp_path / "checkout") == [f"kept/{ARCHIVE}"]
    asked = len(release_server.asked)
    second = obtained(source("second"), "2.3.0")
    assert len(release_server.asked) == asked
    assert first.origin.startswith("downloaded from http://127.0.0.1:")
    assert second.origin == f"from {tmp_path / 'checkout' / 'kept' / ARCHIVE}"
    assert second.path.read_bytes() == first.path.read_bytes()


@pytest.mark.parametrize("attack", ["other content", "a link", "the folder is a link"])
def test_what_a_merge_request_puts_there_is_not_used(source, release_server, tmp_path, attack):
    folder = tmp_path / "checkout" / "kept"
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / ARCHIVE).write_text("before")
    if attack == "the folder is a link":
        folder.symlink_to(victim)
    else:
        folder.mkdir()
    if attack == "other content":
        (folder / ARCHIVE).write_bytes(b"not k6")
    elif attack == "a link":
        (folder / ARCHIVE).symlink_to(victim / ARCHIVE)
    k6 = obtained(source("cache"), "2.3.0")
    assert k6.origin.startswith("downloaded from http://127.0.0.1:")
    assert (victim / ARCHIVE).read_text() == "before"
    assert ("cannot be kept" in (k6.caution or "")) is (attack == "the folder is a link")


def test_a_pipe_does_not_block(source, tmp_path):
    folder = tmp_path / "checkout" / "kept"
    folder.mkdir()
    os.mkfifo(folder / ARCHIVE)
    assert obtained(source("cache"), "2.3.0").origin.startswith("downloaded from")


def test_a_download_with_another_hash_is_not_kept(source, release_server, tmp_path):
    one = source("cache")
    release_server.publish("2.3.0", program("9.9.9"))
    assert "its SHA-256 is" in refused(one, "2.3.0").cause
    assert left(tmp_path / "checkout") == []
