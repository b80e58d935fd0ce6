"""S14, W14, W4: which files a script takes along, with real k6."""

from __future__ import annotations

import base64
import gzip
import json
import os
import secrets
import subprocess

import pytest

from binaries import wheel
from story import PASSING

READS = "open('%s');\n" + PASSING
WAYS = [
    "open('%s', 'b');",
    "open('file://%s');",
    "import '%s';",
    "require('%s');",
    "import { SharedArray } from 'k6/data'; new SharedArray('a', () => [open('%s')]);",
    "import { open as read } from 'k6/experimental/fs'; await read('%s');",
]


@pytest.fixture
def repository(k6ci, tmp_path_factory):
    """A checkout as working directory, and a folder elsewhere with a file that is JavaScript, too."""
    (k6ci.folder / ".git").mkdir()
    (k6ci.folder / ".git/config").write_text("1\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "users.js"
    elsewhere.write_text("1;\n")
    return elsewhere


@pytest.mark.parametrize("way", WAYS)
def test_s14_a_file_outside_is_refused_in_ci(k6ci, emulator, repository, way):
    k6ci.write(a=way.replace("%s", str(repository)) + "\n" + PASSING)
    told = k6ci("run", "a.js", on=emulator, CI="true")
    assert told.code == 16, told.text
    assert f"a.js reads files outside of the repository, and would upload them: {repository}." in told.text
    assert "allow-files" in told.text
    assert emulator.state()["load_tests"] == []


@pytest.mark.parametrize("kind", ["relative", "link to the folder", "link to the file", "import through a link"])
def test_s14_neither_dots_nor_links_hide_it(k6ci, emulator, repository, kind):
    (k6ci.folder / "inside").symlink_to(repository.parent)
    (k6ci.folder / "users.js").symlink_to(repository)
    reads = {
        "relative": f"open('{os.path.relpath(repository, k6ci.folder)}');",
        "link to the folder": "open('./inside/users.js');",
        "link to the file": "open('users.js');",
        "import through a link": "import './inside/users.js';",
    }
    k6ci.write(a=f"{reads[kind]}\n{PASSING}")
    told = k6ci("run", "a.js", on=emulator, CI="true")
    assert told.code == 16, told.text
    assert str(repository) in told.text


@pytest.mark.parametrize("source", ["command line", "environment"])
def test_s14_allow_files_allows_what_it_names(k6ci, emulator, repository, source):
    k6ci.write(a=READS % repository)
    glob = f"/nowhere/*\n{repository.parent}/*.js"
    more = [word for line in glob.split("\n") for word in ("--allow-files", line)] if source == "command line" else []
    environ = {"K6CI_ALLOW_FILES": glob} if source == "environment" else {}
    told = k6ci("run", "a.js", *more, on=emulator, CI="true", **environ)
    assert told.code == 0, told.text


def test_s14_no_pull_request_allows_files(k6ci, emulator, repository):
    k6ci.write(a=READS % repository)
    (k6ci.folder / "k6ci.toml").write_text("allow-files = ['/**']\n")
    told = k6ci("run", "a.js", on=emulator, CI="true")
    assert told.code == 10, told.text
    assert "k6ci.toml sets allow-files" in told.text


def test_s14_elsewhere_than_in_ci_it_is_a_warning(k6ci, emulator, repository):
    k6ci.write(a=READS % repository)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert f"warning: a.js reads files outside of the repository, which are uploaded with it: {repository}" in told.text


def test_s14_the_repository_is_more_than_the_working_directory(k6ci, emulator, repository, monkeypatch):
    service = k6ci.folder / "service"
    service.mkdir()
    (k6ci.folder / "shared.csv").write_text("a\n")
    (service / "a.js").write_text(READS % "../shared.csv")
    monkeypatch.chdir(service)
    told = k6ci("run", "a.js", on=emulator, CI="true")
    assert told.code == 0, told.text


def test_s14_git_and_k6s_config_are_refused_whoever_allows_them(k6ci, emulator, repository):
    home = repository.parent
    config = home / ".config/k6/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"vus": 1}))
    for path in (k6ci.folder / ".git/config", config):
        k6ci.write(a=READS % path)
        for environ in ({"CI": "true"}, {}):
            told = k6ci("run", "a.js", "--allow-files", "/**", on=emulator, HOME=str(home), **environ)
            assert told.code == 16, told.text
            assert f"reads files that contain credentials and would upload them: {path}" in told.text


@pytest.mark.parametrize("kind", ["UTF-16", "MIME base64", "gzip"])
def test_s18_a_file_with_the_token_is_refused_in_any_encoding(k6ci, emulator, kind):
    text = f"user=someone token={emulator.token} and more".encode()
    content = {
        "UTF-16": text.decode().encode("utf-16"),
        "MIME base64": base64.encodebytes(b"x" * 60 + text),
        "gzip": gzip.compress(text),
    }[kind]
    (k6ci.folder / "data.bin").write_bytes(content)
    k6ci.write(a=PASSING.replace("export default", "open('./data.bin', 'b');\nexport default"))
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 16, told.text
    assert "would carry the token into the cloud, in file/" in told.text
    assert emulator.token not in told.text
    assert emulator.state()["load_tests"] == []


def test_s18_a_file_that_expands_without_end_is_refused(k6ci, emulator):
    (k6ci.folder / "data.gz").write_bytes(gzip.compress(bytes(300_000_000), 1))
    k6ci.write(a=PASSING.replace("export default", "open('./data.gz', 'b');\nexport default"))
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 16, told.text
    assert "expands to more than k6ci can look through" in told.text


def test_s14_a_token_of_k6s_config_file_is_looked_for_although_another_is_used(k6ci, emulator):
    stored = secrets.token_hex(16)
    config = k6ci.folder / "k6.json"
    config.write_text(json.dumps({"collectors": {"cloud": {"token": stored}}}))
    k6ci.write(a=f"const kept = '{stored}';\n{PASSING}")
    told = k6ci("run", "a.js", "--config", config, on=emulator)
    assert told.code == 16, told.text
    assert stored not in told.text


@pytest.mark.parametrize("name", [b"b\xff.js", b"\xe4\xf6.js", b"d\xff/a.js"])
@pytest.mark.parametrize("way", ["named", "glob"])
def test_w14_a_name_that_is_not_utf_8_runs_under_an_escaped_name(k6ci, emulator, name, way):
    script = k6ci.folder / os.fsdecode(name)
    script.parent.mkdir(exist_ok=True)
    script.write_text(PASSING)
    told = k6ci("run", os.fsdecode(name) if way == "named" else "**/*.js", on=emulator)
    assert told.code == 0, told.text
    shown = name.decode("utf-8", "backslashreplace")
    assert told.run["script"] == shown
    assert told.run["load_test_name"].endswith(shown)
    assert shown in told.text


def test_w14_a_file_beside_it_may_have_such_a_name(k6ci, emulator):
    (k6ci.folder / os.fsdecode(b"b\xff.js")).write_text("throw new Error('bad');\n")
    k6ci.write(a=PASSING)
    told = k6ci("check", "*.js", on=emulator)
    assert told.code == 16, told.text
    assert r"k6 refuses b\xff.js" in told.text


def test_w4_one_file_under_several_names_is_one_run(k6ci, emulator):
    k6ci.write(a=PASSING)
    (k6ci.folder / "soft.js").symlink_to("a.js")
    os.link(k6ci.folder / "a.js", k6ci.folder / "hard.js")
    told = k6ci("run", "a.js", "./a.js", k6ci.folder / "a.js", "*.js", on=emulator)
    assert told.code == 0, told.text
    assert len(emulator.state()["runs"]) == 1
    assert "the same file under several names runs once: ./a.js is a.js" in told.text


def test_w19_a_pattern_excludes(k6ci, emulator):
    k6ci.write(a=PASSING, helper="this is no script")
    told = k6ci("run", "*.js", "!helper.js", on=emulator)
    assert told.code == 0, told.text
    told = k6ci("check", on=emulator, K6CI_SCRIPT="*.js\n!helper.js")
    assert told.code == 0, told.text
    assert "a.js is valid" in told.text


def test_s14_an_archive_as_script_reads_nothing_from_this_machine(k6ci, emulator, repository):
    """It was made elsewhere, with the paths of that machine."""
    (repository.parent / "b.js").write_text(READS % repository)
    subprocess.run(
        [wheel(), "archive", "-O", k6ci.folder / "made.tar", repository.parent / "b.js"],
        check=True,
        capture_output=True,
    )
    told = k6ci("run", "made.tar", on=emulator, CI="true")
    assert told.code == 0, told.text


def test_a_script_of_an_odd_name_is_no_option_of_k6(k6ci, emulator):
    for name in ("-", "--out=x", "-O"):
        (k6ci.folder / name).write_text(PASSING)
    told = k6ci("check", "--", "-", "--out=x", "-O", on=emulator)
    assert told.code == 0, told.text


def test_a_name_that_is_too_long_is_10(k6ci, emulator):
    told = k6ci("check", "x" * 5000, on=emulator)
    assert told.code == 10, told.text
