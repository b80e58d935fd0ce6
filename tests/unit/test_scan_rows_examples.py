"""What people and programs write where a secret could stand: texts, identifiers, scrubbed values, test vectors.

Each kind with what looks like it and is one: fresh values on every run (rows F8 and F9).
"""

from __future__ import annotations

import pytest

from scan_rows import found_rules, silent
from scan_values import HEX, SEED, Values

VALUES = Values(SEED)


@pytest.mark.parametrize(
    "name", ["ChangeLog", "NEWS", "README", "README.Debian", "tool.info", "Tool.pod", "CHANGES", "COPYING"]
)
def test_f8_texts_without_a_suffix_are_prose(name):
    """They were taken for configuration, in which a word behind a name is a value."""
    lines = ["Fixed a password of users", "password Is2Long", "  db_passwd was2old", "requirepass the2nd option"]
    assert found_rules([(f"doc/{name}", "\n".join(lines))]) == []
    assert (
        silent(
            [(f"doc/{name}", f"DB_PASSWORD='{VALUES.password()}'"), (f"doc/{name}", f"API_TOKEN={VALUES.mixed(32)}")]
        )
        == []
    )
    # A log that was rotated, and what has a word of them in its name only.
    assert silent([(path, f"requirepass {VALUES.password()}") for path in ("redis.log.1", "news.conf")]) == []


def test_f8_identifiers_of_keys_are_no_secrets():
    """Commands of GnuPG and settings of releases name a key by its fingerprint."""
    for made in (VALUES.of(HEX.upper(), 40), VALUES.of(HEX.upper(), 16), VALUES.of(HEX, 40)):
        texts = [
            ("x.sh", f"gpg --keyserver hkps://keys.acme.io --recv-keys {made}"), ("x.sh", f"gpg --batch --recv-key {made}"),
            ("Dockerfile", f"RUN gpg --refresh-keys {made}"), ("x.sh", f"gpg --edit-key {made}"), ("a.md", f"gpg --receive-keys {made}"),
            ("x.sh", f"systemctl-key --install-key={made}"), ("pom.xml", f"<releaseManagerKey>{made}</releaseManagerKey>"),
            ("gradle.properties", f"releaseManagerKey={made}"), ("x.sh", f"gpg --lsign-key {made}"),
        ]  # fmt: skip
        assert found_rules(texts) == []
    names = ["sign_key", "import-key", "delete_key", "api-list-secret-key", "manager_api_key"]
    assert silent([("a.yml", f"{name}: '{VALUES.mixed(32)}'") for name in names]) == []


def test_f8_what_a_scrubber_wrote_and_codes_of_errors():
    """`[Filtered]` in quotes of its own or in a query, and what is wrong with the value of a form."""
    values = [
        "'[Filtered]'",
        "%5BFiltered%5D",
        "%5BREDACTED%5D",
        "invalid_auth",
        "cannot_connect",
        "unknown_user_name",
        "missing_field",
    ]
    texts = [
        ("a.py", 'x["password"] = "{}"'),
        ("a.json", '{{"password": "{}"}}'),
        (".env", "DB_PASSWORD={}"),
        ("a.yml", 'token: "{}"'),
    ]
    assert found_rules([(path, form.format(value)) for path, form in texts for value in values]) == []
    assert found_rules([("a.py", '"token=%5BFiltered%5D&theme=dark&session=%5BFiltered%5D",')]) == []
    human = VALUES.human()
    assert (
        silent([(".env", f"DB_PASSWORD={value}") for value in (f"invalid_{human}", f"[{human}]x", f"%5B{human}")]) == []
    )


def test_f8_tokens_against_forgery_of_rails():
    """Each form holds one."""
    token = VALUES.mixed(60)
    texts = [("a.html", f'<input name="authenticity_token" type="hidden" value="{token}">'), ("a.json", f'{{"authenticity_token": "{token}"}}'), ("a.js", f"authenticityToken: '{token}'"),
             ("a.yml", f"authenticity-token: {token}")]  # fmt: skip
    assert found_rules(texts) == []
    assert silent([("a.yml", f"authenticity_secret_key: {token}"), ("a.yml", f"authentic_token: {token}")]) == []


def test_f8_fonts_of_manuals():
    """roff writes what the reader fills in between `\\fI` and `\\fR`."""
    values = [r"\fIpassword1\fR", r"\fBsecret2\fP", r"\fIpass9word\fR:\fIport\fR"]
    forms = [
        ("tool.1", "password={}"),
        ("tool.8", ".B db_password {}"),
        ("tool.5", "  --password={}"),
        ("a.conf", 'password "{}"'),
    ]
    assert found_rules([(path, form.format(value)) for path, form in forms for value in values]) == []
    assert (
        silent([("a.conf", f"password={VALUES.password()}\\fx"), ("a.conf", f"password=fI{VALUES.password()}")]) == []
    )


@pytest.mark.parametrize("first", [0, 0x10, 0x20, 0x40, 0x80])
def test_f8_octets_that_count_up_are_no_key(first):
    """Test vectors of ciphers."""
    for size in (8, 16, 24, 32):
        key = bytes(range(first, first + size)).hex()
        assert found_rules([("a.yml", f"secret_key: {key}"), ("a.py", f'ENCRYPTION_KEY = "{key.upper()}"')]) == []
    assert silent([("a.yml", f"secret_key: {bytes(range(first, first + 4)).hex()}{VALUES.of(HEX, 22)}7a")]) == []
