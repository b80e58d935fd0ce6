"""login: a token is verified, then stored where k6 reads it, private and whole; or nothing is changed, and why."""

from __future__ import annotations

import json
import stat

import pytest

from emulation import emulator_in_thread, wheel_config
from logins import STACK, addresses, cloud_section, default_file, home, snapshot, store
from story import Teller

EXPIRED, REVOKED = "expired-token-0123456789", "revoked-token-0123456789"


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
    assert "k6 2.0 and later needs the stack of the token" in none.text
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
        ("x" * 70_000, 11, "standard input is too long"),
        ('"0123456789abcdef"', 11, "is wrapped in quotes"),
        ("Bearer 0123456789abcdef", 11, "starts with a scheme"),
        ("0123456789\n0123456789", 11, "has white space inside"),
        ("$K6_CLOUD_TOKEN", 11, "a variable reference that was not expanded"),
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
        ("other", 12, "Stack https://other.grafana.net not found, or the token belongs to another stack"),
        ("not a stack", 10, "neither a number, a slug nor an https URL"),
        ("https://me:secret@demo.grafana.net", 10, "a stack URL must not contain a password (from --stack)"),
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
