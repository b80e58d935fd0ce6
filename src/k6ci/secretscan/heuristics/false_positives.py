"""What looks like a secret and is none: small named predicates over a value, each with examples that a test runs.

A rule sees the value only: `matches` are values that it must recognise, `does_not_match` those that it must not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.heuristics.placeholders import (
    PLACEHOLDER,
    PLACEHOLDER_WORDS,
    is_constant,
    is_counted,
    is_default,
    is_fill_in,
    is_weak,
)
from k6ci.secretscan.heuristics.text_shapes import is_encoded_example, is_prose, is_repetitive, is_sequence, is_words
from k6ci.secretscan.patterns import Pattern


class FalsePositiveRule(NamedTuple):
    """A predicate and its examples."""

    name: str
    test: Callable[[str], object]
    matches: tuple[str, ...]
    does_not_match: tuple[str, ...]


# Brackets of template languages count where they open the value or are closed again: passwords have signs, too.
_TEMPLATE = Pattern(
    r"^(?:\$\$?|#|@|%)[{(]|[$#@]\{[^{}]{0,80}\}|[$%]\([\w. ]{1,80}\)|^\{\{|\{\{[^{}]{0,80}\}\}|\{\{$|\}\}$"
    r"|^<%|%>$|^\{%|%\}$|^\[\[|\]\]$|^\$\[|^\[%"
    r"|\$__\w{1,30}\{|^\$\$?[A-Za-z_]\w*(?:$|[/:.\-]|\|\$)"
    r"|(?:^|[/\\:@ ])%[A-Za-z_]\w{1,40}(?:\([\w.:]{1,60}\))?%(?:$|[/\\:@ ])"
    r"|^%[sdvqr]$|^%s|%s$|^%%\w{1,60}%%$"
    r"|^@@?[A-Za-z_.]+@?@?$|^__[A-Za-z0-9_]+__$|^\{[\w.\- +/=()]{0,100}\}$|^&[a-z_]+;?$|^\*[a-z][a-z0-9_]*$|^`.*`$"
)
_ANGLED = Pattern(
    r"^<[^<>]{0,80}>$|^<[A-Za-z_ \-]{0,40}$|^\[[A-Za-z _.\-]{1,60}\]$|^\([a-z ]{1,40}\)$|^\(\([^()]{1,80}\)\)$"
)
_REFERENCE = Pattern(
    r"(?i)^@?(?:vault|op|ssm|arn|aws-?(?:sm|ps|ssm)|gcp-?sm|azurekv|azkv|sops|secret|secrets|file|env|ref|doppler|bw|bws|"
    r"keyring|kms|gsm|infisical"
    r"|rule|conjur|chamber|keepass|pass|akeyless|secretsmanager|akv|ref\+\w{1,20}|keyvault)(?::|/)(?:/|[\w\-])|"
    r"^!(?:vault|reference|sub|ref|getatt|secret|env)\b"
    r"|^ENC\[|^ENC\(|^AQICAH|^wcFM[A-Za-z0-9]|^projects/[^/]+/secrets/|^\{(?:cipher|aes|bcrypt)\}|^@Microsoft\.KeyVault|"
    r"^/run/secrets/|^resolve:|\{resolve:|^Ag[A-Z][A-Za-z0-9+/]{200,1000}={0,2}$"
)
_LOOKUP = Pattern(
    r"^(?:process\.env|os\.environ|os\.getenv|__ENV|secrets|vars|env|var|local|data|module|self|this|config|"
    r"settings|params|args|options|request"
    r"|req|res|response|ctx|context|inputs|steps|needs|github|matrix|each|random_\w+|azurerm_\w+|aws_\w+|"
    r"google_\w+|kubernetes_\w+|System|Config"
    r"|import\.meta|core|props|state|event|user|session|values|Values|\.Values|node|app|conf|cfg|opts|kwargs|"
    r"data_source)"
    r"[.\[(]"
)
_IDENTIFIER = Pattern(r"^[A-Za-z_$][\w$]{0,60}(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]{0,60}){1,12}(?:[(\[].*)?$")
_CALL_HEAD = Pattern(r"^([\w.$:\->]{1,100})\(")
_CODE = Pattern(
    r"^[\w.$:>\-]{1,60}\(\)|\(\)[.;,]?$|=>|\s(?:&&|\|\|)\s|^(?:function|lambda|new|await|return|if|not)\b|"
    r"^\(?(?:Read|Get|New|Import|ConvertTo|ConvertFrom|Invoke|Join|Select|Out)-[A-Z][A-Za-z]{2,30}\)?$|^[\w.$]{1,60}\[['\"\w]+\]|\+\s*['\"]|['\"]\s*\+"
)
_PATH = Pattern(r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|\\\\)[\w.\-/\\ @+~]*$|^[\w\-./]+\.(?:[a-z]{2,4}|properties)$")
_SURE_PATH = Pattern(
    r"^HK[A-Z_]{2,30}\\|^~?(?:/[a-z][a-z.\-_]*){2,}/?$|/[^/]*\.(?:png|jpe?g|gif|svg|js|css|json|ya?ml|txt|pem|key|crt|cer|pub|p12|jks|html?|md|py|sh)$"
)
_URL = Pattern(
    r"^[a-z][a-z0-9+.\-]{1,20}://|^(?:localhost|[a-z0-9\-]+(?:\.[a-z0-9\-]+){1,5}):[0-9]{2,5}$|^(?:www\.|mailto:)|^[\w.\-]+\.(?:com|org|io|net|dev|local|svc|internal)(?:[:/]|$)",
    re.IGNORECASE,
)
_UUID = Pattern(r"(?i)^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$")
_NAMED_UUID = Pattern(
    r"(?i)^(?=.{37})(?:[a-z]{1,12}[-_.:/]){0,3}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"(?:[-_.:/][a-z0-9]{1,8}){0,3}$",
    example="Q-123e4567-e89b-12d3-a456-426614174000-0",
)
_SCHEME = Pattern(
    r"(?i)^\{(?:s?sha(?:-?\d{1,3})?|s?md5|crypt|cipher|pbkdf2[\w\-]*|scrypt|argon2\w*|bcrypt|aes[\w\-]*|desede|3des|enc)\}"
    r"|^#\w{0,8}bcrypt:",
    example="{SSHA}x",
)
_AT_VARIABLE = Pattern(r"^@{1,2}[A-Za-z_]\w{1,40}@{0,2}$", example="@DbPass1")
_HASH = Pattern(
    r"(?i)^(?:(?:sha(?:1|224|256|384|512)|md5|blake2b|h1|integrity|crc32)[-:=]|\$(?:2[abxy]?|[156]|apr1|argon2\w*|"
    r"pbkdf2\S*|scrypt)\$|pbkdf2_|pbkdf2:|scrypt:|bcrypt|(?:[0-9a-f]{2}:){7,63}[0-9a-f]{2}$)"
)
_DIGEST = Pattern(
    r"(?i:^0x[0-9a-f]{40}$)|^[0-9a-f]{7,64}@|@sha256:|^[\w./\-]+[@#][0-9a-f]{40}$|^(?:Linux|Windows|macOS)-[\w.\-]{0,60}-?[0-9a-f]{40,64}$"
)
_NUMBER = Pattern(
    r"(?i)^[+\-]?(?:0x[0-9a-f]{1,8}$)?[0-9_.,:/\- ]*(?:[smhd]|ms|kb|mb|gb|%|px|em|rem|days?|hours?|minutes?|"
    r"seconds?)?$|^v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+][\w.]+)?$"
)
# Also where a password may be a number.
_VERSION = Pattern(r"^(?:[~^]|[<>=~]{1,2} ?)?v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,6}(?:[-+][\w.]+)?$")
# `package.module:function`, as Python names what is to be called.
_ENTRY_POINT = Pattern(r"^[a-z_]\w{0,40}(?:\.[a-z_]\w{0,40}){1,6}:[a-z_]\w{0,40}$")
_ADDRESS = Pattern(
    r"^[\w.+\-]{1,60}@(?:[a-z0-9\-]{1,60}\.){1,4}(?:com|org|net|io|dev|edu|gov|local|test|invalid|example)$"
)
_DATE = Pattern(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+\-][0-9:]+)?)?$")
_PUBLIC_KEY = Pattern(
    r"^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|age1[0-9a-z]{20}|pk_(?:test|live)_|(?:0x)?0[23][0-9a-f]{64}$|"
    r"AAAA(?:B3NzaC1|C3NzaC1l|E2VjZHNh)|-----BEGIN (?:PUBLIC KEY|"
    r"CERTIFICATE))|^MI[IG][A-Za-z0-9]{3}.{0,20}AQ8AMI|^MI[A-Za-z0-9]{2,6}(?:ANBgkqhkiG9w0BAQEFAAO|MA0GCSqGSIb3DQEBAQUAA4)"
    r"|^M(?:FwwDQYJKoZIhvcNAQEBBQAD|FkwEwYHKoZIzj0|HYwEAYHKoZIzj0|IGbMBAGByqGSM49|CowBQYDK2V)"
)
_BYTES = Pattern(
    r"\\x[0-9a-f]{2}$|\\x[0-9a-f]{2}.*\\x[0-9a-f]{2}|\\u[0-9a-f]{4}.*\\u[0-9a-f]{4}|&#x?[0-9a-f]{2,5};.*&#x?[0-9a-f]{2,5};"
)
_REGEX = Pattern(
    r"0-9a-zA-Z|a-zA-Z0-9|A-Za-z0-9|\[\^[^\]]{1,20}\][*+{]|\]\{[0-9]{1,3},?[0-9]{0,4}\}|\[\^?[A-Za-z0-9]-[A-Za-z0-9][^\]]{0,40}\]|\\[wdsbS][+*{\])]|\(\?[:=!P<]|\.[*+](?:$|[?\\)])|^\^.*\$$"
)
_PAIRS = Pattern(r"^[\w.\-]{1,60},\s?[A-Za-z]{3,30}=")
_COLOUR = Pattern(r"^#[0-9A-Fa-f]{3,8}$")
_ICON = Pattern(r"^(?:fa[bsrl]?|mdi|bi|icon|glyphicon|ti)-[a-z0-9\-]{2,40}$")
_LETTER = Pattern(r"[A-Za-z]")


def is_at_variable(value: str) -> bool:
    """A parameter of SQL: `@DbPass1`."""
    return _AT_VARIABLE.match(value) is not None and word_share(value) >= 0.5 and _ABOUT.search(value) is not None  # noqa: PLR2004


_ABOUT = Pattern(r"(?i)pass|pwd|secret|token|key|cred", example="pass")


def is_call(value: str) -> bool:
    """Something that is computed, not written down: `getToken(`, `a + "b"`, `headers["key"]`."""
    head = _CALL_HEAD.match(value)
    is_named = head is not None and (word_share(head.group(1)) >= 0.5 or value[head.end() : head.end() + 1] in "\"')")  # noqa: PLR2004
    return is_named or _CODE.search(value) is not None


def is_path(value: str) -> bool:
    """Where a file is: `/run/secrets/token`, `certs/server.key`."""
    if _SURE_PATH.search(value):
        return True
    return _PATH.match(value) is not None and word_share(value) >= 0.35  # noqa: PLR2004


def is_entry_point(value: str) -> bool:
    """Where a function is: `package.module:main`."""
    return _ENTRY_POINT.match(value) is not None and word_share(value) >= 0.5  # noqa: PLR2004


def is_identifier(value: str) -> bool:
    """A name of something: `auth.token`, `user.getPassword()`."""
    if not _IDENTIFIER.match(value):
        return False
    # A JWT or a random value with dots is no name: names are made of words.
    return all(len(part) <= 40 and word_share(part) >= 0.5 for part in re.split(r"[.\->:?]+", value) if len(part) > 3)  # noqa: PLR2004


FALSE_POSITIVE_RULES: tuple[FalsePositiveRule, ...] = (
    FalsePositiveRule(
        "template",
        _TEMPLATE.finds,
        ("${{ secrets.X }}", "$TOKEN", "${X:-}", "%TOKEN%", "{{ vault }}", "<%= x %>"),
        ("aB3$x9", "p%4word!x"),
    ),
    FalsePositiveRule("angled", _ANGLED.begins, ("<YOUR_TOKEN>", "<token>", "[token]"), ("<a>b9",)),
    FalsePositiveRule(
        "placeholder",
        PLACEHOLDER.finds,
        ("YOUR_API_AUTH_TOKEN", "your-token", "insert-token-here", "my_secret_key"),
        ("thekeyq9x",),
    ),
    FalsePositiveRule(
        "placeholder words",
        PLACEHOLDER_WORDS.finds,
        ("changeme", "xxxx", "***", "an-example-token", "REPLACE_ME"),
        ("latest9xq",),
    ),
    FalsePositiveRule("default", is_default, ("admin", "Password", "null", "string"), ("admin7!x",)),
    FalsePositiveRule("weak", is_weak, ("letmein", "hunter2", "P@ssw0rd"), ("hunter27",)),
    FalsePositiveRule(
        "reference",
        _REFERENCE.finds,
        ("vault:secret/data/x", "op://vault/item", "!reference", "ENC[AES256_GCM"),
        ("vaultx9!",),
    ),
    FalsePositiveRule(
        "lookup", _LOOKUP.begins, ("process.env.TOKEN", "secrets.X", "var.token", "os.environ['X']"), ("data9!",)
    ),
    FalsePositiveRule(
        "identifier", is_identifier, ("auth.token", "user.getPassword()", "this.accessToken"), ("eyJab.eyJxz.qq1",)
    ),
    FalsePositiveRule("call", is_call, ("getToken(", "base64.encode(x)", "await token()"), ("a9(b9!x",)),
    FalsePositiveRule("path", is_path, ("/run/secrets/token", "./token.txt", "certs/server.key"), ("/aQ9=+x",)),
    FalsePositiveRule("url", _URL.begins, ("https://auth.io/oauth/token", "login.io/token"), ("a9x.qq",)),
    FalsePositiveRule("uuid", _UUID.begins, ("123e4567-e89b-12d3-a456-426614174000",), ("123e4567-e89b",)),
    FalsePositiveRule("named uuid", _NAMED_UUID.begins, ("Q-123e4567-e89b-12d3-a456-426614174000-0",), ("Q-123e4567",)),
    FalsePositiveRule("scheme of a hash", _SCHEME.finds, ("{SSHA}abc", "{cipher}a1", "#jbcrypt:$2a"), ("{noop}a9",)),
    FalsePositiveRule("variable of SQL", is_at_variable, ("@DbPass1", "@@token"), ("@x9Kq2!",)),
    FalsePositiveRule("filled with words", is_fill_in, ("another_pw", "Fill_me_in"), ("walnut_pw9",)),
    FalsePositiveRule(
        "hash",
        _HASH.begins,
        ("7D:29:02:32:5e:9b:0a:af", "sha256:abc", "sha512-abc", "$2a$10$abc", "md5=0"),
        ("shadow9x",),
    ),
    FalsePositiveRule(
        "digest",
        _DIGEST.finds,
        (
            "image@sha256:ab",
            "0x" + "8945a31e32" * 4,
            "actions/checkout@" + "0a" * 20,
            "dev-main#" + "0a" * 20,
            "Linux-node-" + "0a" * 32,
        ),
        ("pa@ss9",),
    ),
    FalsePositiveRule("number", _NUMBER.begins, ("3600", "1.2.3", "30s", "0x1f"), ("12ab34",)),
    FalsePositiveRule("version", _VERSION.begins, ("^1.2.3", "~> 2.0.1", "13.0.3"), ("1.2x9",)),
    FalsePositiveRule("entry point", is_entry_point, ("package.module:main",), ("kq7.xz9:wq",)),
    FalsePositiveRule("address", _ADDRESS.begins, ("me@mail.com",), ("P@ssw.ord9",)),
    FalsePositiveRule("date", _DATE.begins, ("2024-01-02", "2024-01-02T03:04:05Z"), ("2024-xx9",)),
    FalsePositiveRule("public key", _PUBLIC_KEY.begins, ("ssh-rsa AAAA", "pk_test_1"), ("sshx9",)),
    FalsePositiveRule("bytes", _BYTES.finds, ("\\x80\\x02c",), ("\\x80a9",)),
    FalsePositiveRule("regex", _REGEX.finds, ("^[A-Za-z0-9]+$", "\\w+", "(?P<x>a)"), ("a[9!x",)),
    FalsePositiveRule("colour", _COLOUR.begins, ("#9CDCFE", "#fff"), ("#9CDCFx!",)),
    FalsePositiveRule("icon", _ICON.begins, ("fa-key-25", "mdi-lock"), ("fakey25",)),
    FalsePositiveRule("no letters", lambda value: not _LETTER.search(value), ("----", "****", "1234"), ("12a4",)),
    FalsePositiveRule("repetitive", is_repetitive, ("xxxxxxxx", "aaaa", "abababababababab" * 2), ("a9x7q2",)),
    FalsePositiveRule("sequence", is_sequence, ("abcdef123456", "1234abcd", "0123456789abcdef"), ("a9x7q2",)),
    FalsePositiveRule("encoded example", is_encoded_example, ("dXNlcm5hbWU6cGFzc3dvcmQK",), ("Y2k6eDlRN3pLMm1W",)),
    FalsePositiveRule(
        "counted", is_counted, ("wrong-token-01234", "glsa_0123456789abcdef"), ("token-81923", "x9q-0123")
    ),
    FalsePositiveRule("constant", is_constant, ("K6_CLOUD_TOKEN", "DB_PASSWORD"), ("Q7_X9ZK", "WALNUT99")),
    FalsePositiveRule("pairs", _PAIRS.begins, ("InstanceIds,Values=i-1",), ("a9,x7",)),
    FalsePositiveRule("words", is_words, ("my-secret-name", "accessToken", "api_key_secret"), ("qwzxjvkpq",)),
    FalsePositiveRule("prose", is_prose, ("Enter the token", "The password is wrong"), ("a9 x7",)),
)


def false_positive_of(value: str, allowed_rules: frozenset[str] = frozenset()) -> str | None:
    """The name of the first look-alike that the value is, None when it is none but the `allowed_rules` ones."""
    for lookalike in FALSE_POSITIVE_RULES:
        if lookalike.name not in allowed_rules and lookalike.test(value):
            return lookalike.name
    return None
