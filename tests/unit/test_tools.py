"""The tools of our own workflows: pins of k6, the check of a release, the comparison of the self-test."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess

import pytest

import k6ci
from faces import PROJECT, program_folder
from releases import ReleaseServer, Reply

PLATFORMS = ("linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64", "windows-amd64")
COMPARE = PROJECT / ".github" / "self-test" / "compare.sh"


def tool(name: str):
    specification = importlib.util.spec_from_file_location(f"tool_{name}", PROJECT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def server():
    with ReleaseServer().serving() as served:
        yield served


def publish(server: ReleaseServer, version: str, *, wrong: str = "") -> dict[str, str]:
    """A release with all archives and its checksums file; their hashes by platform."""
    hashes = {platform: server.publish(version, f"k6 {version}".encode(), platform) for platform in PLATFORMS}
    lines = []
    for platform, sha256 in hashes.items():
        name = f"k6-v{version}-{platform}.{'tar.gz' if platform.startswith('linux') else 'zip'}"
        lines.append(f"{'0' * 64 if platform == wrong else sha256}  {name}\n")
    server.add(f"v{version}/k6-v{version}-checksums.txt", Reply("".join(lines).encode()))
    return hashes


def announce(server: ReleaseServer, *tags: str) -> None:
    listed = [{"tag_name": tag, "draft": False, "prerelease": "-" in tag} for tag in tags]
    server.add("/repos/grafana/k6/releases?per_page=50", Reply(json.dumps(listed).encode()))


@pytest.fixture
def pins(tmp_path):
    path = tmp_path / "pins.json"
    path.write_text(json.dumps({"2.3.0": {"linux-amd64": "a" * 64}}))
    return path


def test_new_releases_are_pinned_in_front_of_the_others(server, pins, monkeypatch):
    """Of a major version without pins only the newest one; none of a major version that was not tested."""
    monkeypatch.setenv("GITHUB_TOKEN", "a-token-of-the-job")
    announce(server, "v3.0.0", "v2.10.1", "v2.4.0", "v2.5.0-rc1", "v2.3.0", "v2.2.9", "v1.8.1", "v1.7.0", "nightly")
    expected = {version: publish(server, version) for version in ("1.8.1", "2.4.0", "2.10.1")}
    assert tool("pins").main(pins, server.url, server.url) == 0
    found = json.loads(pins.read_text())
    assert list(found) == ["2.10.1", "2.4.0", "1.8.1", "2.3.0"]
    assert {version: found[version] for version in expected} == expected
    assert found["2.3.0"] == {"linux-amd64": "a" * 64}
    with_token = [path for path, headers in server.asked if "Authorization" in headers]
    assert with_token == ["/repos/grafana/k6/releases?per_page=50"]


def test_an_archive_that_differs_from_its_checksums_file_is_not_pinned(server, pins):
    before = pins.read_text()
    announce(server, "v2.4.0", "v1.8.1")
    publish(server, "1.8.1")
    publish(server, "2.4.0", wrong="macos-arm64")
    with pytest.raises(SystemExit, match=r"k6-v2\.4\.0-macos-arm64\.zip has the SHA-256 [0-9a-f]{64}, .* says 0{64}"):
        tool("pins").main(pins, server.url, server.url)
    assert pins.read_text() == before


def test_the_token_does_not_follow_a_redirect(server, pins, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "a-token-of-the-job")
    elsewhere = Reply(status=302, headers={"Location": f"{server.url}/elsewhere"})
    server.add("/repos/grafana/k6/releases?per_page=50", elsewhere)
    server.add("/elsewhere", Reply(b"[]"))
    assert tool("pins").main(pins, server.url, server.url) == 0
    assert [path for path, headers in server.asked if "Authorization" in headers] == [server.asked[0][0]]
    assert server.asked[1][0] == "/elsewhere"


def test_release_notes_are_the_section_of_the_version():
    changelog = "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.0] - 2026-11-01\n\n### Added\n\n- this\n\n"
    changelog += "## [1.1.0]\n\n- old\n"
    assert tool("release").notes(changelog, "1.2.0") == "### Added\n\n- this\n"
    assert tool("release").notes(changelog, "1.1.0") == "- old\n"
    for version in ("1.2", "9.9.9"):
        with pytest.raises(SystemExit, match="no section"):
            tool("release").notes(changelog, version)


def test_a_release_has_the_version_of_its_tag_and_all_its_files(tmp_path):
    version = k6ci.__version__
    for ending in ("-py3-none-any.whl", ".tar.gz", ".cdx.json"):
        (tmp_path / f"k6ci-{version}{ending}").touch()
    tool("release").check(f"v{version}", tmp_path)
    with pytest.raises(SystemExit, match=r"The tag is v9\.9\.9"):
        tool("release").check("v9.9.9", tmp_path)
    (tmp_path / "k6ci-0.0.1.tar.gz").touch()
    with pytest.raises(SystemExit, match="contains"):
        tool("release").check(f"v{version}", tmp_path)


ENDED = {
    "PASSED": "success passed",
    "CROSSED": "failure failed",
    "MISSING": "failure error",
    "EMPTY": "failure error",
    "MODE": "failure ",
    "CHECK": "success",
}


@pytest.mark.parametrize("name", ["", *ENDED])
def test_the_self_test_fails_if_a_step_ends_otherwise(name, tmp_path):
    for report in ("passed", "crossed", "missing", "empty"):
        (tmp_path / "reports" / report).mkdir(parents=True)
        (tmp_path / "reports" / report / "summary.md").write_text("x")
    environ = {"PATH": os.environ["PATH"], **ENDED, **({name: "success failed"} if name else {})}
    done = subprocess.run(["bash", COMPARE], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("::error")) == ((1, 1) if name else (0, 0))


PULL_REQUEST = PROJECT / ".github" / "open-pins-pull-request.sh"
GH = """
echo "$*" >> "$ASKED"
if [ "$1 $2" = "pr list" ]; then cat "$OPEN"; fi
"""


@pytest.fixture
def pins_repository(tmp_path):
    """A clone with pins.json, whose remote is a folder, and `gh` as a stand-in; runs the script."""
    environ = {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "BASE": "main", "ASKED": str(tmp_path / "asked")}
    environ |= {
        "PATH": f"{program_folder(tmp_path / 'bin', gh=GH)}:{os.environ['PATH']}",
        "OPEN": str(tmp_path / "open"),
    }
    clone = tmp_path / "clone"

    def git(*argv: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        done = subprocess.run(
            ["git", *identity, *argv], cwd=clone, env=environ, capture_output=True, text=True, check=True
        )
        return done.stdout

    (clone / "src" / "k6ci" / "k6").mkdir(parents=True)
    (clone / "src" / "k6ci" / "k6" / "pins.json").write_text("{}\n")
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "remote"], env=environ, check=True)
    git("init", "--quiet", "--initial-branch=main")
    git("remote", "add", "origin", str(tmp_path / "remote"))
    git("add", "--all")
    git("commit", "--quiet", "--message=first")

    def run(change: str, *, is_open: bool = False) -> tuple[str, str]:
        """What `gh` was asked to create, and the files of the pushed commit."""
        (tmp_path / "open").write_text("7\n" if is_open else "")
        (tmp_path / "asked").write_text("")
        git("switch", "--quiet", "main")
        (clone / "src" / "k6ci" / "k6" / "pins.json").write_text(change)
        (clone / "other").write_text("not part of it\n")
        subprocess.run(["bash", PULL_REQUEST], cwd=clone, env=environ, capture_output=True, check=True)
        asked = [line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("pr create")]
        pushed = git("ls-remote", "origin", "k6-pins")
        return "\n".join(asked), git("show", "--format=", "--name-only", "HEAD") if pushed else ""

    return run


def test_new_pins_become_one_pull_request(pins_repository):
    assert pins_repository("{}\n") == ("", "")
    created, files = pins_repository('{"2.4.0": {}}\n')
    assert created.startswith("pr create --head k6-pins --base main --title k6: pin the newest releases")
    assert files == "src/k6ci/k6/pins.json\n"


def test_an_open_pull_request_gets_the_newer_pins(pins_repository):
    created, files = pins_repository('{"2.4.0": {}}\n', is_open=True)
    assert (created, files) == ("", "src/k6ci/k6/pins.json\n")
