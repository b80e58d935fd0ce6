"""Kinds of weak values that were missed: in files of credentials, behind exact names, in notes, and in PuTTY's keys."""

from __future__ import annotations

import re

import pytest

from k6ci.secretscan.detectors.credential_files import FORMATS
from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.patterns import Pattern
from scan_values import LETTERS, SEED, WORDS, Values

VALUES = Values(SEED)
BASE64 = LETTERS + "+/"
# On the list of defaults, and real all the same where a file is nothing but credentials.
WEAK = ["secret", "admin", "root", "hunter2", "letmein", "password1", "postgres", "qwerty", "admin123", "toor"]

CREDENTIALS = {
    ".netrc": "machine acme.io login ci password {}\n",
    "_netrc": "machine acme.io\nlogin ci\npassword {}\n",
    ".authinfo": "machine imap.acme.io login ci password {}\n",
    ".pgpass": "db.acme.io:5432:app:app:{}\n",
    "pgpass.conf": "localhost:*:*:app:{}\n",
    ".my.cnf": "[client]\nuser=app\npassword={}\n",
    ".msmtprc": "account x\nuser ci\npassword {}\n",
    ".mbsyncrc": "IMAPAccount x\nUser ci\nPass {}\n",
    ".fetchmailrc": "poll imap.acme.io user ci password {}\n",
    ".offlineimaprc": "remoteuser = ci\nremotepass = {}\n",
    ".muttrc": 'set imap_pass = "{}"\n',
    ".curlrc": "user = ci:{}\n",
    ".wgetrc": "http_password = {}\n",
    ".pypirc": "[acme]\nusername: ci\npassword: {}\n",
    ".ftpconfig": '{{"user": "ci",\n "pass": "{}"}}\n',
    "sftp-config.json": '{{\n "user": "ci",\n "password": "{}"\n}}\n',
    ".vscode/sftp.json": '{{\n "username": "ci",\n "password": "{}"\n}}\n',
    "filezilla.xml": "<Server><Host>x</Host><User>ci</User>\n<Pass>{}</Pass></Server>\n",
    "sitemanager.xml": "<Server>\n<Pass>{}</Pass></Server>\n",
    "WinSCP.ini": "[Sessions\\x]\nUserName=ci\nPassword={}\n",
    "irc.conf": 'acme.password = "{}"\n',
    "znc.conf": "<Pass password>\n  Pass = {}\n",
    "rclone.conf": "[x]\ntype = ftp\npass = {}\n",
    "passwd.client": "mail.acme.io:ci:{}\n",
    "sasl_passwd": "[mail.acme.io]:587 ci:{}\n",
    "userlist.txt": '"app" "{}"\n',
    "chap-secrets": "ci * {} *\n",
    "robomongo.json": '{{"userName": "app",\n "userPassword": "{}"}}\n',
    ".smbcredentials": "username=ci\npassword={}\n",
    "dbeaver-data-sources.xml": '<data-source user="app" password="{}"/>\n',
    "servlist.conf": "v=2.14.1\n\nN=Libera\nI=ci\nP={}\nS=irc.acme.io/6697\n",
    ".xchat2/servlist_.conf": "N=acme\nB={}\nS=irc.acme.io\n",
    ".lftprc": "open -u ci,{} ftp.acme.io\n",
    "home/.lftp/rc": "set ssl:verify-certificate yes\nopen --user ci,{} -p 21 sftp://ftp.acme.io\n",
    "etc/davfs2/secrets": "https://dav.acme.io/ ci {}\n",
    "home/.davfs2/secrets": '/mnt/dav "ci" "{}"\n',
    "home/.irssi/config": 'servers = (\n  {{\n    address = "irc.acme.io";\n    password = "{}";\n  }}\n);\n',
    "irssi/config": 'chatnets = {{ acme = {{ sasl_username = "ci"; sasl_password = "{}"; }}; }};\n',
    "dbvis.xml": "<Database>\n  <Userid>ci</Userid>\n  <Password>{}</Password>\n</Database>\n",
}  # fmt: skip


@pytest.mark.parametrize("path", CREDENTIALS)
def test_k17_weak_values_in_files_of_credentials(path):
    """A default is a real password where the file is nothing but credentials."""
    values = [*WEAK, *VALUES.random.sample(WORDS, 4)]
    assert [value for value in values if not scan_content(path, CREDENTIALS[path].format(value).encode())] == []


@pytest.mark.parametrize("path", CREDENTIALS)
def test_k17_what_is_filled_in_later_stays_silent_there(path):
    """Templates, references, and words that say that nothing is set."""
    values = ["changeme", "${PASSWORD}", "{{password}}", "<password>", "your-password", "xxxxxxxx", "none", "$PASSWORD"]
    texts = [CREDENTIALS[path].replace("{{", "{").replace("}}", "}").replace("{}", value) for value in values]
    assert [text for text in texts if scan_content(path, text.encode())] == []


@pytest.mark.parametrize("form", [one for one in FORMATS if one.line], ids=lambda one: one.names)
def test_k17_the_line_of_a_format_matches_its_example(form):
    """And gives a value."""
    match = Pattern(form.line, example=form.example).search(form.example)
    assert match is not None
    assert match["value"]


def test_k17_the_same_values_elsewhere_stay_silent():
    """Where a file is more than credentials, a default is an example."""
    texts = {"app.py": 'password = "admin"\n', "README.md": "password: secret\n", "app.yml": "password: password\n"}
    texts |= {
        "config/secrets": "ci = a hunter2 x\nhttps://dav.acme.io/ ci hunter2\n",
        ".git/config": "[user]\n  name = ci\n  password = admin\n",
        "server.conf": "P=hunter2\nB=letmein\n",
        "etc/rc": "open -u ci,hunter2 ftp.acme.io\n",
    }
    assert [path for path, text in texts.items() if scan_content(path, text.encode())] == []


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", ["ssh-rsa", "ssh-ed25519", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521"])
def test_k17_putty_keys(version, kind):
    """The type behind the colon ended the search."""
    for encryption in ("none", "aes256-cbc"):
        public, private = ([VALUES.of(BASE64, 64) for _ in range(3)] for _ in range(2))
        lines = [
            f"PuTTY-User-Key-File-{version}: {kind}",
            f"Encryption: {encryption}",
            "Comment: ci@acme.io",
            "Public-Lines: 3",
            *public,
        ]
        lines += ["Private-Lines: 3", *private, f"Private-MAC: {VALUES.of('0123456789abcdef', 40)}"]
        for path in ("key.ppk", "key.txt", "notes.md", "deploy.yml"):
            text = "\n".join(f"  {line}" if path == "deploy.yml" else line for line in lines)
            assert scan_content(path, text.encode()), path


EXACT = [
    "X_JWT_SECRET", "_AUTH_KEY", "APP_SESSION_SECRET", "AUTH_SECRET", "SERVICE_API_KEY", "COOKIE_SECRET", "HMAC_KEY",
    "WEBHOOK_SECRET", "CLIENT_SECRET", "ENCRYPTION_KEY", "JWT_SECRET_KEY", "MY_ACCESS_TOKEN", "INTERNAL_API_SECRET", "DB_PASSWORD",
    "my_auth_key", "my-auth-key", "xJwtSecret", "client_secret", "clientSecret", "sessionSecret", "app_secret_key", "NEXTAUTH_SECRET",
    "DJANGO_SECRET_KEY", "SECRET_KEY", "SHARED_SECRET", "oidc.client-secret", "ACCESS_TOKEN_SECRET", "refreshTokenSecret", "api_secret", "consumerSecret", "RADIUS_SECRET", "secret_key_base", "webhookSecret", "cookie-secret", "appSecretKey",
]  # fmt: skip
FORMS = {
    ".env": "{}={}\n",
    "production.env": "{}='{}'\n",
    "app.ini": "[x]\n{} = {}\n",
    "app.yml": "{}: {}\n",
    "compose.yaml": "environment:\n  - {}={}\n",
    "app.properties": "{}={}\n",
    "app.toml": '{} = "{}"\n',
    "config.json": '{{"{}": "{}"}}\n',
    "Dockerfile": "ENV {}={}\n",
    "run.sh": "export {}={}\n",
    "x.service": "Environment={}={}\n",
}  # fmt: skip


def short() -> str:
    """Five to nine lower-case letters, as people choose them."""
    word = VALUES.random.choice([word for word in WORDS if 5 <= len(word) <= 9])
    letters = "".join(VALUES.random.sample("abcdefghilmnoprstuvw", VALUES.random.randint(5, 9)))
    made = VALUES.random.choice([word, word[::-1], letters])
    # A value that has the last word of its name in it, such as `apikey`, is taken for the name of something.
    return short() if re.search("key|secret|token|pass|auth", made) else made


def number() -> str:
    return VALUES.of("123456789", 1) + VALUES.of("0123456789", VALUES.random.randint(13, 15))


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("make", [short, number])
def test_k18_short_values_behind_names_that_can_mean_nothing_else(path, make):
    """Length and mixture were wanted everywhere."""
    tried = [(name, make()) for name in EXACT for _ in range(3)]
    assert [one for one in tried if not scan_content(path, FORMS[path].format(*one).encode())] == []


@pytest.mark.parametrize("path", FORMS)
def test_k18_settings_behind_such_names_stay_silent(path):
    """What is filled in later, other settings, and names of things."""
    pairs = [
        ("JWT_SECRET", "changeme"), ("JWT_SECRET", "secret"), ("API_KEY", "none"), ("AUTH_KEY", "true"), ("SESSION_SECRET", "required"),
        ("JWT_ALGORITHM", "rsa"), ("SESSION_SECRET_NAME", "session"), ("AUTH_KEY_TYPE", "static"), ("API_KEY_HEADER", "header"),
        ("CLIENT_SECRET", "string"), ("CLIENT_SECRET", "your-secret"), ("PARTITION_KEY", "tenant"), ("CACHE_KEY", "users"),
        ("TLS_SECRET", "wildcard"), ("JWT_SECRET", "1234567890123456"), ("SORT_KEY", "created"), ("TOKEN_TYPE", "bearer"),
        ("client_secret", "vault"), ("secret_key", "name"), ("secretKey", "token"), ("secretKey", "tlscert"), ("clientSecret", "secret"),
        ("client_secret", "clientsecret"), ("accessKey", "username"), ("auth_key", "password"), ("author_key", "shakespeare"),
        ("sessionSecret", "changeme"), ("SECRET_KEY", "insecure"), ("DJANGO_SECRET_KEY", "insecure"), ("client_secret_name", "dexclient"),
        ("tokenSecretName", "walnut"), ("existingSecret", "walnut"), ("tls_secret", "walnut"), ("apiSecret", "apisecret"), ("secret_key", "walnut"), ("apiKey", "header"), ("auth_key_header", "walnut"), ("sharedSecretRef", "walnut"),
    ]  # fmt: skip
    assert [one for one in pairs if scan_content(path, FORMS[path].format(*one).encode())] == []


NOTES = {
    "x.py": "# Password is '{}'\n",
    "y.py": "x = 1  # the password is '{}'\n",
    "x.js": '// password is "{}"\n',
    "y.js": "/* Password: '{}' */\n",
    "x.go": "// Default password is `{}`\n",
    "x.java": ' * Password for root is "{}"\n',
    "x.sh": "# admin password = '{}'\n",
    "x.sql": "-- password is '{}'\n",
    "x.ini": "; Password is '{}'\n",
    "x.html": "<!-- Password is '{}' -->\n",
    "x.yml": '# password of ci is "{}"\n',
    "x.tf": "# Passwort ist '{}'\n",
    "x.rb": "# passphrase is '{}'\n",
    "x.bat": "REM password is '{}'\n",
    "x.c": '/* passwd = "{}" */\n',
}  # fmt: skip


@pytest.mark.parametrize("path", NOTES)
def test_k18_notes_in_comments(path):
    """A word alone, because a person wrote it down for others."""
    for _ in range(5):
        value = VALUES.random.choice([short(), VALUES.human()])
        assert scan_content(path, NOTES[path].format(value).encode()), value
    silent = [
        "password",
        "",
        "xxxx",
        "changeme",
        "your-password",
        "$PASSWORD",
        "not set",
        "wrong",
        "<password>",
        "None",
    ]
    assert [value for value in silent if scan_content(path, NOTES[path].format(value).encode())] == []
