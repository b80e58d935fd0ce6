"""S20: one list of secret-like names."""

from __future__ import annotations

import pytest

from k6ci.redaction.names import looks_secret, secrets_in

SECRET = [
    "DB_PASS",
    "APIKEY",
    "API_KEY",
    "AUTH",
    "DSN",
    "SENTRY_DSN",
    "CONNECTION_STRING",
    "DB_CONNECTION_STRING",
    "DB_PWD",
    "BEARER",
    "COOKIE",
    "SESSION",
    "SESSION_ID",
    "PASSPHRASE",
    "SIGNING_KEY",
    "SIGNING",
    "PRIVATE",
    "PRIVATE_KEY",
    "apiKey",
    "dbPassword",
    "PGPASSWORD",
    "MYSQL_PWD",
    "DBPASS",
    "TOKEN",
    "TOKEN2",
    "DB_PASSWORD_PROD",
    "SLACK_WEBHOOK_URL",
    "AWS_SECRET_ACCESS_KEY",
    "authToken",
    "CLIENTSECRET",
    "X-Api-Key",
    "GITHUB_PAT",
    "KEY",
    "CREDENTIALS",
    "LOGIN_PW",
    "JWT",
]
PLAIN = [
    "AUTHOR",
    "TOKENIZER",
    "PWD",
    "OLDPWD",
    "BASE_URL",
    "VUS",
    "KEYBOARD",
    "SORT_KEY",
    "TOKEN_URL",
    "PASSWORD_FILE",
    "BYPASS",
    "COMPASS",
    "PASSENGER",
    "AUTHORITY",
    "HOST",
    "SECRETARY",
    "AUTH_URL",
    "ACCESS_KEY_ID",
    "MONKEY",
    "SESSION_COUNT",
    "CACHE_KEY",
    "TARGET",
]


@pytest.mark.parametrize("name", SECRET)
def test_s20_a_name_says_that_its_value_is_a_secret(name):
    assert looks_secret(name)


@pytest.mark.parametrize("name", PLAIN)
def test_s20_a_word_that_only_looks_like_one_does_not(name):
    assert not looks_secret(name)


def test_s20_a_password_in_a_url_is_a_secret_whatever_the_name():
    url = "postgres://user:" + "p4%20ss" + "@host/db"
    assert secrets_in("TARGET", url) == [url, "p4%20ss", "p4 ss"]
    assert secrets_in("DB_DSN", url) == [url, "p4%20ss", "p4 ss"]
    assert secrets_in("TARGET", "https://host/@name") == []
    assert secrets_in("TARGET", "http://[broken") == []
