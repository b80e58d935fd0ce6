"""What a name says about its value: `K6_CLOUD_TOKEN`, `db.password`, `apiKey`, but not `token_ttl` or `forgotPassword`.

Names are read as words, whatever their spelling (camelCase, snake_case, kebab-case, dots).
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_PASSWORD = frozenset(
    (
        "password passwd passphrase passcode psk pwd pass psw passw pword pswd pw userpass passwords wachtwoord"
        " passwort kennwort contrasena senha motdepasse mdp"
    ).split()
)
_TOKEN = frozenset(
    (
        "token secret apikey credential credentials accesskey secretkey authtoken bearer jwt accesstoken apitoken"
        " privatekey tokens secrets apikeys authkey accountkey pat secr authorization webhook serverkey privkey"
    ).split()
)
_KEY_OF = frozenset(
    (
        "api access secret private auth encryption encrypt signing sign client shared account master service"
        " storage subscription license admin app application consumer server crypto cipher aes des hmac jwt session"
        " deploy write ingest integration security webhook ssh rsa stripe sendgrid datadog relic maps sdk token"
        " data django flask rails"
    ).split()
)
_WEAK = frozenset(("key nonce cookie session auth pin dsn signkey keys cred creds usertoken").split())
# Name what is *about* a secret when they come last.
_ABOUT = frozenset(
    (
        "url uri path file filename name type ttl expiry expires expiration expire expired length len id ids"
        " header field label policy prompt placeholder hint error errors message msg regex pattern endpoint count"
        " limit max min enabled disabled required version param parameter params prefix suffix algorithm alg format"
        " index size timeout ref reference hash hashes hashed provider class store manager service validator"
        " validation rule rules text title description desc doc docs help usage input output form page view link"
        " button reset change changed strength dir directory location source mount volume arn env var variable"
        " variables vars selector scope scopes role audience issuer uses kind method mode status state time date"
        " seconds minutes hours days interval period rotation age position offset line start end address host"
        " server domain port user username email permission permissions access number num option options config"
        " configuration settings handler function func callback factory builder parser generator iterator stream"
        " reader writer separator delimiter delim charset encoding schema template example sample test tests count"
        " total usage cost price used budget window sha sha1 sha256 md5 digest checksum fingerprint thumbprint algo"
        " exists valid invalid check validity lifetime skew retry retries attempts color style icon tooltip re regexp"
        " weight weights chars characters"
    ).split()
)
# Names with one of these are about a secret that is none, or none any more.
_NOT_SECRET = frozenset(
    (
        "public pub translation i18n hash hashed checksum digest csrf xsrf encrypted sealed arn ssm secretsmanager"
        " disabled enabled invalid wrong incorrect bad missing fake expected tokenizer embd"
    ).split()
)
_TEXTS = frozenset("error err msg message label placeholder title hint".split())
# What is done with a secret, in names that begin so: `getToken`, `update_password: always`; not `LOAD_TEST_TOKEN`.
_VERBS = _TEXTS | frozenset(
    (
        "forgot reset change show hide toggle confirm enter remember has is use require requires no without allow"
        " enable disable validate get set generate create fetch load find parse make update start"
    ).split()
)
# Whose key or token is none: `cacheKey`, `next_page_token`; but `CACHE_PASSWORD` and `PAGE_ACCESS_TOKEN` are.
_OF_DATA = frozenset(
    (
        "cache object map dict page group next previous start load primary foreign sort partition idempotency"
        " pagination continuation continue cursor lock column row index trace tracking correlation span build site"
    ).split()
)
_GLUED = re.compile(
    r"(?:password|passwd|passphrase|token|secret|apikey|accesskey|secretkey|privatekey|authkey|pwd|credentials?)$"
)
# Words that end in "pass" or "pw": `requirepass`, `bindpw`, but no compass and no render pass.
_GLUED_SHORT = re.compile(r"^[a-z]{2,12}(?:pass|pw)$|^masterauth$")
_NO_PASSWORD = re.compile(
    r"(?:com|encom|by|tres|sur|over|under|last|first|render|one|two|multi|single|sub|pre|high|low|band|all|kee|hall|"
    r"boarding|season|no|second|max|min|num|of|test|forward|back)pass$"
)
_SERVICES = frozenset(
    (
        "db database mysql mariadb postgres postgresql pg psql mongo mongodb redis rabbitmq rabbit amqp smtp imap mail"
        " email ftp sftp ssh root admin ldap oracle mssql sql influxdb influx grafana elastic elasticsearch kafka jdbc"
        " datasource keystore truststore sudo become wifi proxy registry docker nexus sonar jenkins"
    ).split()
)
_SIGNS = frozenset(
    "session sessions jwt cookie cookies app flask django express hash signing hmac consumer client oauth api".split()
)
_FILLERS = (
    "password|passwd|pass|passphrase|secret|token|key|pwd|pw|apikey|api|access|auth|app|client|service|super|name|value|"
    "jwt|default|new|old|main|production|prod|development|develop|dev|staging|stage|local|your|user|database|db|test|"
    "root|admin|cloud|grafana|k6|postgresql|postgres|mysql|redis|mongo|my|the|our|a"
)
_PAIRED = frozenset(
    {("community", "snmp"), ("passe", "de"), ("phrase", "pass")}
    | {(last, before) for last in ("credential", "credentials") for before in ("bind", "security")}
)
# Where k6 sends its results: their keys are not its own.
_OTHER_END = re.compile(r"prometheus|influx|sigv4|datadog|statsd|kafka|newrelic|aws|timescale|elastic|dynatrace|otel")
_NO_PASS = frozenset("first second last render any all both over low high band no by one two multi".split())
# The secrets behind tokens that are none themselves.
_FORGERY = frozenset({"csrf", "xsrf"})
# The `*_pass` of nginx says where requests go; the key of GnuPG is named by its identifier.
_UPSTREAMS = frozenset(f"{protocol}_pass" for protocol in "fastcgi grpc memcached mirror scgi uwsgi".split())
_OWNED = frozenset({"private", "secret"})
_GNUPG = frozenset({"gpg", "gnupg", "pgp"})
_ABOUT_K6 = re.compile(r"(?<![a-z0-9])x?k6|loadimpact")
_GLUED_ABOUT = re.compile(
    r"^(?:csrf|xsrf|split|parse|getpw|forgot|reset|change|show|hide|confirm|has|is|no|use|non|un|de|max|min)"
)


class NameKind(enum.Enum):
    """How much a name promises.

    K6 is the k6 Cloud or Grafana token, PHRASE a secret that people make up, such as the one that signs sessions; a KEY
    is a secret only when the value looks generated.
    """

    K6 = "k6"
    TOKEN = "token"  # noqa: S105 - a kind, not a token
    PASSWORD = "password"  # noqa: S105 - same
    KEY = "key"
    PHRASE = "phrase"


def words_of(name: str) -> list[str]:
    """The words of a name in lower case; numbers that only count (`PASSWORD_2`) are left out."""
    if not name.isascii():
        import unicodedata  # noqa: PLC0415 - such names are rare, and the hook starts often

        name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return words


@lru_cache(maxsize=4096)
def kind_of(name: str) -> NameKind | None:
    """What the name promises about its value, None when it is no name of a secret."""
    words = words_of(name[-100:])
    if words and words[-1].endswith(("salt", "pepper")):
        return NameKind.KEY
    if not words or words[-1] in _ABOUT or name.lower() in _UPSTREAMS or _begins_with_verb(name, words):
        return None
    forbidden = _NOT_SECRET.intersection(words)
    if forbidden and not (forbidden <= _FORGERY and words[-1] in {"secret", "key"}):
        return None
    kind = _kind_of_words(words)
    if (
        kind in {NameKind.TOKEN, NameKind.KEY, NameKind.PHRASE}
        and is_k6_name(name)
        and (kind is not NameKind.KEY or "key" in words[-1])
    ):
        return NameKind.K6
    return kind


def is_glued_password(name: str) -> bool:
    """True for `requirepass`, `bindpw` and the like, whose value is hardly anything but a password."""
    return _GLUED_SHORT.match(name) is not None and not _NO_PASSWORD.search(name)


def is_of_service(name: str) -> bool:
    """True when the name says whose password it is: `DB_PASSWORD`, `smtpPassword`, `ansible_ssh_pass`."""
    return not _SERVICES.isdisjoint(words_of(name[-100:]))


@lru_cache(maxsize=4096)
def is_named_after(name: str, value: str) -> bool:
    """True when the value only says the name again: `password: db-password`, `API_KEY=my_api_key_1`."""
    words = [word for word in words_of(name[-100:]) if len(word) > 2]  # noqa: PLR2004 - too short to say anything
    low = value.lower()
    last = words[-1] if words else ""
    if last not in low and not (last in _PASSWORD and re.search(r"pass|pwd", low)):
        return False
    if not re.search(r"[0-9]", value) and re.fullmatch(r"[\w\-./: ]+", value):
        return True
    rest = re.sub("|".join([*map(re.escape, sorted(words, key=len, reverse=True)), _FILLERS]), "", low)
    return len(re.sub(r"[^a-z]", "", rest)) <= 2 and re.sub(r"[^0-9]", "", rest) in {"", "1", "2", "123", "1234"}  # noqa: PLR2004


def is_k6_name(name: str) -> bool:
    """True for names of k6 Cloud or Grafana: `K6_CLOUD_TOKEN`, `k6ApiToken`, `LOADIMPACT_TOKEN`, `grafana_api_key`."""
    lowered = name.lower()
    return _OTHER_END.search(lowered) is None and any(
        word in lowered for word in ("k6", "loadimpact", "load_impact", "grafana")
    )


def speaks_of_k6(lowered: str) -> bool:
    """True when a line, in lower case, is about k6 and does not only hold the letters in a random value."""
    return _ABOUT_K6.search(lowered) is not None


def _begins_with_verb(name: str, words: list[str]) -> bool:
    """True for what is done with a secret; variables in capitals are things, and a load test is one."""
    is_thing = (name.isupper() and len(words) > 2) or words[1:2] == ["test"]  # noqa: PLR2004
    return words[0] in _VERBS and not is_thing


def _kind_of_words(words: list[str]) -> NameKind | None:
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    is_of_data = before in _TEXTS or (before in _OF_DATA and last in {"key", "keys", "token", "tokens"})
    is_of_gnupg = last in {"key", "keys"} and _OWNED.isdisjoint(words) and not _GNUPG.isdisjoint(words)
    if is_of_data or is_of_gnupg or (last == "pass" and before in _NO_PASS):
        return None
    glued = _GLUED.search(last)
    is_glued = glued is not None and not _GLUED_ABOUT.match(last)
    if last in _PASSWORD or is_glued_password(last) or (last, before) in _PAIRED:
        return NameKind.PASSWORD
    if (last == "secret" or (last == "key" and before == "secret")) and not _SIGNS.isdisjoint(words):
        return NameKind.PHRASE
    if last in _TOKEN or (last in {"key", "keys"} and before in _KEY_OF) or (last == "base" and before == "key"):
        return NameKind.TOKEN
    if glued and is_glued:
        return NameKind.PASSWORD if glued.group().startswith(("pass", "pwd")) else NameKind.TOKEN
    is_weak = last in _WEAK or (last == "login" and before == "sonar")
    return NameKind.KEY if is_weak or {"token", "secret", "password", "passwd", "apikey"} & set(words) else None
