"""What is no secret and was reported, each kind with what looks like it and is one: fresh values on every run."""

from __future__ import annotations

import string

import pytest

from scan_rows import found_rules, silent
from scan_values import HEX, LETTERS, SEED, Values

VALUES = Values(SEED)


def test_f3_keys_of_dashboards():
    """Grafana writes UUIDs with something around them."""
    made = [VALUES.made("uuid") for _ in range(4)]
    forms = ['"key": "Q-{}-0"', '"key": "Q-{}-1"', '"token": "row-{}"', '"apiKey": "{}-A"', '"panelKey": "panel_{}"', '"secret": "{{{}}}"',
             '"key":"urn:uuid:{}"', "key: pane-{}-left", '"sessionKey": "s.{}"', "  token: uid:{}"]  # fmt: skip
    cases = [(path, form.format(one)) for path in ("dashboard.json", "explore.yaml") for form in forms for one in made]
    assert found_rules(cases) == []


def test_f5_passes_without_an_owner():
    """`beforePass: 12` is a step of a renderer."""
    names = [
        "beforePass",
        "afterPass",
        "shadowPass",
        "depthPass",
        "bloomPass",
        "mainPass",
        "blurPass",
        "nextPass",
        "geometryPass",
        "postPass",
        "firstPass",
        "outlinePass",
    ]
    values = ["new ShaderPass2(x)", "'copyShader1'", '"glow2x"', "3", "Pass2", "'ssao-v2'"]
    assert (
        found_rules(
            [
                (path, f"  {name}: {value},")
                for path in ("r.js", "r.ts", "r.json", "r.yml")
                for name in names
                for value in values
            ]
        )
        == []
    )
    owners = ["dbPass", "userPass", "adminPass", "mysqlPass", "ftpPass", "rootPass", "smtpPass"]
    assert silent([("c.js", f"const c = {{ {name}: '{VALUES.password()}' }};") for name in owners]) == []


def test_f6_encrypted_and_hashed_values():
    """A name inside of the value was read on its own."""
    body = VALUES.of(LETTERS + "/+", 60)
    values = [
        "{cipher}{key:x}" + body, "{cipher}" + body, "#jbcrypt:$2a$10$" + body[:53], "{SSHA}" + body[:38], "{SSHA512}" + body, "{CRYPT}$6$" + body,
        "md5" + VALUES.of(HEX, 32), "*" + VALUES.of("0123456789ABCDEF", 40), "SCRAM-SHA-256$4096:" + body[:22] + "==$" + body[:43] + "=:" + body[:43] + "=",
        "{bcrypt}$2a$10$" + body[:53], "{pbkdf2}" + body, "{SHA256}" + body[:44], "{cipher}{secret:k1}" + body, "$argon2id$v=19$m=65536$" + body,
        "ENC(" + body + ")", "{AES}" + body, "{DESede}" + body[:24], "pbkdf2_sha256$260000$" + body, "{scrypt}$e0801$" + body,
    ]  # fmt: skip
    forms = [("application.yml", "password: '{}'"), ("application.properties", "spring.datasource.password={}"), ("users.json", '"password": "{}"'), (".env", "DB_PASSWORD={}")]  # fmt: skip
    assert found_rules([(path, form.format(value)) for path, form in forms for value in values]) == []


def test_f7_dsns_that_are_public():
    """Their maker says so: they go into every browser."""
    hosts = ["sentry.io", "o123456.ingest.sentry.io", "o1.ingest.us.sentry.io", "sentry.acme.io", "glitchtip.acme.org"]
    cases = [
        (path, form.format(VALUES.of(HEX, 32), host, VALUES.random.randrange(1, 9_999_999)))
        for host in hosts
        for path, form in (
            ("x.js", "Sentry.init({{ dsn: 'https://{}@{}/{}' }})"),
            (".env", "SENTRY_DSN=https://{}@{}/{}"),
            ("x.yml", "dsn: https://{}@{}/{}"),
        )
    ]
    assert found_rules(cases) == []
    assert silent([(".env", f"SENTRY_DSN=https://{VALUES.of(HEX, 32)}:{VALUES.of(HEX, 32)}@sentry.io/12")]) == []


def test_f8_prose_and_fill_in_texts():
    """What people write where a value goes."""
    values = ["another_pw", "Fill_me_in", "MySuperStrongPassword!", "YourStrongPasswordHere1", "some_secure_password", "choose-a-password", "SuperSecretPassword!",
              "my_very_secret_pw", "enter_password_here", "CHANGE_THIS_PASSWORD", "VeryStrongPassword1!", "put_your_password", "a_strong_password", "ReplaceWithPassword",
              "VerySecurePassword123!", "YourStrong!Passw0rd", "s3cr3t_p4ssw0rd", "MyStr0ngP@ssword1!", "Your-Secure-Pa55word", "ch00se_a_passw0rd", "ThisIsASecurePassword1!"]  # fmt: skip
    forms = [
        (".env", "DB_PASSWORD={}"),
        ("x.yml", "db_password: '{}'"),
        ("x.py", "db_password = '{}'"),
        ("x.md", "DB_PASSWORD={}"),
    ]
    cases = [(path, form.format(value)) for path, form in forms for value in values]
    cases += [
        ("x.md", "Each user is IDENT" + "IFIED BY 'name9' in the table."), ("x.md", "The row identified by 'order-17x' is kept."),
        ("x.sh", "cd $OLDPWD/build2"), ("x.sh", "OLDPWD=/home/app1"), ("x.sh", "PWD=/srv/data2"), ("x.sh", "export PWD=$HOME/x1"),
        ("x.sh", "sed -e 's/password=.*/password=x1y2/' file"), ("x.sh", 'sed -i "s|^token:.*|token: ${T}|" a.yml'), ("x.sh", "sed 's/PASSWORD=[^ ]*/PASSWORD=***/g'"),
        ("bundle.js", "var e='identified by \"id-9x2\"';"),
    ]  # fmt: skip
    assert found_rules(cases) == []


def test_f8_example_uuids_behind_a_prefix():
    """A vendor's prefix made a token of the UUID of every documentation."""
    uuids = [
        "123e4567-e89b-12d3-a456-426614174000",
        "12345678-1234-5678-1234-567812345678",
        "550e8400-e29b-41d4-a716-446655440000",
        "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    ]
    forms = [
        ("a.md", "pat-na1-{}"),
        (".env", "LD_SDK_KEY=sdk-{}"),
        ("a.yml", "token: 'HRKU-{}'"),
        (".env", "API_TOKEN={}"),
    ]
    assert found_rules([(path, form.format(one)) for path, form in forms for one in uuids]) == []
    assert silent([(path, form.format(VALUES.made("uuid"))) for path, form in forms]) == []


def test_f8_passwords_of_such_words_and_more_are_found():
    """A year, or a word of somebody's own."""
    values = ["VerySecurePassword2024!", "MyWalnutPassw0rd1!", "s3cr3t_w4lnut_77", "Sup3rS3cret!"]
    assert silent([(".env", f"DB_PASSWORD={value}") for value in values]) == []


F9_DIGESTS = [
    "secretMd5", "secret_md5", "SECRET_MD5", "passwordMD5", "token.md5", "tokenSha256Hex", "md5_token", "sha1_password", "apiKeySha1",
    "PASSWORD_SHA512", "token_md5sum", "sha256-password", "secretMd5Prod",
]  # fmt: skip


@pytest.mark.parametrize("path", ["a.yml", "a.json", "a.py", ".env"])
def test_f9_digests_whose_name_says_so(path):
    """`md5` was cut into a word and a number."""
    form = {"a.json": '{{"{}": "{}"}}', "a.py": '{} = "{}"'}.get(path, "{}: {}" if path == "a.yml" else "{}={}")
    assert found_rules([(path, form.format(name, VALUES.of(HEX, 40))) for name in F9_DIGESTS]) == []
    names = ["hmac_sha256_secret", "jwtSha256Secret", "SHA1_SERVICE_PASSWORD", "amd5_token", "sha256_api_key"]
    assert silent([(path, form.format(name, VALUES.mixed(32))) for name in names]) == []


def test_f9_shell_without_a_suffix():
    """`configure` and its like were taken for configuration."""
    lines = [
        "ac_cv_func_pwd=missing1", 'if test "x$with_passwd" = xyes1; then', "enable_passwd=no2", "  *_password) ac_pass=set1 ;;", "with_token=check1",
        "ac_cv_lib_token=$ac_res2", "lt_pwd=missing", "old_pwd=missing", "cf_cv_passwd=missing",
        "cf_cv_passwd=found", "cf_cv_passwd=check", "cf_cv_passwd=builtin", "ac_cv_prog_passwd=gnupass", "%%PASSWORD%%", "password=%%DB_PASSWORD1%%", "secret) shift; mode=x1 ;;", 'test "$as_passwd" = no1',
    ]  # fmt: skip
    script = "#! /bin/sh\n" + "\n".join(lines)
    assert (
        found_rules([(path, script) for path in ("configure", "scripts/build", "debian/postinst", "hooks/pre-push")])
        == []
    )
    others = [
        ("x.sh", "docker run --user=system:component1 image2"), ("x.sh", "docker run --user=$(id -u):$(id -g) img"), ("x.sh", "chown --user=app:app1 x"),
        ("x.yml", f"archive_digest: {VALUES.of(HEX, 64)}"), ("x.yml", f"token_sha256: {VALUES.of(HEX, 64)}"), ("x.py", f"KEY_FINGERPRINT = '{VALUES.of(HEX, 40)}'"),
        ("x.txt", "  --password string   the password (default none1)"), ("x.txt", "  -p, --password PASSWORD2  sets it"), ("help.md", "`--token TOKEN1`  the token"),
        ("usage.txt", "usage: tool [--password PASS1] [--token TOK2]"), ("x.yml", f"checksum/secret: {VALUES.of(HEX, 64)}"), ("x.conf", "secret = %%SECRET1%%"),
    ]  # fmt: skip
    assert found_rules(others) == []
    assert (
        silent(
            [
                ("deploy", f"#!/bin/sh\nexport DB_PASSWORD={VALUES.password()}"),
                ("run", f"#!/bin/bash\nTOKEN={VALUES.mixed(32)}"),
            ]
        )
        == []
    )


@pytest.mark.parametrize("alphabet", [string.ascii_lowercase, LETTERS])
def test_values_are_made_afresh(alphabet):
    """A test that draws the same values on every run proves less."""
    assert len({VALUES.of(alphabet, 12) for _ in range(9)}) == 9
