"""False-positive rules: values that are not secrets, such as templates, references, paths and digests.

A rule is a predicate on the value alone, with examples in both directions that a test runs.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from k6ci.secretscan.heuristics import text_shapes
from k6ci.secretscan.heuristics.vocabulary import alternatives
from k6ci.secretscan.patterns import Pattern

_Rule = tuple[Callable[[str], object], tuple[str, ...], tuple[str, ...]]


def _begins(*alternatives: str, matches: tuple[str, ...], others: tuple[str, ...]) -> _Rule:
    """The rule of a pattern that matches from the beginning of the value."""
    return Pattern("|".join(alternatives), example=matches[0]).begins, matches, others


def _finds(*alternatives: str, matches: tuple[str, ...], others: tuple[str, ...]) -> _Rule:
    """The rule of a pattern that matches anywhere in the value."""
    return Pattern("|".join(alternatives), example=matches[0]).finds, matches, others


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UNITS = "[smhd]|ms|kb|mb|gb|%|px|em|rem|days?|hours?|minutes?|seconds?"
_STORES = alternatives("values", "stores of secrets")
_OBJECTS = alternatives("values", "objects")


class FalsePositive(enum.Enum):
    """The rules in the order in which they are tried: the predicate, examples, counterexamples."""

    __hash__ = object.__hash__  # members are singletons; the hash of their names is ten times slower

    def __init__(self, test: Callable[[str], object], matches: tuple[str, ...], others: tuple[str, ...]) -> None:
        self.test = test
        self.matches = matches
        self.does_not_match = others

    @property
    def label(self) -> str:
        """The name as users see it."""
        return self.name.lower().replace("_", " ")

    # Brackets of template languages count where they open the value or are closed again: passwords have signs, too.
    TEMPLATE = _finds(
        r"^(?:\$\$?|#|@|%)[{(]|[$#@]\{[^{}]{0,80}\}|[$%]\([\w. ]{1,80}\)|^\{\{|\{\{[^{}]{0,80}\}\}|\{\{$|\}\}$",
        r"^<%|%>$|^\{%|%\}$|^\[\[|\]\]$|^\$\[|^\[%",
        r"\$__\w{1,30}\{|^\$\$?[A-Za-z_]\w*(?:$|[/:.\-]|\|\$)",
        r"(?:^|[/\\:@ ])%[A-Za-z_]\w{1,40}(?:\([\w.:]{1,60}\))?%(?:$|[/\\:@ ])",
        r"^%[sdvqr]$|^%s|%s$|^%%\w{1,60}%%$",
        r"^@@?[A-Za-z_.]+@?@?$|^__[A-Za-z0-9_]+__$|^\{[\w.\- +/=()]{0,100}\}$|^&[a-z_]+;?$|^\*[a-z][a-z0-9_]*$|^`.*`$",
        matches=("${{ secrets.X }}", "$TOKEN", "${X:-}", "%TOKEN%", "{{ vault }}", "<%= x %>"),
        others=("aB3$x9", "p%4word!x"),
    )
    ANGLED = _begins(
        r"^<[^<>]{0,80}>$|^<[A-Za-z_ \-]{0,40}$|^\[[A-Za-z _.\-]{1,60}\]$|^\([a-z ]{1,40}\)$|^\(\([^()]{1,80}\)\)$",
        matches=("<YOUR_TOKEN>", "<token>", "[token]"),
        others=("<a>b9",),
    )
    PLACEHOLDER = (
        text_shapes.PLACEHOLDER.finds,
        ("YOUR_API_AUTH_TOKEN", "your-token", "insert-token-here", "my_secret_key"),
        ("thekeyq9x",),
    )
    PLACEHOLDER_WORDS = (
        text_shapes.has_placeholder_word,
        ("changeme", "xxxx", "***", "an-example-token", "REPLACE_ME", "ChangeMe"),
        ("latest9xq", "x9Q~MOcK7", "7fAKE2q"),
    )
    DEFAULT = (text_shapes.is_default, ("admin", "Password", "null", "string"), ("admin7!x",))
    WEAK = (text_shapes.is_weak, ("letmein", "hunter2", "P@ssw0rd"), ("hunter27",))
    REFERENCE = _finds(
        rf"(?i)^@?(?:{_STORES}|ref\+\w{{1,20}})(?::|/)(?:/|[\w\-])",
        r"^!(?:vault|reference|sub|ref|getatt|secret|env)\b|^ENC\[|^ENC\(|^AQICAH|^wcFM[A-Za-z0-9]",
        r"^projects/[^/]+/secrets/|^\{(?:cipher|aes|bcrypt)\}|^@Microsoft\.KeyVault|^/run/secrets/|^resolve:",
        r"\{resolve:|^Ag[A-Z][A-Za-z0-9+/]{200,1000}={0,2}$",
        matches=("vault:secret/data/x", "op://vault/item", "!reference", "ENC[AES256_GCM"),
        others=("vaultx9!",),
    )
    LOOKUP = _begins(
        rf"^(?:{_OBJECTS}|process\.env|os\.environ|os\.getenv|import\.meta|\.Values)[.\[(]",
        r"^(?:random|azurerm|aws|google|kubernetes)_\w+[.\[(]",
        matches=("process.env.TOKEN", "secrets.X", "var.token", "os.environ['X']"),
        others=("data9!",),
    )
    IDENTIFIER = (
        text_shapes.is_identifier,
        ("auth.token", "user.getPassword()", "this.accessToken"),
        ("eyJab.eyJxz.qq1",),
    )
    CALL = (text_shapes.is_call, ("getToken(", "base64.encode(x)", "await token()"), ("a9(b9!x",))
    PATH = (text_shapes.is_path, ("/run/secrets/token", "./token.txt", "certs/server.key"), ("/aQ9=+x",))
    URL = _begins(
        r"(?i)^[a-z][a-z0-9+.\-]{1,20}://|^(?:www\.|mailto:)",
        r"^(?:localhost|[a-z0-9\-]+(?:\.[a-z0-9\-]+){1,5}):[0-9]{2,5}$",
        r"^[\w.\-]+\.(?:com|org|io|net|dev|local|svc|internal)(?:[:/]|$)",
        matches=("https://auth.io/oauth/token", "login.io/token"),
        others=("a9x.qq",),
    )
    UUID = _begins(
        rf"(?i)^\{{?{_UUID}\}}?$", matches=("123e4567-e89b-12d3-a456-426614174000",), others=("123e4567-e89b",)
    )
    NAMED_UUID = _begins(
        rf"(?i)^(?=.{{37}})(?:[a-z]{{1,12}}[-_.:/]){{0,3}}{_UUID}(?:[-_.:/][a-z0-9]{{1,8}}){{0,3}}$",
        matches=("Q-123e4567-e89b-12d3-a456-426614174000-0",),
        others=("Q-123e4567",),
    )
    HASH_SCHEME = _finds(
        r"(?i)^\{(?:s?sha(?:-?\d{1,3})?|s?md5|s?crypt|pbkdf2[\w\-]*|argon2\w*|bcrypt)\}",
        r"^\{(?:cipher|aes[\w\-]*|desede|3des|enc)\}",
        r"^#\w{0,8}bcrypt:",
        matches=("{SSHA}abc", "{cipher}a1", "#jbcrypt:$2a"),
        others=("{noop}a9",),
    )
    SQL_VARIABLE = (text_shapes.is_sql_variable, ("@DbPass1", "@@token"), ("@x9Kq2!",))
    FILL_IN = (text_shapes.is_fill_in, ("another_pw", "Fill_me_in"), ("walnut_pw9",))
    HASH = _begins(
        r"(?i)^(?:sha(?:1|224|256|384|512)|md5|blake2b|h1|integrity|crc32)[-:=]",
        r"^\$(?:2[abxy]?|[156]|apr1|argon2\w*|pbkdf2\S*|scrypt)\$",
        r"^(?:pbkdf2_|pbkdf2:|scrypt:|bcrypt|(?:[0-9a-f]{2}:){7,63}[0-9a-f]{2}$)",
        matches=("7D:29:02:32:5e:9b:0a:af", "sha256:abc", "sha512-abc", "$2a$10$abc", "md5=0"),
        others=("shadow9x",),
    )
    DIGEST = _finds(
        r"(?i:^0x[0-9a-f]{40}$)|^[0-9a-f]{7,64}@|@sha256:|^[\w./\-]+[@#][0-9a-f]{40}$",
        r"^(?:Linux|Windows|macOS)-[\w.\-]{0,60}-?[0-9a-f]{40,64}$",
        matches=(
            *("image@sha256:ab", "0x" + "8945a31e32" * 4, "actions/checkout@" + "0a" * 20),
            *("dev-main#" + "0a" * 20, "Linux-node-" + "0a" * 32),
        ),
        others=("pa@ss9",),
    )
    NUMBER = _begins(
        rf"(?i)^[+\-]?(?:0x[0-9a-f]{{1,8}}$)?[0-9_.,:/\- ]*(?:{_UNITS})?$",
        r"^v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+][\w.]+)?$",
        matches=("3600", "1.2.3", "30s", "0x1f"),
        others=("12ab34",),
    )
    # Also where a password may be a number.
    VERSION = _begins(
        r"^(?:[~^]|[<>=~]{1,2} ?)?v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,6}(?:[-+][\w.]+)?$",
        matches=("^1.2.3", "~> 2.0.1", "13.0.3"),
        others=("1.2x9",),
    )
    ENTRY_POINT = (text_shapes.is_entry_point, ("package.module:main",), ("kq7.xz9:wq",))
    ADDRESS = _begins(
        r"^[\w.+\-]{1,60}@(?:[a-z0-9\-]{1,60}\.){1,4}(?:com|org|net|io|dev|edu|gov|local|test|invalid|example)$",
        matches=("me@mail.com",),
        others=("P@ssw.ord9",),
    )
    DATE = _begins(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+\-][0-9:]+)?)?$",
        matches=("2024-01-02", "2024-01-02T03:04:05Z"),
        others=("2024-xx9",),
    )
    PUBLIC_KEY = _begins(
        r"^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|age1[0-9a-z]{20}|pk_(?:test|live)_|(?:0x)?0[23][0-9a-f]{64}$",
        r"AAAA(?:B3NzaC1|C3NzaC1l|E2VjZHNh)|-----BEGIN (?:PUBLIC KEY|CERTIFICATE))",
        r"^MI[IG][A-Za-z0-9]{3}.{0,20}AQ8AMI|^MI[A-Za-z0-9]{2,6}(?:ANBgkqhkiG9w0BAQEFAAO|MA0GCSqGSIb3DQEBAQUAA4)",
        r"^M(?:FwwDQYJKoZIhvcNAQEBBQAD|FkwEwYHKoZIzj0|HYwEAYHKoZIzj0|IGbMBAGByqGSM49|CowBQYDK2V)",
        matches=("ssh-rsa AAAA", "pk_test_1"),
        others=("sshx9",),
    )
    BYTES = _finds(
        r"\\x[0-9a-f]{2}$|\\x[0-9a-f]{2}.*\\x[0-9a-f]{2}|\\u[0-9a-f]{4}.*\\u[0-9a-f]{4}",
        r"&#x?[0-9a-f]{2,5};.*&#x?[0-9a-f]{2,5};",
        matches=("\\x80\\x02c",),
        others=("\\x80a9",),
    )
    REGEX = _finds(
        r"0-9a-zA-Z|a-zA-Z0-9|A-Za-z0-9|\[\^[^\]]{1,20}\][*+{]|\]\{[0-9]{1,3},?[0-9]{0,4}\}",
        r"\[\^?[A-Za-z0-9]-[A-Za-z0-9][^\]]{0,40}\]|\\[wdsbS][+*{\])]|\(\?[:=!P<]|\.[*+](?:$|[?\\)])|^\^.*\$$",
        matches=("^[A-Za-z0-9]+$", "\\w+", "(?P<x>a)"),
        others=("a[9!x",),
    )
    COLOUR = _begins(r"^#[0-9A-Fa-f]{3,8}$", matches=("#9CDCFE", "#fff"), others=("#9CDCFx!",))
    ICON = _begins(
        r"^(?:fa[bsrl]?|mdi|bi|icon|glyphicon|ti)-[a-z0-9\-]{2,40}$",
        matches=("fa-key-25", "mdi-lock"),
        others=("fakey25",),
    )
    NO_LETTERS = _begins(r"^[^A-Za-z]*$", matches=("----", "****", "1234"), others=("12a4",))
    REPETITIVE = (text_shapes.is_repetitive, ("xxxxxxxx", "aaaa", "abababababababab" * 2), ("a9x7q2",))
    SEQUENCE = (text_shapes.is_sequence, ("abcdef123456", "1234abcd", "0123456789abcdef"), ("a9x7q2",))
    ENCODED_EXAMPLE = (text_shapes.is_encoded_example, ("dXNlcm5hbWU6cGFzc3dvcmQK",), ("Y2k6eDlRN3pLMm1W",))
    COUNTED = (text_shapes.is_counted, ("wrong-token-01234", "glsa_0123456789abcdef"), ("token-81923", "x9q-0123"))
    CONSTANT = (text_shapes.is_constant, ("K6_CLOUD_TOKEN", "DB_PASSWORD"), ("Q7_X9ZK", "WALNUT99"))
    PAIRS = _begins(r"^[\w.\-]{1,60},\s?[A-Za-z]{3,30}=", matches=("InstanceIds,Values=i-1",), others=("a9,x7",))
    WORDS = (text_shapes.is_words, ("my-secret-name", "accessToken", "api_key_secret"), ("qwzxjvkpq",))
    PROSE = (text_shapes.is_prose, ("Enter the token", "The password is wrong"), ("a9 x7",))


_RULES = tuple(FalsePositive)


def matching_rule(value: str, allowed_rules: AbstractSet[FalsePositive]) -> FalsePositive | None:
    """The first rule outside of `allowed_rules` that matches the value, None when no rule does."""
    return next((rule for rule in _RULES if rule not in allowed_rules and rule.test(value)), None)
