"""What people write where a value has to be filled in: `YOUR_TOKEN`, `changeme`, `password`, `letmein`."""

from __future__ import annotations

from k6ci.secretscan.heuristics.letters import word_share
from k6ci.secretscan.patterns import Pattern

PLACEHOLDER = Pattern(
    r"(?i)(?<![a-z])(?:your(?:very|super|strong|secure|secret|own|new){0,2}|my|our|the|some|insert|enter|"
    r"put|add|set|replace|paste|fill|use|provide|generate|goes|"
    r"wrong|incorrect)"
    r"(?:[-_ .]{1,3}(?:own|k6|api|auth|access|cloud|grafana|secret|private|super|strong|secure|real|actual|new|random|"
    r"user|db|test"
    r"|valid|account|client|personal|here|it|in|with|from))*"
    r"[-_ .]{0,3}(?:tokens?|secrets?|passwords?|pass|passwd|pwd|keys?|credentials?|here|value|apikey)(?![a-z])"
)
PLACEHOLDER_WORDS = Pattern(
    r"(?i)change[-_ ]?(?:me|it|this)|place[-_ ]?holder|example|dummy|sample(?![a-z])|redacted|"
    r"(?<![a-z])todo(?![a-z])|fixme|(?<![a-z0-9])tbd(?![a-z0-9])"
    r"|replace[-_ ]?(?:me|this|with|default)|insert[-_ ]|lorem|foobar|foo[-_]?bar|(?<![a-z])fake|"
    r"not[-_ ]?(?:a[-_ ]?)?(?:real|secret|used)|masked|hidden"
    r"|(?<![a-z])mock|put[-_ ].*here|<[a-z_ -]+>|deadbeef|cafebabe|notset|(?<![a-z])unset|undefined|"
    r"x{5,}|(?<![a-z0-9])x{3,}(?![a-z0-9])|\*\*\*|\.\.\.|"
    r"your[-_]|yourtoken|yourpass"
    r"|my[-_]?(?:secret|token|password|api[-_]?key)|token[-_]?here|[-_ ](?:here|aqui|ici)$|goes[-_]?here"
    r"|(?<![a-z])test(?![a-z0-9])|testing"
    r"|(?<![a-z])(?:sua|seu|tua|teu|tu|su|mi|votre|dein|ihr)[-_ .](?:[a-z]{1,12}[-_ .])?(?:senha|chave|clave|"
    r"contrasena|mot[-_ ]de|passwort|kennwort|token|password|secret)"
)
# `password`, `admin1`, `secret123`
_COUNTED_DEFAULT = Pattern(
    r"(?i)^(?:password|passwd|pass|secret|token|user|admin|root|login)[-_.]?"
    r"(?:0?1(?:2(?:3(?:4(?:5[0-9]{0,5})?)?)?)?|[0-9]|([0-9])\1{2,9})?[!.]?$",
    example="admin1",
)
_COUNTED = Pattern(
    r"^(?:gl[a-z]{1,3}_)?([A-Za-z_\-]{0,40}?)[-_]?(?:01?2?3?4?5?6?7?8?9?|123?4?5?6?7?8?9?0?)(?:abcdef)?$"
)
_CONSTANT = Pattern(r"^[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,20}){1,6}$")
# Nobody's password: the names of things, types, and what vendors ship.
DEFAULTS = frozenset(
    (
        "password passwd pass secret token admin root guest test user username postgres mysql mongo redis"
        " rabbitmq influxdb grafana k6 default none null nil true false yes no on off required optional string"
        " str int integer bool boolean number object array any text empty unknown undefined nan changeme abc"
        " 123456 12345678 1234567890 public private local localhost development production staging prod dev"
        " demo key value foo bar baz hello world secretpassword minio minioadmin elastic bearer basic digest"
        " oauth oauth2 jwt apikey hidden disabled enabled input name type plaintext plain file env vault"
        " prompt ask stdin auto inherit read write mypassword mysecret mytoken mypass example sample dummy"
        " pa$$word p@$$word word tiger x-oauth-basic x-access-token fake mock placeholder postgresql changeit"
        " wrong incorrect invalid nope"
    ).split()
)
# Values that say that nothing is set, or where it comes from.
UNSET = frozenset(
    (
        "none null nil true false yes no on off optional required string str int integer bool boolean number object"
        " array any text empty unknown undefined nan default disabled enabled hidden input plaintext plain file env"
        " vault prompt ask stdin auto inherit"
    ).split()
)
_DIGIT = Pattern(r"[0-9]", example="1")
_FILL_IN_WORDS = Pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", example="Fill")
_FILL_IN_ADJECTIVES = frozenset(
    (
        "another some any choose pick fill my your our super very strong stronger secure safe good long random complex"
        " enter put insert replace change this here goes please set"
    ).split()
)
_FILL_IN = _FILL_IN_ADJECTIVES | frozenset(
    (
        "me in it with a an the that real new own use secret password passwords passwd pass pw pwd passphrase token key"
        " value"
    ).split()
)
_NAMES = frozenset(
    "aws db sas s3 uri url api access secret auth key id token user pass password policy name account client".split()
)
# Everybody's password: an example in a text, and a real one beside a user and a host.
WEAK = frozenset(
    (
        "hunter2 letmein qwerty welcome abc123 passw0rd p@ssw0rd p4ssw0rd password1 password123 pass123"
        " pass1234 admin123 test123 test1234 toor minio123 sa oracle guest123 master system manager secret123"
        " supersecret topsecret"
    ).split()
)


def is_default(value: str) -> bool:
    """What says "a value goes here" by being nobody's, or by naming what goes there: `aws_secret_access_key`."""
    low = value.lower()
    return low in DEFAULTS or is_counted_default(low) or ("_" in low and _NAMES.issuperset(low.split("_")))


def is_counted_default(value: str) -> bool:
    """A default with a number behind it: `password`, `admin1`, `secret123`."""
    return _COUNTED_DEFAULT.match(value) is not None


def is_fill_in(value: str) -> bool:
    """Words that only ask for a value: `another_pw`, `MySuperStrongPassword!`, `Fill_me_in`."""
    if len(_DIGIT.findall(value)) > 1:
        return False
    words = [word.lower() for word in _FILL_IN_WORDS.findall(value)]
    return len(words) > 1 and _FILL_IN.issuperset(words) and not _FILL_IN_ADJECTIVES.isdisjoint(words)


def is_weak(value: str) -> bool:
    """One of the passwords that everybody knows."""
    return value.lower() in WEAK


def is_counted(value: str) -> bool:
    """A name with counted digits behind it, as tests write tokens: `wrong-token-01234`, `glsa_0123456789abcdef`."""
    match = _COUNTED.match(value.strip("\"'"))
    return match is not None and (not match[1] or word_share(match[1]) >= 0.7)  # noqa: PLR2004


def is_constant(value: str) -> bool:
    """The name of a variable: `K6_CLOUD_TOKEN`."""
    return _CONSTANT.match(value) is not None and word_share(value) >= 0.5  # noqa: PLR2004
