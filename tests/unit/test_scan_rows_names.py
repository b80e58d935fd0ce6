"""Kinds of names and values that were missed behind a name: fresh values on every run."""

from __future__ import annotations

import pytest

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.heuristics.names import naming_words
from scan_values import LETTERS, SEED, WORDS, Values

VALUES = Values(SEED)
# How a name and a value stand in configuration and in code; `@` is the value.
FORMS = {
    ".env": "{}=@\n",
    "app.yml": "{}: '@'\n",
    "config.json": '{{"{}": "@"}}\n',
    "settings.py": '{} = "@"\n',
    "app.properties": "{}=@\n",
    "main.tf": '{} = "@"\n',
    "Dockerfile": "ENV {} @\n",
    "run.sh": "export {}='@'\n",
}


def found(path: str, name: str, value: str) -> bool:
    return bool(scan_content(path, FORMS[path].format(name).replace("@", value).encode()))


def missed(names: list[str], make) -> list[tuple[str, str, str]]:
    tried = [(path, name, make()) for path in FORMS for name in names]
    return [one for one in tried if not found(*one)]


K9A = [
    "ENCRYPTED_STORE_SECRET", "NEXT_PUBLIC_AUTH_SECRET", "TRANSLATION_API_KEY", "AWS_SSM_SECRET_KEY", "DIGEST_AUTH_PASSWORD",
    "HASH_SERVICE_PASSWORD", "CHECKSUM_API_TOKEN", "I18N_API_KEY", "EXPECTED_USERS_DB_PASSWORD", "SECRETSMANAGER_ROOT_PASSWORD",
    "DIGEST_PASSWORD", "INVALID_USER_PASSWORD", "WRONG_NUMBER_API_TOKEN", "FAKE_SMTP_PASSWORD", "INCORRECT_BILLING_DB_PASSWORD",
    "digest_password", "fakeSmtpPassword", "fake_news_api_token", "PUBLIC_SITE_ADMIN_PASSWORD", "ENABLED_FEATURES_API_SECRET", "MISSING_PERSONS_DB_PASSWORD", "BAD_REQUESTS_API_TOKEN",
]  # fmt: skip
K9A_SILENT = [
    "encrypted_password", "public_api_key", "csrf_token", "wrong_password", "PASSWORD_HASH", "translation_key", "hashed_password",
    "invalid_api_key", "wrongAccessToken", "FAKE_CLIENT_SECRET", "INVALID_TOKEN", "fake.password", "invalid_tokenizer_token", "NEXT_PUBLIC_MAPS_API_KEY", "expected_token", "disabled_secret", "public_token",
]  # fmt: skip
K9B = [
    "DB_PASSWORD_PROD", "PASSWORD_ADMIN", "TOKEN_ACCESS", "API_KEY_TEST", "db.password.staging", "passwordAdmin", "SECRET_KEY_DEV",
    "SMTP_PASS_LIVE", "apiKeyProduction", "MYSQL_PASSWORD_ROOT", "token_github", "API_TOKEN_SLACK", "PASSWORD_REPLICATION_2",
    "accessTokenSandbox", "DB_PASSWD_READONLY", "PASSWORD_ALICE", "PASSWORD_USER1", "PASSWORD_DEPLOY", "PASSWORD_MONITORING",
    "SMTP_PASSWORD_NOREPLY", "DB_PASSWORD_SLAVE", "passwordTest", "apiKeyTest", "API_KEY_BILLING", "TOKEN_WORKER_7", "PASSWORD_USER_BOB",
    "MYSQL_PWD_REPORTING", "ACCESS_KEY_BACKUP_JOB", "SECRET_KEY_SHOP",
]  # fmt: skip
K9B_ABOUT = [
    "PASSWORD_HASH", "TOKEN_URL", "PASSWORD_MIN_LENGTH", "PASSWORD_RESET_URL", "PASSWORD_RESET_TIMEOUT", "TOKEN_EXPIRY", "TOKEN_PUBLIC",
    "PASSWORD_REQUIRED", "API_KEY_PUBLIC", "TOKEN_BUCKET_SIZE", "SORT_KEY_USERS", "FOREIGN_KEY_ORDERS", "PASSWORD_TTL_PROD",
]  # fmt: skip
# Of messages, whose value is a code, a name or a word.
K9B_MESSAGES = ["PASSWORD_TOO_SHORT", "PASSWORD_NOT_FOUND", "PASSWORD_MISMATCH", "TOKEN_REVOKED", "PASSWORD_MUST_MATCH", "PASSWORD_WEAK", "PASSWORD_RESET_SENT", "SECRET_ROTATED", "PASSWORD_HASHER_NAME", "TOKEN_EOF"]  # fmt: skip
# Settings, whose value is a word.
K9B_SETTINGS = {
    "AUTH_PASSWORD_BROKER": "users", "MAILCOW_PASS_SCHEME": "BLF-CRYPT", "PASSWORD_ENCRYPTION": "scram-sha-256", "PASSWORD_LEVEL": "medium",
    "PASSWORD_CHECKER": "zxcvbn", "PASSWORD_WORDLIST": "rockyou", "PASS_THROUGH": "always", "SECRET_BACKEND": "vault2", "PASSWORD_BY_EMAIL": "never",
    "PASSWORD_FROM_ENV": "MYVAR", "SECRET_MANAGER_PROJECT": "my-proj-123", "TOKEN_STRATEGY": "rotate", "PASSWORD_AUTOCOMPLETE": "new-password",
}  # fmt: skip
K9B_SILENT = ["PASSWORD_LENGTH", "TOKEN_TYPE", "API_KEY_HEADER", "passwordPolicy", "TOKEN_URL_PROD", "SECRET_NAME_DEV", "password_reset", "token_count", "SECRET_PATH", "passwordLabel", *K9B_ABOUT]  # fmt: skip
K9C = [
    "haslo", "hasło", "DB_HASLO", "heslo", "sifre", "şifre", "parola", "salasana", "lösenord", "losenord", "adgangskode", "kodeord",
    "passord", "пароль", "Пароль", "密码", "口令", "パスワード", "clave", "CLAVE_BD", "비밀번호", "jelszó",
    "HASŁO", "HASŁO_DB", "LÖSENORD", "ПАРОЛЬ", "ПАРОЛЬ_БД", "JELSZÓ", "ŞİFRE", "SALASANA", "ΚΩΔΙΚΌΣ", "CONTRASEÑA", "парольАдмина",
    "HASLO_BAZY", "hasło_do_bazy", "SENHA_BANCO", "senhaDoBanco", "claveSecreta", "clave_acceso", "clave.de.acceso", "heslo_databaze",
    "kullanici_sifresi", "kullanıcıŞifresi", "contraseña_usuario", "LÖSENORD_DATABAS", "motDePasseUtilisateur", "salasana_tietokanta",
]  # fmt: skip
K9C_SILENT = ["hasło_url", "HASŁO_TTL", "пароль_url", "clave_primaria", "clave_producto", "claves", "resena", "senha_hash", "LÖSENORD_POLICY"]  # fmt: skip


def test_k9a_a_harmless_word_that_does_not_describe_the_value_silences_nothing():
    """Any word of a list silenced the whole name."""
    assert missed(K9A, lambda: VALUES.mixed(28)) == []


def test_k9a_a_word_that_describes_the_value_silences():
    """An encrypted, public or wrong one is no secret."""
    assert [name for name in K9A_SILENT for path in FORMS if found(path, name, VALUES.mixed(28))] == []


def test_k9b_names_that_go_on_after_the_word_for_the_secret():
    """An environment, a user or a service."""
    assert missed(K9B, lambda: VALUES.mixed(28)) == []
    assert [name for name in K9B_SILENT for path in FORMS if found(path, name, VALUES.mixed(28))] == []
    assert [name for name, value in K9B_SETTINGS.items() for path in FORMS if found(path, name, value)] == []
    codes = ["AUTH-1003", "E1003", "err_password_7", "at least 8 characters", "bcrypt12", "Walnut42"]
    assert [(name, one) for name in K9B_MESSAGES for path in FORMS for one in codes if found(path, name, one)] == []


def test_k9c_names_in_other_languages():
    """With their accents, without, and in their own scripts."""
    unicode_only_in = {"Dockerfile", "run.sh"}  # names there are ASCII
    tried = [
        (path, name, VALUES.password())
        for path in FORMS
        for name in K9C
        if name.isascii() or path not in unicode_only_in
    ]
    assert [one for one in tried if not found(*one)] == []
    assert [name for name in K9C_SILENT for path in FORMS if found(path, name, VALUES.password())] == []


def accented() -> str:
    word = VALUES.random.choice(
        ["Sömmer", "größe", "Çiçek", "señal", "łódka", "пароход", "ключик", "été", "Ærlig", "žluťoučký"]
    )
    return word + VALUES.random.choice("!?#+") + "".join(VALUES.random.sample("123456789", 4))


K10_PATHS = [".env", "app.yml", "config.json", "settings.py", "app.properties", "main.tf", "run.sh"]


@pytest.mark.parametrize("path", K10_PATHS)
def test_k10_passwords_with_letters_outside_of_ascii(path):
    """`isascii` ended the search."""
    values = [accented() for _ in range(12)]
    assert [value for value in values if not found(path, "DB_PASSWORD", value)] == []


@pytest.mark.parametrize(
    "value",
    ["Contraseña", "Пароль", "Mot de passe oublié", "パスワードを入力", "Şifre", "Hasło", "Lösenord", "Введите пароль"],
)
def test_k10_labels_in_other_languages_are_silent(value):
    """What a form shows."""
    assert not any(found(path, "password", value) for path in ("app.yml", "config.json", "settings.py"))


def test_k10_two_words_in_quotes():
    """The rule for pass phrases wanted more."""
    values = [f"{VALUES.human()} {VALUES.of(LETTERS, 5)}{VALUES.random.choice('!#+')}7" for _ in range(12)]
    assert [
        (path, one)
        for path in ("app.yml", "config.json", "settings.py", "main.tf")
        for one in values
        if not found(path, "db_password", one)
    ] == []
    texts = [
        "Enter password",
        "not set",
        "see vault!",
        "at least 8 characters!",
        "is required",
        "Wrong password, try again",
    ]
    assert [one for one in texts if found("config.json", "password", one)] == []


TWO_WORDS = {
    ".env": "DB_PASSWORD='{}'",
    "prod.env": 'export SMTP_PASSWORD="{}"',
    "app.yml": "password: '{}'",
    "db.yaml": 'db:\n  user: ann\n  password: "{}"',
    "config.json": '{{"dbPassword": "{}"}}',
    "a.toml": 'admin_password = "{}"',
    "main.tf": 'master_password = "{}"',
    "run.sh": "PGPASSWORD='{}' psql",
    "web.config": '<add password="{}" />',
    "deploy.yaml": "env:\n- name: DB_PASSWORD\n  value: '{}'",
    "task.json": '{{"name": "DB_PASSWORD", "value": "{}"}}',
    "variables.tf": 'variable "db_password" {{\n  default = "{}"\n}}',
    "beans.xml": '<property name="password" value="{}"/>',
    "anchors.yml": 'password: &pw "{}"',
    "app.ini": 'senha = "{}"',
}


def test_k10_two_lower_case_words_in_quotes():
    """Behind the name of a password, in configuration only."""
    for path, form in TWO_WORDS.items():
        first, second = VALUES.random.sample(WORDS, 2)
        for value in (f"{first} {second}", f"{first.title()} {second}", f"{first} {second}!"):
            assert scan_content(path, f"{form.format(value)}\n".encode()), (path, value)
    silent = [
        "your password", "Enter password", "Forgot password?", "not set", "Wrong credentials", "Current passphrase", "is required",
        "see wiki", "min length", "plain text", "must match", "Passwort vergessen", "Reset link", "user account", "${DB} walnut",
    ]  # fmt: skip
    texts = [(path, form.format(value)) for path, form in TWO_WORDS.items() for value in silent]
    walnut = "purple walrus"
    texts += [
        ("a.py", f'db_password = "{walnut}"'),
        ("a.md", f'password: "{walnut}"'),
        ("locales/en.yml", f'password: "{walnut}"'),
    ]
    texts += [
        ("a.yml", f'title: "{walnut}"'),
        ("a.yml", f'password_hint: "{walnut}"'),
        ("a.yml", f"password: {walnut}"),
    ]
    assert [(path, text) for path, text in texts if scan_content(path, f"{text}\n".encode())] == []


def test_k10_values_that_say_that_they_are_stored_as_they_are():
    """A brace began an expression."""
    forms = [
        (".env", "DB_PASSWORD={}"),
        ("app.properties", "spring.security.user.password={}"),
        ("a.ini", "ldap_password = {}"),
    ]
    for path, form in forms:
        for scheme in ("{noop}", "{plain}", "{CLEARTEXT}", "{clear}"):
            assert scan_content(path, f"{form.format(scheme + VALUES.human())}\n".encode()), (path, scheme)
            for value in ("${DB_PASSWORD}", "password", "changeme", "$PW", ""):
                assert not scan_content(path, f"{form.format(scheme + value)}\n".encode()), (path, value)


def test_k10_values_of_environment_files_that_begin_with_a_sign():
    """In an `.env` file nothing is an expression."""
    values = [sign + VALUES.password() for sign in "([{<>=,&" for _ in range(3)]
    assert [one for one in values if not found(".env", "DB_PASSWORD", one)] == []
    templates = [
        "<your-password>",
        "{{ password }}",
        "[password]",
        "(none)",
        "<PASSWORD>",
        "{password}",
        "&anchor",
        "=",
        "<>",
        "[]",
    ]
    assert [one for one in templates if found(".env", "DB_PASSWORD", one)] == []


@pytest.mark.parametrize("path", [".env", "app.yml", "config.json", "settings.py"])
def test_k9_every_word_for_a_secret_reaches_the_detectors(path):
    """The prefilter gets its words from the rules for names, so that none is a dead entry of a list."""
    names = [word.replace("~", "_").upper() for word in naming_words()]
    assert [name for name in names if not found(path, f"ACME_{name}", VALUES.mixed(30))] == []
