"""Values that say something as text: placeholders, defaults, words, sentences, counted signs, paths, code."""

from __future__ import annotations

import base64
import binascii
import re

from k6ci.secretscan.heuristics.letters import pair_bits, word_share
from k6ci.secretscan.heuristics.vocabulary import VALUES, alternatives
from k6ci.secretscan.patterns import DIGIT, Pattern


def as_written(words: str) -> str:
    """Words as alternatives of a regular expression, in the cases in which people write them: `me`, `Me`, `ME`.

    Random letters of both cases make short words by chance. `~` is an optional sign between two words.
    """
    forms = []
    for word in words.split():
        small = "~".join(f"[{part[0]}{part[0].upper()}]{part[1:]}" for part in word.split("~"))
        forms += [small, word.upper()]
    return "|".join(forms).replace("~", "[-_ ]?")


def _placeholders(key: str) -> str:
    return as_written(alternatives("values", key).replace("|", " "))


# `YOUR_API_TOKEN`, `insert-token-here`, `my_secret_key`
PLACEHOLDER = Pattern(
    r"(?i)(?<![a-z])(?:your(?:very|super|strong|secure|secret|own|new){0,2}|my|our|the|some|insert|enter|put|add|set"
    r"|replace|paste|fill|use|provide|generate|goes|wrong|incorrect)"
    r"(?:[-_ .]{1,3}(?:own|k6|api|auth|access|cloud|grafana|secret|private|super|strong|secure|real|actual|new|random"
    r"|user|db|test|valid|account|client|personal|here|it|in|with|from))*"
    r"[-_ .]{0,3}(?:tokens?|secrets?|passwords?|pass|passwd|pwd|keys?|credentials?|here|value|apikey)(?![a-z])",
    example="YOUR_API_TOKEN",
)
_PLACEHOLDER_WORDS = Pattern(
    rf"{_placeholders('placeholders')}|(?:{as_written('insert')})[-_ ]|(?:{as_written('your')})[-_]"
    rf"|(?<![A-Za-z])(?:{_placeholders('placeholders at the beginning of a word')})"
    rf"|(?:{_placeholders('placeholders at the end of a word')})(?![A-Za-z])"
    rf"|(?<![A-Za-z])(?:{_placeholders('placeholders alone')})(?![A-Za-z0-9])"
    rf"|[-_ ](?:{_placeholders('placeholders at the end')})$"
    rf"|(?i:(?<![a-z])(?:{alternatives('values', 'possessives')})[-_ .](?:[a-z]{{1,12}}[-_ .])?"
    rf"(?:{alternatives('values', 'possessed')}))"
    r"|(?i:put[-_ ].*here|<[a-z_ -]+>|x{5,}|(?<![a-z0-9])x{3,}(?![a-z0-9]))|\*\*\*|\.\.\.",
    example="change-me",
)
_COUNTED_DEFAULT = Pattern(
    r"(?i)^(?:password|passwd|pass|secret|token|user|admin|root|login)[-_.]?"
    r"(?:0?1(?:2(?:3(?:4(?:5[0-9]{0,5})?)?)?)?|[0-9]|([0-9])\1{2,9})?[!.]?$",
    example="admin1",
)
_COUNTED = Pattern(
    r"^(?:gl[a-z]{1,3}_)?([A-Za-z_\-]{0,40}?)[-_]?(?:01?2?3?4?5?6?7?8?9?|123?4?5?6?7?8?9?0?)(?:abcdef)?$",
    example="token-01234",
)
_CONSTANT = Pattern(r"^[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,20}){1,6}$", example="DB_PASSWORD")
_CAMEL_WORDS = Pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", example="Fill")
_IDENTIFIER = Pattern(
    r"^[A-Za-z_$][\w$]{0,60}(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]{0,60}){1,12}(?:[(\[].*)?$", example="auth.token"
)
_CALL = Pattern(r"^([\w.$:\->]{1,100})\(", example="getToken(")
_CODE = Pattern(
    r"^[\w.$:>\-]{1,60}\(\)|\(\)[.;,]?$|=>|\s(?:&&|\|\|)\s|^(?:function|lambda|new|await|return|if|not)\b"
    r"|^\(?(?:Read|Get|New|Import|ConvertTo|ConvertFrom|Invoke|Join|Select|Out)-[A-Z][A-Za-z]{2,30}\)?$"
    r"|^[\w.$]{1,60}\[['\"\w]+\]|\+\s*['\"]|['\"]\s*\+",
    example="await token()",
)
_PATH = Pattern(
    r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|\\\\)[\w.\-/\\ @+~]*$|^[\w\-./]+\.(?:[a-z]{2,4}|properties)$", example="./token.txt"
)
_SURE_PATH = Pattern(
    r"^HK[A-Z_]{2,30}\\|^~?(?:/[a-z][a-z.\-_]*){2,}/?$|/[^/]*\.(?:png|jpe?g|gif|svg|js|css|json|ya?ml|txt|pem|key|crt"
    r"|cer|pub|p12|jks|html?|md|py|sh)$",
    example="/run/secrets/token",
)
_ENTRY_POINT = Pattern(r"^[a-z_]\w{0,40}(?:\.[a-z_]\w{0,40}){1,6}:[a-z_]\w{0,40}$", example="package.module:main")
_SQL_VARIABLE = Pattern(r"^@{1,2}[A-Za-z_]\w{1,40}@{0,2}$", example="@DbPass1")
_OF_SECRETS = Pattern(r"(?i)pass|pwd|secret|token|key|cred", example="DbPass")
_BASE64 = Pattern(r"^[A-Za-z0-9+/]{10,200}={0,2}$", example="dXNlcm5hbWU6cGFzc3dvcmQK")
_SENTENCE = Pattern(r"[A-Za-z]{2,}[,.;:!?]? +[A-Za-z]{2,}|[^\x00-\x7f].* ", example="Enter the token")
_RUNS = Pattern(r"[a-z]+|[0-9]+", example="abc")
_COUNTER = Pattern(r"[0-9]{1,2}$", example="a1")
_OTHER_SIGN = Pattern(r"[^A-Za-z0-9_\-./: ]", example="!")
_WORD = Pattern(r"[A-Za-z]{3,}", example="abc")
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "0123456789" * 4,
    "0123456789abcdef" * 3,
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdef0123456789" * 2,
    "1234567890abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "9876543210" * 3,
)
_MOST_WORDS = 0.84


def has_placeholder_word(value: str) -> bool:
    """A word that stands for a value: `changeme`, `an-example-token`."""
    return _PLACEHOLDER_WORDS.finds(value)


def is_default(value: str) -> bool:
    """What says "a value goes here" by being nobody's, or by naming what goes there: `aws_secret_access_key`."""
    low = value.lower()
    is_name = "_" in low and VALUES["parts of names"].issuperset(low.split("_"))
    return low in VALUES["defaults"] or is_counted_default(low) or is_name


def is_counted_default(value: str) -> bool:
    """A default with a number behind it: `password`, `admin1`, `secret123`."""
    return _COUNTED_DEFAULT.begins(value)


def is_fill_in(value: str) -> bool:
    """Words that only ask for a value: `another_pw`, `MySuperStrongPassword!`, `Fill_me_in`."""
    if len(DIGIT.findall(value)) > 1:
        return False
    words = {word.lower() for word in _CAMEL_WORDS.findall(value)}
    adjectives = VALUES["fill-in adjectives"]
    return len(words) > 1 and words <= adjectives | VALUES["fill-in words"] and not adjectives.isdisjoint(words)


def is_weak(value: str) -> bool:
    """One of the passwords that everybody knows."""
    return value.lower() in VALUES["weak"]


def is_counted(value: str) -> bool:
    """A name with counted digits behind it, as tests write tokens: `wrong-token-01234`, `glsa_0123456789abcdef`."""
    match = _COUNTED.match(value.strip("\"'"))
    return match is not None and (not match[1] or word_share(match[1]) >= 0.7)  # noqa: PLR2004


def is_constant(value: str) -> bool:
    """The name of a variable: `K6_CLOUD_TOKEN`."""
    return _CONSTANT.begins(value) and word_share(value) >= 0.5  # noqa: PLR2004


def is_sql_variable(value: str) -> bool:
    """A parameter of SQL: `@DbPass1`."""
    return _SQL_VARIABLE.begins(value) and word_share(value) >= 0.5 and _OF_SECRETS.finds(value)  # noqa: PLR2004


def is_call(value: str) -> bool:
    """An expression: `getToken(`, `a + "b"`, `headers["key"]`."""
    call = _CALL.match(value)
    if call and (word_share(call[1]) >= 0.5 or value[call.end() : call.end() + 1] in "\"')"):  # noqa: PLR2004
        return True
    return _CODE.finds(value)


def is_path(value: str) -> bool:
    """Where a file is: `/run/secrets/token`, `certs/server.key`."""
    return _SURE_PATH.finds(value) or (_PATH.begins(value) and word_share(value) >= 0.35)  # noqa: PLR2004


def is_entry_point(value: str) -> bool:
    """Where a function is: `package.module:main`."""
    return _ENTRY_POINT.begins(value) and word_share(value) >= 0.5  # noqa: PLR2004


def is_identifier(value: str) -> bool:
    """A name of something: `auth.token`, `user.getPassword()`."""
    if not _IDENTIFIER.begins(value):
        return False
    # A JWT or a random value with dots is no name: names are made of words.
    return all(len(part) <= 40 and word_share(part) >= 0.5 for part in re.split(r"[.\->:?]+", value) if len(part) > 3)  # noqa: PLR2004


def is_repetitive(value: str) -> bool:
    """A handful of symbols over and over: `xxxxxxxx`, `0000`, `ababab`."""
    body = value.lower()
    if re.fullmatch(r"(?:([0-9a-z])\1{2,}[^0-9a-z]?)+", body):
        return True  # `aaaaaaaa-bbbb-cccc`
    return len(set(body)) <= max(2, min(6, len(body) // 8)) if len(body) > 3 else len(set(body)) == 1  # noqa: PLR2004


def is_sequence(value: str) -> bool:
    """Letters or digits in the order in which they are typed or counted, alone or joined: `abcdef123456`."""
    parts = _RUNS.findall(value.lower())
    body = "".join(parts)
    if len(body) < 4:  # noqa: PLR2004 - too short to be an order
        return False
    wanted = parts if min(map(len, parts)) >= 3 else [body]  # noqa: PLR2004
    return all(any(part in order for order in _SEQUENCES) for part in wanted) or any(body in one for one in _SEQUENCES)


def is_words(value: str) -> bool:
    """A name made of words and signs only: `my-secret-name`, `accessToken`, `api_key_secret`."""
    body = _COUNTER.sub("", value)
    # No more digits than a version has.
    if len(DIGIT.findall(body)) > 2 or _OTHER_SIGN.search(body):  # noqa: PLR2004
        return False
    # Words of one or two letters say nothing either way.
    letters = sum(map(len, _WORD.findall(body)))
    if not letters or (body.isalpha() and pair_bits(body) >= 4.9):  # noqa: PLR2004
        return False
    return word_share(body) * len(body) / letters >= _MOST_WORDS


def is_encoded_example(value: str) -> bool:
    """Base64 of `user:password` as manuals show it, or of what stands for a password."""
    if not _BASE64.match(value):
        return False
    try:
        user, colon, password = base64.b64decode(value + "=" * (-len(value) % 4)).decode("ascii").strip().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    if colon and user:
        return is_default(password) or has_placeholder_word(password)
    return user.isascii() and user.isprintable() and (has_placeholder_word(user) or is_counted_default(user))


def is_prose(value: str) -> bool:
    """A sentence: at least two words with a space between them, and words for the most part."""
    return " " in value and _SENTENCE.finds(value) and word_share(value) >= 0.4  # noqa: PLR2004
