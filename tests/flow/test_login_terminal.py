"""login and doctor in a real terminal: secrets are not echoed, lines fit, keys that end it end it."""

from __future__ import annotations

import pathlib
import sys

import pytest

from emulation import emulator_in_thread, wheel_config
from logins import STACK, addresses, cloud_section, default_file, store
from terminal import COLUMNS, in_terminal

K6CI = [sys.executable, "-m", "k6ci"]


@pytest.fixture
def typing(k6ci):
    """A way to run k6ci in a terminal."""

    def run(*argv, **environ):
        return in_terminal([*K6CI, *argv], k6ci.environ(None, **environ), k6ci.folder)

    return run


def assert_fits(lines):
    """80 columns, but for single words (a path) that are longer than that."""
    for line in lines:
        assert len(line) <= COLUMNS or len(max(line.split(), key=len)) > COLUMNS - 25, line


def test_the_token_is_typed_and_not_shown(typing, emulator):
    """Stack and token are asked for; while the token is typed the terminal echoes nothing."""
    with typing("login", **addresses(emulator)) as terminal:
        terminal.wait_for("Stack (slug, URL or number): ")
        assert terminal.shows_what_is_typed()
        terminal.type("demo\n")
        terminal.wait_for("Token (not shown): ")
        assert not terminal.shows_what_is_typed()
        terminal.type(f"{emulator.token}\n")
        assert terminal.end() == 0, terminal.text
    assert emulator.token not in terminal.text
    assert "Token verified and stored." in terminal.text
    assert cloud_section(default_file())["token"] == emulator.token
    assert_fits(terminal.lines)


@pytest.mark.parametrize("answers", [("\x04",), ("\n", "\x04")], ids=["stack", "token"])
def test_the_end_of_the_input_is_no_answer(typing, emulator, answers):
    """Ctrl-D at either prompt ends it, on a line of its own; it does not agree to the stack that is offered."""
    store(default_file(), token="old-token", stackID=4711, stackURL=STACK)
    prompts = (f"[{STACK}]: ", "Token (not shown): ")
    with typing("login", **addresses(emulator)) as terminal:
        for prompt, answer in zip(prompts, answers, strict=False):
            terminal.wait_for(prompt)
            terminal.type(answer)
        assert terminal.end() == (10 if len(answers) == 1 else 11), terminal.text
    assert any(line.startswith("k6ci: ") and "nothing was typed" in line for line in terminal.lines), terminal.text
    assert cloud_section(default_file())["token"] == "old-token"


def test_the_stack_of_the_last_login_is_offered(typing, emulator):
    """Enter keeps it."""
    store(default_file(), token="old-token", stackID=4711, stackURL=STACK)
    with typing("login", **addresses(emulator)) as terminal:
        terminal.wait_for(f"Stack (slug, URL or number) [{STACK}]: ")
        terminal.type("\n")
        terminal.wait_for("Token (not shown): ")
        terminal.type(f"{emulator.token}\n")
        assert terminal.end() == 0, terminal.text
    assert cloud_section(default_file())["token"] == emulator.token


def test_a_password_is_not_shown_either(typing):
    """`--email` asks for it."""
    config = wheel_config(user_email="user@example.com", user_password="pass word/9")
    with emulator_in_thread(config) as emulator:
        argv = ("login", "--email", "user@example.com", "--stack", "demo")
        with typing(*argv, **addresses(emulator)) as terminal:
            terminal.wait_for("Password (not shown): ")
            assert not terminal.shows_what_is_typed()
            terminal.type("pass word/9\n")
            assert terminal.end() == 0, terminal.text
        assert "pass word/9" not in terminal.text
        assert emulator.token not in terminal.text


@pytest.mark.parametrize(
    ("keys", "code", "said"),
    [("\n", 11, "nothing was typed"), ("\x04", 11, "nothing was typed"), ("\x03", 130, "")],
    ids=["enter", "ctrl-d", "ctrl-c"],
)
def test_who_changes_their_mind_changes_nothing(typing, emulator, keys, code, said):
    """Nothing typed is 11, an interrupt 130; the terminal echoes again, and nothing was stored or asked."""
    with typing("login", "--stack", "demo", **addresses(emulator)) as terminal:
        terminal.wait_for("Token (not shown): ")
        terminal.type(keys)
        assert terminal.end() == code, terminal.text
        assert said in terminal.text
    assert "Traceback" not in terminal.text
    assert not default_file().exists()
    assert emulator.journal() == []


def test_no_stack_is_10(typing, emulator):
    """Enter where there is nothing to keep."""
    with typing("login", **addresses(emulator)) as terminal:
        terminal.wait_for("Stack (slug, URL or number): ")
        terminal.type("\n")
        assert terminal.end() == 10, terminal.text


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("login", "--token", "0123456789abcdef"), 2),
        (("login", "--show"), 11),
        (("whoami",), 11),
        (("projects",), 11),
        (("doctor",), 11),
        (("check",), 11),
        (("logout",), 0),
    ],
    ids=str,
)
def test_what_is_said_fits_80_columns(typing, emulator, argv, code):
    """Errors, remedies and findings; only a path is never broken."""
    with typing(*argv, **addresses(emulator)) as terminal:
        assert terminal.end() == code, terminal.text
    assert_fits(terminal.lines)


def test_a_doctor_that_finds_nothing_fits_80_columns(typing, emulator):
    """All sections, in a terminal."""
    path = pathlib.Path("c.json")
    store(pathlib.Path.cwd() / path, token=emulator.token, stackID=4711, projectID=3101)
    with typing("doctor", "-c", str(path), **addresses(emulator)) as terminal:
        assert terminal.end() == 0, terminal.text
    assert "0 error(s), 0 warning(s)" in terminal.text
    assert_fits(terminal.lines)
