"""login: a token is verified, then stored where k6 reads it, private and whole; or nothing is changed, and why."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import stat
import subprocess
import sys

import pytest

from emulation import K6_WHEEL, EmulatorHandle, emulator_in_thread, wheel_config
from logins import STACK, addresses, cloud_section, default_file, home, legacy_file, store
from story import Teller

EXPIRED, REVOKED, OTHER = "expired-token-0123456789", "revoked-token-0123456789", "other-token-0123456789ab"


def snapshot(folder: pathlib.Path) -> dict[str, bytes]:
    """Every file below, with its content."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("stack", ["demo", STACK, f"{STACK}/a/k6-app", "demo.grafana.net"])
def test_a_token_is_verified_and_stored_private(k6ci: Teller, emulator, stack):
    """From a pipe; slug and URL become number and URL, the default project comes along; the token is not shown."""
    told = k6ci("login", "--stack", stack, stdin=f"{emulator.token}\n", **addresses(emulator))
    assert told.code == 0, told.text
    path = default_file()
    assert cloud_section(path) == {
        "token": emulator.token,
        "stackID": 4711,
        "stackURL": STACK,
        "defaultProjectID": 3101,
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert emulator.token not in told.text
    assert f"****{emulator.token[-4:]}" in told.text
    assert str(path) in told.text
    assert [(entry["path"], entry["status"]) for entry in emulator.journal()] == [("/cloud/v6/auth", 200)]


def test_a_stack_by_its_number_is_verified_by_its_projects(k6ci: Teller, emulator):
    """There is no question about a number alone; the URL of an earlier login does not stay beside it."""
    path = store(default_file(), token="old-token", stackURL="https://old.grafana.net", timeout="2m")
    told = k6ci("login", "--stack", "4711", stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert cloud_section(path) == {
        "timeout": "2m",
        "token": emulator.token,
        "stackID": 4711,
        "defaultProjectID": 3101,
    }
    assert json.loads(path.read_text())["userAgent"] == "kept"
    wrong = k6ci("login", "--stack", "4712", stdin=emulator.token, **addresses(emulator))
    assert wrong.code == 12, wrong.text


def test_the_stack_of_the_last_login_is_kept_when_none_is_named(k6ci: Teller, emulator):
    """To replace a token is one line; the environment and k6ci.toml may name the stack, too."""
    store(default_file(), token="old-token", stackID=4711, stackURL=STACK)
    told = k6ci("login", stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert cloud_section(default_file())["token"] == emulator.token
    default_file().unlink()
    none = k6ci("login", stdin=emulator.token, **addresses(emulator))
    assert none.code == 10
    assert "stack: k6 needs to know which Grafana stack" in none.text
    assert not default_file().exists()
    assert k6ci("login", stdin=emulator.token, K6_CLOUD_STACK_ID="4711", **addresses(emulator)).code == 0


@pytest.mark.parametrize(
    ("token", "code", "said"),
    [
        ("wrong-token-0123456789", 11, "The API refused the token of standard input"),
        (EXPIRED, 11, "The token has expired."),
        (REVOKED, 11, "The token was revoked."),
        ("glsa_0123456789abcdefghij", 11, "looks like a Grafana service account token (glsa_...)"),
        ("glc_eyJ0123456789abcdefgh", 11, "looks like a Grafana Cloud access policy token (glc_...)"),
        ("eyJrIjoi0123456789abcdefg", 11, "looks like an old Grafana API key"),
        ("ghp_0123456789abcdefghij", 11, "looks like a GitHub token"),
        ("", 11, "standard input is empty"),
        (" \n", 11, "standard input is empty"),
        ("x" * 70_000, 11, "holds more than a secret"),
        ('"0123456789abcdef"', 11, "is wrapped in quotes"),
        ("Bearer 0123456789abcdef", 11, "starts with a scheme"),
        ("0123456789\n0123456789", 11, "has white space inside"),
        ("$K6_CLOUD_TOKEN", 11, "a variable that nothing has expanded"),
        ("****************", 11, "the masked value"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_token_that_is_not_accepted_changes_nothing(k6ci: Teller, token, code, said):
    """Wrong, expired, revoked, of another kind, malformed: the reason, what to do, and the old login stays."""
    store(default_file(), token="old-token", stackID=1)
    before = snapshot(home())
    config = wheel_config(refused_tokens={EXPIRED: "The token has expired.", REVOKED: "The token was revoked."})
    with emulator_in_thread(config) as emulator:
        told = k6ci("login", "--stack", "demo", stdin=token, **addresses(emulator))
    assert told.code == code, told.text
    assert said in told.text
    assert "  -> " in told.text
    assert len(token) < 6 or token.strip() not in told.text or token.startswith(("$", "*"))
    assert snapshot(home()) == before


@pytest.mark.parametrize("raw", ["{}\n", "{}\r\n", "  {}", "\ufeff{}", "{}\n\n"])
def test_a_token_with_something_around_it_is_stored_without(k6ci: Teller, emulator, raw):
    """`echo` and editors add a newline, with which k6 itself fails; what is inside the braces is the token.

    The end of the one line is nobody's mistake (`< FILE`), and not worth a note.
    """
    told = k6ci("login", "--stack", "demo", stdin=raw.format(emulator.token), **addresses(emulator))
    assert told.code == 0, told.text
    assert ("has white space around it" in told.text) == (raw not in ("{}\n", "{}\r\n")), told.text
    assert cloud_section(default_file())["token"] == emulator.token


@pytest.mark.parametrize(
    ("stack", "code", "said"),
    [
        ("other", 12, "The stack https://other.grafana.net does not exist, or the token is not of it"),
        ("not a stack", 10, "neither a number, a slug nor an https URL"),
        ("https://me:secret@demo.grafana.net", 10, "an address of a stack holds no password (from --stack)"),
    ],
)
def test_a_stack_that_is_not_the_tokens_changes_nothing(k6ci: Teller, emulator, stack, code, said):
    """12 for what the cloud does not show, 10 for what is none."""
    told = k6ci("login", "--stack", stack, stdin=emulator.token, **addresses(emulator))
    assert told.code == code, told.text
    assert said in told.text
    assert "secret" not in told.text
    assert not default_file().exists()


@pytest.mark.parametrize("option", ["--token", "-t"])
def test_an_option_without_the_token_is_refused_and_asks_for_none(k6ci: Teller, option):
    """Who expects a prompt is told to leave the option out, not to add the token to it."""
    told = k6ci("login", "--stack", "demo", option)
    assert told.code == 2, told.text
    assert "paste the token at the prompt" in told.text
    assert "requires an argument" not in told.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--show", "--reset"), "--show and --reset do not go together."),
        (("--email", "me@example.com", "--migrate"), "--email and --migrate do not go together."),
        (("--email", "me@example.com", "--show"), "--email and --show do not go together."),
        (("--email", " "), "--email names no address."),
    ],
)
def test_wishes_that_do_not_go_together_are_refused(k6ci: Teller, words, said):
    """Who asks for two things is not given one of them."""
    store(default_file(), token="old-token", stackID=1)
    before = snapshot(home())
    told = k6ci("login", *words)
    assert (told.code, said in told.text) == (2, True), told.text
    assert snapshot(home()) == before


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


def test_a_cloud_that_does_not_answer_changes_nothing(k6ci: Teller, emulator):
    """14; a token that nobody has verified is not stored."""
    emulator.set_fault("GET /cloud/v6/auth", status=503, count=None)
    told = k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator))
    assert told.code == 14, told.text
    unreachable = addresses(emulator) | {"K6_CLOUD_HOST_V6": "http://127.0.0.1:9"}
    assert k6ci("login", "--stack", "demo", stdin=emulator.token, **unreachable).code == 14
    assert not default_file().exists()


@pytest.mark.parametrize(
    "argv",
    [
        ("--token", "{}"),
        ("--token={}",),
        ("-t", "{}"),
        ("cloud", "--token", "{}"),
        ("cloud", "-t", "{}", "--stack", "demo"),
        ("{}",),
        ("cloud", "{}"),
    ],
)
def test_a_token_on_the_command_line_is_refused_with_the_safe_line(k6ci: Teller, emulator, argv):
    """2, the reason, the line to type, and not the token."""
    told = k6ci("login", *(word.format(emulator.token) for word in argv), **addresses(emulator))
    assert told.code == 2, told.text
    assert 'printf %s "$K6_CLOUD_TOKEN" | k6ci login --stack SLUG' in told.text
    assert emulator.token not in told.text
    assert emulator.journal() == []


def test_what_fingers_know_is_understood(k6ci: Teller, emulator):
    """`k6 login cloud`, with a k6ci in front."""
    assert k6ci("login", "cloud", "--stack", "demo", stdin=emulator.token, **addresses(emulator)).code == 0


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
    assert "K6_CLOUD_TOKEN is set in the environment, and wins over the file." in told.text
    assert "This is CI" in told.text
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
    assert f"Others may read the token of {path} (mode 0644" in told.text
    assert k6ci("login", stdin=emulator.token, **addresses(emulator)).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Others may read" not in k6ci("check", "-c", path, **addresses(emulator)).text


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
    for part in ("****cdef (fingerprint ", f"7, {STACK}", "9", f"{default_file()} (mode 0644)", "chmod 600", "wins"):
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
    assert "The token itself stays valid" in told.text
    assert "K6_CLOUD_TOKEN is set in the environment, and stays." in told.text
    assert "nothing to remove" in k6ci(*argv).text
    broken = k6ci.folder / "c.json"
    broken.write_text("{")
    assert k6ci(*argv, "-c", broken).code == 10
    assert broken.read_text() == "{"


@pytest.fixture
def with_password():
    """An emulated account that has a password."""
    with emulator_in_thread(wheel_config(user_email="user@example.com", user_password="pass word/9")) as handle:
        yield handle


def test_email_and_password_become_a_token(k6ci: Teller, with_password: EmulatorHandle):
    """The legacy login; the password goes into one body, the token is verified like any other."""
    argv = ("login", "--email", "user@example.com", "--stack", "demo")
    told = k6ci(*argv, stdin="pass word/9\n", **addresses(with_password))
    assert told.code == 0, told.text
    assert cloud_section(default_file())["token"] == with_password.token
    assert "pass word/9" not in told.text + json.dumps(with_password.journal())
    first = with_password.exchanges[0]
    assert (first.method, first.url) == ("POST", f"{with_password.url}/v1/login")
    assert "authorization" not in dict(first.request_headers)


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("user@example.com", "wrong password", "or its password is wrong"),
        ("nobody@example.com", "pass word/9", "nobody@example.com or its password is wrong"),
    ],
)
def test_a_wrong_password_is_11_and_says_what_to_do_instead(k6ci: Teller, with_password, email, password, said):
    """The remedy is a token, which needs no password."""
    told = k6ci("login", "--email", email, "--stack", "demo", stdin=password, **addresses(with_password))
    assert told.code == 11, told.text
    assert said in told.text
    assert "Make a token instead" in told.text
    assert password not in told.text
    assert not default_file().exists()


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [(404, 11, "no longer takes passwords"), (410, 11, "no longer takes passwords"), (503, 14, "fails")],
)
def test_a_legacy_login_that_is_gone_is_told_from_one_that_fails(k6ci: Teller, with_password, status, code, said):
    """The endpoint may be switched off any day."""
    with_password.set_fault("POST /v1/login", status=status, count=None)
    argv = ("login", "--email", "user@example.com", "--stack", "demo")
    told = k6ci(*argv, stdin="pass word/9", **addresses(with_password))
    assert told.code == code, told.text
    assert said in told.text


def test_a_password_goes_in_plain_text_to_loopback_only(k6ci: Teller, with_password):
    """K6_CLOUD_HOST decides where it goes."""
    environ = addresses(with_password) | {"K6_CLOUD_HOST": "http://ingest.example.org"}
    told = k6ci("login", "--email", "user@example.com", "--stack", "demo", stdin="pass word/9", **environ)
    assert told.code == 10, told.text
    assert "in plain text to another machine" in told.text


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
