"""Downloads of k6 that are refused: exit code 15, nothing half installed, and no unverified byte executed."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import threading

import pytest

from provisioning import NO_K6, left, pinned, refused
from releases import Reply, official, packed_tar, program, sha256
from story import PASSING
from waiting import wait_for


def replies(name: str, binary: bytes) -> tuple[Reply, str]:
    """A broken answer, and what the error says."""
    good = official("2.9.0", "linux-amd64", binary)
    page = b"<!DOCTYPE html><title>Log in</title>"
    found: dict[str, tuple[Reply, str]] = {
        "wrong hash": (Reply(packed_tar({"x/k6": binary, "y": b"1"})), "its SHA-256 is"),
        "truncated": (Reply(good, cuts=100), "the transfer broke off"),
        "short": (Reply(good[:100]), "its SHA-256 is"),
        "a page": (Reply(page, headers={"Content-Type": "text/html; charset=utf-8"}), "an HTML page"),
        "a page of another type": (Reply(b"\n " + page), "an HTML page"),
        "404": (Reply(b"Not Found", 404), "HTTP 404"),
        "403": (Reply(b"no", 403), "HTTP 403"),
        "503": (Reply(b"busy", 503), "HTTP 503"),
        "too large": (Reply(b"", headers={"Content-Length": str(2**40)}), "larger than 128 MiB"),
        "http": (Reply(b"", 302, {"Location": "http://127.0.0.1:9/k6"}), "only redirects to https"),
        "user": (Reply(b"", 302, {"Location": "https://user:pw@127.0.0.1:9/k6"}), "only redirects to https"),
        "file": (Reply(b"", 301, {"Location": "file:///etc/passwd"}), "only redirects to https"),
        "elsewhere": (Reply(b"", 307, {"Location": "https://127.0.0.1:9/k6"}), "no connection"),
    }
    return found[name]


@pytest.mark.parametrize(
    "name",
    [
        *("wrong hash", "truncated", "short", "a page", "a page of another type", "404", "403", "503", "too large"),
        *("http", "user", "file", "elsewhere"),
    ],
)
def test_what_is_not_the_archive_is_15_and_never_runs(release_server, k6_source, tool_cache, tmp_path, name):
    ran = tmp_path / "ran"
    good = official("2.9.0", "linux-amd64", program("2.9.0", ran))
    reply, said = replies(name, program("2.9.0", ran))
    release_server.add("v2.9.0/k6-v2.9.0-linux-amd64.tar.gz", reply)
    error = refused(k6_source({"2.9.0": {"linux-amd64": sha256(good)}}), "2.9.0")
    assert said in error.cause
    assert left(tool_cache) == []
    assert not ran.exists()
    assert len(release_server.asked) == (2 if name in ("truncated", "503") else 1)


@pytest.mark.parametrize(
    ("members", "links", "said"),
    [
        ({"../k6": b"x"}, {}, "not below its folder"),
        ({"k6-v2.9.0/../../k6": b"x"}, {}, "not below its folder"),
        ({"/etc/k6": b"x"}, {}, "not below its folder"),
        ({"C:\\k6": b"x"}, {}, "not below its folder"),
        ({}, {"a/k6": "/bin/sh"}, "neither a file nor a folder"),
        ({"a/k6": b"x"}, {"a/other": "../.."}, "neither a file nor a folder"),
        ({"a/readme": b"x"}, {}, "no member is called k6"),
        ({"a/k6": b"x", "b/k6": b"y"}, {}, "more than one member"),
    ],
)
def test_an_archive_with_links_or_other_folders_is_15(release_server, k6_source, tool_cache, members, links, said):
    """Although its hash is right: whoever made the pin was deceived."""
    hash_ = release_server.publish_archive("2.9.0", packed_tar(members, links))
    assert said in refused(k6_source({"2.9.0": {"linux-amd64": hash_}}), "2.9.0").cause
    assert left(tool_cache) == []


@pytest.mark.parametrize(
    "content", [b"", b"not an archive", packed_tar({"a/k6": os.urandom(5000)})[:3000]], ids=range(3)
)
def test_what_is_no_archive_is_15(release_server, k6_source, tool_cache, content):
    hash_ = release_server.publish_archive("2.9.0", content)
    assert "not an archive of a k6 release" in refused(k6_source({"2.9.0": {"linux-amd64": hash_}}), "2.9.0").cause
    assert left(tool_cache) == []


def test_an_archive_with_another_version_is_15(release_server, k6_source):
    hash_ = release_server.publish("2.9.0", program("2.8.0"))
    assert "k6-version requires 2.9.0" in refused(k6_source(sha256=hash_), "2.9.0").cause


@pytest.mark.parametrize("wanted", ["3", "new", "2.2", ">=2", "2.2.0; rm -rf /", "~", "x", "../2.0.0"])
def test_what_is_no_version_is_15(release_server, k6_source, wanted):
    assert "is not a version of k6" in refused(k6_source(), wanted).cause
    assert release_server.asked == []


def test_a_range_without_a_pin_is_15_and_says_what_is_known(release_server, k6_source):
    error = refused(k6_source(pinned(release_server, "2.2.0")), "~2.7")
    assert "2.2.0" in error.cause
    assert "k6-sha256" in error.remedy


def test_a_cache_in_the_checkout_is_15_in_ci(release_server, k6_source, tmp_path):
    """A pull request could put a program and its manifest there."""
    pins = pinned(release_server, "2.9.0")
    inside = {"PATH": NO_K6, "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    assert "checkout" in refused(k6_source(pins, environ=inside, untrusted=tmp_path), "2.9.0").cause
    nowhere = {"PATH": NO_K6, "XDG_CACHE_HOME": "relative"}
    assert "No variable names a folder" in refused(k6_source(pins, environ=nowhere), "2.9.0").cause
    assert release_server.asked == []


def test_a_signal_ends_a_download_that_stalls(release_server, tool_cache, k6ci, emulator):
    """The job is cancelled at once, and nothing is left in the cache."""
    stalls = threading.Event()
    reply = Reply(official("2.9.0", "linux-amd64", program("2.9.0")), cuts=100, stalls=stalls)
    release_server.add("v2.9.0/k6-v2.9.0-linux-amd64.tar.gz", reply)
    k6ci.write(a=PASSING)
    words = ("run", "a.js", "--k6-version", "2.9.0", "--k6-mirror", release_server.url, "--k6-sha256", "0" * 64)
    with k6ci.process(*words, on=emulator, XDG_CACHE_HOME=str(tool_cache)) as process:
        wait_for(lambda: release_server.asked)
        process.send_signal(signal.SIGTERM)
        told = k6ci.ended(process)
    stalls.set()
    assert told.code == 143, told.text
    assert left(tool_cache) == []


def run(*argv: str | pathlib.Path, limit: int | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """`k6ci install-k6` in a process of its own; `limit` is the largest file that it may write."""
    import_ = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); " if limit else ""
    code = f"{import_}import sys; from k6ci.__main__ import main; main()"
    environ = {"PATH": NO_K6, "LANG": "C.UTF-8"} | environ
    words = [sys.executable, "-c", code, "install-k6", *map(str, argv)]
    return subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_no_space_left_is_15_and_leaves_nothing(release_server, tool_cache, tmp_path):
    hash_ = release_server.publish("2.9.0", program("2.9.0") + b"#" * 2**18)
    words = ("--k6-version", "2.9.0", "--k6-mirror", release_server.url, "--k6-sha256", hash_)
    done = run(*words, limit=2**16, XDG_CACHE_HOME=str(tool_cache))
    assert done.returncode == 15, done.stderr
    assert "cannot be stored in" in done.stderr
    assert left(tool_cache) == []
    done = run(*words, XDG_CACHE_HOME=str(tmp_path / "file" / "cache"), HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
