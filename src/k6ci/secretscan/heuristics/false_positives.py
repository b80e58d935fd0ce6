"""False-positive rules: values that are not secrets, such as templates, references, paths and digests.

A rule is a predicate on the value alone, with examples in both directions that a test runs.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import NamedTuple

from k6ci.secretscan.heuristics import forms
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
from k6ci.secretscan.heuristics.trace import Decision, Outcome, record
from k6ci.secretscan.patterns import Pattern


class FalsePositive(enum.Enum):
    """The false-positive rules, as `--explain` names them."""

    __hash__ = object.__hash__  # members are singletons; the hash of their names is ten times slower
    TEMPLATE = "template"
    ANGLED = "angled"
    PLACEHOLDER = "placeholder"
    PLACEHOLDER_WORDS = "placeholder words"
    DEFAULT = "default"
    WEAK = "weak"
    REFERENCE = "reference"
    LOOKUP = "lookup"
    IDENTIFIER = "identifier"
    CALL = "call"
    PATH = "path"
    URL = "url"
    UUID = "uuid"
    NAMED_UUID = "named uuid"
    HASH_SCHEME = "hash scheme"
    SQL_VARIABLE = "SQL variable"
    FILL_IN = "fill-in words"
    HASH = "hash"
    DIGEST = "digest"
    NUMBER = "number"
    VERSION = "version"
    ENTRY_POINT = "entry point"
    ADDRESS = "address"
    DATE = "date"
    PUBLIC_KEY = "public key"
    BYTES = "bytes"
    REGEX = "regex"
    COLOUR = "colour"
    ICON = "icon"
    NO_LETTERS = "no letters"
    REPETITIVE = "repetitive"
    SEQUENCE = "sequence"
    ENCODED_EXAMPLE = "encoded example"
    COUNTED = "counted"
    CONSTANT = "constant"
    PAIRS = "pairs"
    WORDS = "words"
    PROSE = "prose"


class FalsePositiveRule(NamedTuple):
    """A predicate and its examples."""

    name: FalsePositive
    test: Callable[[str], object]
    matches: tuple[str, ...]
    does_not_match: tuple[str, ...]


def is_at_variable(value: str) -> bool:
    """A parameter of SQL: `@DbPass1`."""
    return forms.AT_VARIABLE.match(value) is not None and word_share(value) >= 0.5 and _ABOUT.search(value) is not None  # noqa: PLR2004


_ABOUT = Pattern(r"(?i)pass|pwd|secret|token|key|cred", example="pass")


def is_call(value: str) -> bool:
    """An expression: `getToken(`, `a + "b"`, `headers["key"]`."""
    head = forms.CALL_HEAD.match(value)
    is_named = head is not None and (word_share(head.group(1)) >= 0.5 or value[head.end() : head.end() + 1] in "\"')")  # noqa: PLR2004
    return is_named or forms.CODE.search(value) is not None


def is_path(value: str) -> bool:
    """Where a file is: `/run/secrets/token`, `certs/server.key`."""
    if forms.SURE_PATH.search(value):
        return True
    return forms.PATH.match(value) is not None and word_share(value) >= 0.35  # noqa: PLR2004


def is_entry_point(value: str) -> bool:
    """Where a function is: `package.module:main`."""
    return forms.ENTRY_POINT.match(value) is not None and word_share(value) >= 0.5  # noqa: PLR2004


def is_identifier(value: str) -> bool:
    """A name of something: `auth.token`, `user.getPassword()`."""
    if not forms.IDENTIFIER.match(value):
        return False
    # A JWT or a random value with dots is no name: names are made of words.
    return all(len(part) <= 40 and word_share(part) >= 0.5 for part in re.split(r"[.\->:?]+", value) if len(part) > 3)  # noqa: PLR2004


FALSE_POSITIVE_RULES: tuple[FalsePositiveRule, ...] = (
    FalsePositiveRule(
        FalsePositive.TEMPLATE,
        forms.TEMPLATE.finds,
        ("${{ secrets.X }}", "$TOKEN", "${X:-}", "%TOKEN%", "{{ vault }}", "<%= x %>"),
        ("aB3$x9", "p%4word!x"),
    ),
    FalsePositiveRule(FalsePositive.ANGLED, forms.ANGLED.begins, ("<YOUR_TOKEN>", "<token>", "[token]"), ("<a>b9",)),
    FalsePositiveRule(
        FalsePositive.PLACEHOLDER,
        PLACEHOLDER.finds,
        ("YOUR_API_AUTH_TOKEN", "your-token", "insert-token-here", "my_secret_key"),
        ("thekeyq9x",),
    ),
    FalsePositiveRule(
        FalsePositive.PLACEHOLDER_WORDS,
        PLACEHOLDER_WORDS.finds,
        ("changeme", "xxxx", "***", "an-example-token", "REPLACE_ME"),
        ("latest9xq",),
    ),
    FalsePositiveRule(FalsePositive.DEFAULT, is_default, ("admin", "Password", "null", "string"), ("admin7!x",)),
    FalsePositiveRule(FalsePositive.WEAK, is_weak, ("letmein", "hunter2", "P@ssw0rd"), ("hunter27",)),
    FalsePositiveRule(
        FalsePositive.REFERENCE,
        forms.REFERENCE.finds,
        ("vault:secret/data/x", "op://vault/item", "!reference", "ENC[AES256_GCM"),
        ("vaultx9!",),
    ),
    FalsePositiveRule(
        FalsePositive.LOOKUP,
        forms.LOOKUP.begins,
        ("process.env.TOKEN", "secrets.X", "var.token", "os.environ['X']"),
        ("data9!",),
    ),
    FalsePositiveRule(
        FalsePositive.IDENTIFIER,
        is_identifier,
        ("auth.token", "user.getPassword()", "this.accessToken"),
        ("eyJab.eyJxz.qq1",),
    ),
    FalsePositiveRule(FalsePositive.CALL, is_call, ("getToken(", "base64.encode(x)", "await token()"), ("a9(b9!x",)),
    FalsePositiveRule(
        FalsePositive.PATH, is_path, ("/run/secrets/token", "./token.txt", "certs/server.key"), ("/aQ9=+x",)
    ),
    FalsePositiveRule(
        FalsePositive.URL, forms.URL.begins, ("https://auth.io/oauth/token", "login.io/token"), ("a9x.qq",)
    ),
    FalsePositiveRule(
        FalsePositive.UUID, forms.UUID.begins, ("123e4567-e89b-12d3-a456-426614174000",), ("123e4567-e89b",)
    ),
    FalsePositiveRule(
        FalsePositive.NAMED_UUID,
        forms.NAMED_UUID.begins,
        ("Q-123e4567-e89b-12d3-a456-426614174000-0",),
        ("Q-123e4567",),
    ),
    FalsePositiveRule(
        FalsePositive.HASH_SCHEME, forms.SCHEME.finds, ("{SSHA}abc", "{cipher}a1", "#jbcrypt:$2a"), ("{noop}a9",)
    ),
    FalsePositiveRule(FalsePositive.SQL_VARIABLE, is_at_variable, ("@DbPass1", "@@token"), ("@x9Kq2!",)),
    FalsePositiveRule(FalsePositive.FILL_IN, is_fill_in, ("another_pw", "Fill_me_in"), ("walnut_pw9",)),
    FalsePositiveRule(
        FalsePositive.HASH,
        forms.HASH.begins,
        ("7D:29:02:32:5e:9b:0a:af", "sha256:abc", "sha512-abc", "$2a$10$abc", "md5=0"),
        ("shadow9x",),
    ),
    FalsePositiveRule(
        FalsePositive.DIGEST,
        forms.DIGEST.finds,
        (
            "image@sha256:ab",
            "0x" + "8945a31e32" * 4,
            "actions/checkout@" + "0a" * 20,
            "dev-main#" + "0a" * 20,
            "Linux-node-" + "0a" * 32,
        ),
        ("pa@ss9",),
    ),
    FalsePositiveRule(FalsePositive.NUMBER, forms.NUMBER.begins, ("3600", "1.2.3", "30s", "0x1f"), ("12ab34",)),
    FalsePositiveRule(FalsePositive.VERSION, forms.VERSION.begins, ("^1.2.3", "~> 2.0.1", "13.0.3"), ("1.2x9",)),
    FalsePositiveRule(FalsePositive.ENTRY_POINT, is_entry_point, ("package.module:main",), ("kq7.xz9:wq",)),
    FalsePositiveRule(FalsePositive.ADDRESS, forms.ADDRESS.begins, ("me@mail.com",), ("P@ssw.ord9",)),
    FalsePositiveRule(FalsePositive.DATE, forms.DATE.begins, ("2024-01-02", "2024-01-02T03:04:05Z"), ("2024-xx9",)),
    FalsePositiveRule(FalsePositive.PUBLIC_KEY, forms.PUBLIC_KEY.begins, ("ssh-rsa AAAA", "pk_test_1"), ("sshx9",)),
    FalsePositiveRule(FalsePositive.BYTES, forms.BYTES.finds, ("\\x80\\x02c",), ("\\x80a9",)),
    FalsePositiveRule(FalsePositive.REGEX, forms.REGEX.finds, ("^[A-Za-z0-9]+$", "\\w+", "(?P<x>a)"), ("a[9!x",)),
    FalsePositiveRule(FalsePositive.COLOUR, forms.COLOUR.begins, ("#9CDCFE", "#fff"), ("#9CDCFx!",)),
    FalsePositiveRule(FalsePositive.ICON, forms.ICON.begins, ("fa-key-25", "mdi-lock"), ("fakey25",)),
    FalsePositiveRule(
        FalsePositive.NO_LETTERS, lambda value: not forms.LETTER.search(value), ("----", "****", "1234"), ("12a4",)
    ),
    FalsePositiveRule(
        FalsePositive.REPETITIVE, is_repetitive, ("xxxxxxxx", "aaaa", "abababababababab" * 2), ("a9x7q2",)
    ),
    FalsePositiveRule(
        FalsePositive.SEQUENCE, is_sequence, ("abcdef123456", "1234abcd", "0123456789abcdef"), ("a9x7q2",)
    ),
    FalsePositiveRule(
        FalsePositive.ENCODED_EXAMPLE, is_encoded_example, ("dXNlcm5hbWU6cGFzc3dvcmQK",), ("Y2k6eDlRN3pLMm1W",)
    ),
    FalsePositiveRule(
        FalsePositive.COUNTED, is_counted, ("wrong-token-01234", "glsa_0123456789abcdef"), ("token-81923", "x9q-0123")
    ),
    FalsePositiveRule(FalsePositive.CONSTANT, is_constant, ("K6_CLOUD_TOKEN", "DB_PASSWORD"), ("Q7_X9ZK", "WALNUT99")),
    FalsePositiveRule(FalsePositive.PAIRS, forms.PAIRS.begins, ("InstanceIds,Values=i-1",), ("a9,x7",)),
    FalsePositiveRule(
        FalsePositive.WORDS, is_words, ("my-secret-name", "accessToken", "api_key_secret"), ("qwzxjvkpq",)
    ),
    FalsePositiveRule(FalsePositive.PROSE, is_prose, ("Enter the token", "The password is wrong"), ("a9 x7",)),
)


def matching_rule(value: str, allowed_rules: frozenset[FalsePositive]) -> FalsePositive | None:
    """The first rule outside of `allowed_rules` that matches the value, None when no rule does."""
    return next(
        (rule.name for rule in FALSE_POSITIVE_RULES if rule.name not in allowed_rules and rule.test(value)), None
    )


def false_positive_of(value: str, allowed_rules: frozenset[FalsePositive] = frozenset()) -> FalsePositive | None:
    """`matching_rule` for detectors that identify a secret by its format, recorded for `--explain`."""
    rule = matching_rule(value, allowed_rules)
    record(Decision(value, None, None, Outcome.FALSE_POSITIVE if rule else Outcome.SECRET, rule))
    return rule
