"""login by e-mail and password, for accounts of old."""

from __future__ import annotations

import json

import pytest

from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from logins import addresses, cloud_section, default_file
from story import Teller


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
