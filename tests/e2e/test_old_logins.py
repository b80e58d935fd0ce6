"""Logins of the old k6 Cloud documentation, by their row in docs/tokens.md: what replaces them, and that ours works."""

from __future__ import annotations

import pathlib
import re

import pytest

import binaries
from emulation import K6_LEGACY, emulator_in_thread, wheel_config
from k6ci.settings.configfile import default_config_path, legacy_config_path
from k6ci.settings.resolve import resolve
from logins import addresses, cloud_section, default_file, home, legacy_file, real_k6, store
from story import PASSING

pytestmark = pytest.mark.e2e

# What k6 2.x no longer does is shown with the binaries that K6CI_TEST_K6 names, if any.
K6_TWO = binaries.of_major_2()
DOCS = pathlib.Path(__file__).parents[2] / "docs" / "tokens.md"


def test_every_row_of_the_table_has_a_test():
    """The table of docs/tokens.md has the rows that this file and test_old_runs.py test."""
    section = DOCS.read_text().split("## Replacements for older k6 logins")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)
    files = (pathlib.Path(__file__), pathlib.Path(__file__).with_name("test_old_runs.py"))
    tests = re.findall(r"^def test_row_(\d\d)_", "".join(file.read_text() for file in files), flags=re.MULTILINE)
    assert [int(row) for row in rows] == [int(test) for test in tests] == list(range(1, 19))


def test_row_01_account_token(k6ci):
    """A personal token: accepted, and the run says whose it is."""
    k6ci.write(a=PASSING)
    with emulator_in_thread(wheel_config(user_email="user@example.com")) as emulator:
        told = k6ci("run", "a.js", on=emulator)
        assert told.code == 0, told.text
        assert told.run["started_by"] == "user@example.com"
        assert "personal or stack token" in k6ci("whoami", on=emulator).text


def test_row_02_organization_token(k6ci, emulator):
    """Its successor is the stack token: of one stack, without a user, and with a project that must be named."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert told.run["started_by"] is None
    assert k6ci("check", on=emulator, K6_CLOUD_STACK_ID="4712").code == 12
    none = k6ci("check", on=emulator, K6_CLOUD_PROJECT_ID="")
    assert none.code == 10
    assert "a stack token always needs one" in none.text


def test_row_03_login_with_email_and_password(k6ci):
    """`k6 login cloud`: gone in 2.x; ours asks the legacy API and stores the token that comes back."""
    config = wheel_config(user_email="user@example.com", user_password="pass word/9")
    with emulator_in_thread(config) as emulator:
        assert all(real_k6(k6, emulator, home(), "login", "cloud").returncode == 255 for k6 in K6_TWO)
        argv = ("login", "--email", "user@example.com", "--stack", "demo")
        assert k6ci(*argv, stdin="pass word/9", **addresses(emulator)).code == 0
        assert cloud_section(default_file())["token"] == emulator.token


@pytest.mark.parametrize("k6", [pytest.param(K6_LEGACY, id="k6-0.57.0"), *binaries.every_param()])
def test_row_04_login_with_a_token_as_an_argument(k6ci, emulator, k6):
    """`k6 login cloud --token T`: old k6 even prints it; ours refuses the argument and takes a pipe."""
    done = real_k6(k6, emulator, home(), "login", "cloud", "--token", emulator.token)
    assert (done.returncode == 0) is (k6 not in K6_TWO)
    assert (emulator.token in done.stdout) is (k6 not in K6_TWO)
    refused = k6ci("login", "cloud", "--token", emulator.token, **addresses(emulator))
    assert refused.code == 2
    assert emulator.token not in refused.text
    assert k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator)).code == 0


@pytest.mark.parametrize("ending", ["", "\n", " "], ids=["bare", "newline", "space"])
def test_row_05_token_in_the_environment(k6ci, emulator, ending):
    """The same variable. k6 fails with a newline in it; 2.x needs the stack's number and a project beside it."""
    k6ci.write(a=PASSING)
    run = ("cloud", "run", str(k6ci.folder / "a.js"))
    environ = {"K6_CLOUD_TOKEN": emulator.token + ending}
    for k6 in K6_TWO:
        done = real_k6(k6, emulator, home(), *run, **environ)
        assert done.returncode == 255
        assert "stack ID not configured" in done.stderr
    named = environ | {"K6_CLOUD_STACK_ID": "4711", "K6_CLOUD_PROJECT_ID": "3101"}
    for k6 in binaries.every():
        done = real_k6(k6, emulator, home(), *run, **named)
        assert (done.returncode == 0) is (ending != "\n"), done.stderr
    told = k6ci("run", "a.js", on=emulator, **environ)
    assert told.code == 0, told.text
    assert ("was trimmed" in told.text) is bool(ending)


def test_row_06_config_file_under_loadimpact(k6ci, emulator):
    """Read as the last resort, with the line that moves it; k6 2.x does not read it."""
    path = store(legacy_file(), token=emulator.token)
    k6ci.write(a=PASSING)
    assert real_k6(K6_LEGACY, emulator, home(), "cloud", "run", str(k6ci.folder / "a.js")).returncode == 0
    run = ("cloud", "run", str(k6ci.folder / "a.js"))
    assert all(real_k6(k6, emulator, home(), *run).returncode == 255 for k6 in K6_TWO)
    found = resolve({}, {"HOME": str(home())}, k6ci.folder)
    assert found.token.source == f"collectors.cloud.token of {path}"
    assert "`k6ci login --migrate`" in found.notes[-1]
    assert k6ci("login", "--migrate", "--stack", "demo", **addresses(emulator)).code == 0
    legacy_file().unlink()
    assert all(real_k6(k6, emulator, home(), *run).returncode == 0 for k6 in binaries.every())


def test_row_07_config_file_on_macos(k6ci):
    """`~/Library/Application Support`, both places (this is Linux: the system is handed in)."""
    environ = {"HOME": str(home())}
    assert_both_files_are_read(k6ci, environ, "darwin", home() / "Library" / "Application Support")


def test_row_08_config_file_on_windows(k6ci):
    """`%AppData%`, both places."""
    roaming = home() / "AppData" / "Roaming"
    assert_both_files_are_read(k6ci, {"AppData": str(roaming)}, "win32", roaming)


def assert_both_files_are_read(k6ci, environ, system, folder):
    """The file of k6 before 1.0, and then the current one, which precedes it."""
    current, old = default_config_path(environ, system), legacy_config_path(environ, system)
    assert (current, old) == (folder / "k6" / "config.json", folder / "loadimpact" / "k6" / "config.json")
    for path, token, stack in ((old, "old-token-0123", 1), (current, "new-token-0123", 2)):
        store(path, token=token, stackID=stack)
        found = resolve({}, environ, k6ci.folder, system=system)
        assert (found.token.value.get_secret_value(), found.stack.value.number) == (token, stack)


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_row_09_config_option(k6ci, emulator, way):
    """`-c`, `--config`, K6_CONFIG: the one file that is read. k6's own login wants it to exist; ours makes it."""
    path = k6ci.folder / "k6.json"
    for k6 in binaries.every():
        assert real_k6(k6, emulator, home(), "-c", str(path), "cloud", "login", "--show").returncode == 255
    named = (("-c", str(path)), {}) if way == "flag" else ((), {"K6_CONFIG": str(path)})
    store(default_file(), token="another-token-0123", stackID=1)
    login = k6ci("login", "--stack", "demo", *named[0], stdin=emulator.token, **addresses(emulator), **named[1])
    assert login.code == 0, login.text
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", *named[0], **addresses(emulator), **named[1])
    assert told.code == 0, told.text
    assert cloud_section(default_file())["token"] == "another-token-0123"


def test_row_10_single_sign_on_users(k6ci):
    """They had to set a password first; today they need none: the error says to make a token."""
    with emulator_in_thread(wheel_config(user_email="sso@example.com")) as emulator:
        argv = ("login", "--email", "sso@example.com", "--stack", "demo")
        told = k6ci(*argv, stdin="whatever it is", **addresses(emulator))
        assert told.code == 11, told.text
        assert "single sign-on" in told.text
        assert "Make a token instead" in told.text
        assert k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator)).code == 0


def test_row_11_docker_users_with_a_volume(k6ci, emulator):
    """A folder that both see takes the home's place: the login is written there once, and used by file name."""
    volume = k6ci.folder / "volume"
    told = k6ci("login", "--stack", "demo", "-c", volume / "config.json", stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    k6ci.write(a=PASSING)
    script = str(k6ci.folder / "a.js")
    for k6 in (K6_LEGACY, *binaries.every()):
        done = real_k6(k6, emulator, home(), "cloud", "run", "-c", str(volume / "config.json"), script)
        assert done.returncode == 0, done.stderr


def test_row_12_token_as_a_variable_of_ci(k6ci, emulator):
    """The same; and a secret that is empty is an error there, whatever file lies around on the runner."""
    k6ci.write(a=PASSING)
    store(default_file(), token=emulator.token, stackID=4711, projectID=3101)
    assert k6ci("run", "a.js", on=emulator, CI="true").code == 0
    told = k6ci("run", "a.js", on=emulator, CI="true", K6_CLOUD_TOKEN="", K6_CONFIG=str(default_file()))
    assert told.code == 11, told.text
    assert "K6_CLOUD_TOKEN is set but empty" in told.text
