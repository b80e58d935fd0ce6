"""Classify names of secrets: `K6_CLOUD_TOKEN`, `db.password`, `apiKey`, but not `token_ttl` or `forgotPassword`.

Names are read as words, whatever their spelling (camelCase, snake_case, kebab-case, dots).
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from k6ci.secretscan.heuristics.vocabulary import NAMES, alternatives
from k6ci.secretscan.patterns import Pattern

_WORDS = Pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", example="apiKey2")
_GLUED = Pattern(rf"(?:{alternatives('names', 'glued')})$", example="dbpassword")
_GLUED_ABOUT = Pattern(rf"^(?:{alternatives('names', 'not glued')})", example="resetpassword")
_GLUED_SHORT = Pattern(r"^[a-z]{2,12}(?:pass|pw|psk)$|^masterauth$", example="requirepass")
_NO_PASSWORD = Pattern(rf"(?:{alternatives('names', 'no password')})pass$", example="compass")
_OTHER_END = Pattern(alternatives("names", "other ends"), example="k6_influx_token")
# Keys that are sent to every browser, and the names of logs.
_OPEN = Pattern(
    r"(?i)pusher[_\-.]?(?:app[_\-.]?)?key$|vapid[_\-.]?key$|^encryption_?salt$|^social_auth_\w{1,40}_key$"
    r"|^(?:log4j\.)?(?:logger|logging\.level)\.",
    example="pusher_app_key",
)
# `fs.azure.account.key.NAME.blob.core.windows.net`
_OF_AZURE = "azure.account.key."
_EXACT_NAME = Pattern(
    r"(?:^|[_.\-])(?:(?i:jwt|session|cookie|hmac|signing|encryption|csrf)[_.\-](?i:secret(?:[_.\-]key)?|key)|"
    r"(?:AUTH|API|APP|CLIENT|ACCESS|REFRESH|WEBHOOK|INTERNAL|ADMIN|MASTER|SERVER)_(?:SECRET(?:_KEY)?|KEY|TOKEN))$",
    example="APP_JWT_SECRET",
)
_ABOUT_K6 = Pattern(r"(?<![a-z0-9])x?k6|loadimpact", example="k6 cloud")
_FOREIGN_WORDS = frozenset(word for word in NAMES["foreign"] if word.isascii())
# Letters that have no accent to lose.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "Ø": "O", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae"})
_SECRETS = NAMES["password"] | NAMES["token"]
_COMPLETE = _SECRETS | NAMES["about"]
_QUALIFIERS = NAMES["qualifiers"] | NAMES["services"]
_CONSTANT_QUALIFIERS = _QUALIFIERS | NAMES["constant qualifiers"]
_MOST_QUALIFIERS = 2
_OF_KEYS = frozenset({"key", "keys"})
_OF_TOKENS = _OF_KEYS | {"token", "tokens"}


class NameKind(enum.Enum):
    """The kind of secret that a name stands for.

    K6 is the k6 Cloud or Grafana token, PHRASE a secret that people make up, such as the one that signs sessions; a KEY
    is a secret only when its value looks generated.
    """

    __hash__ = object.__hash__  # members are singletons; the hash of their names is ten times slower
    K6 = "k6"
    TOKEN = "token"  # noqa: S105 - a kind, not a token
    PASSWORD = "password"  # noqa: S105 - same
    KEY = "key"
    PHRASE = "phrase"


def words_of(name: str) -> list[str]:
    """The words of a name in lower case; numbers that only count (`PASSWORD_2`) are left out."""
    lowered = name.lower()
    if not name.isascii():
        if any(word in lowered for word in NAMES["foreign"]):
            return ["password"]
        name = without_accents(name)
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return ["password" if word in _FOREIGN_WORDS else word for word in words]


def without_accents(text: str) -> str:
    """Letters of Latin scripts as those of English; all others are left out."""
    import unicodedata  # noqa: PLC0415 - such texts are rare, and the hook starts often

    return unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()


@lru_cache(maxsize=4096)
def kind_of(name: str) -> NameKind | None:
    """The kind of secret that a name stands for, None when it is not the name of a secret."""
    words = _without_qualifiers(words_of(name[-100:]), is_constant=name.isupper())
    if words and words[-1].endswith(("salt", "pepper")):
        return NameKind.KEY
    if not words or words[-1] in NAMES["about"] or _is_open(name):
        return None
    if _begins_with_verb(name, words) or _is_described(words):
        return None
    is_camel = "Pass" in name and "_" not in name
    kind = _kind_of_words(words, is_thing=_is_thing(name, words), is_camel=is_camel)
    kind = NameKind.TOKEN if _OF_AZURE in name.lower() else kind
    if (
        kind in {NameKind.TOKEN, NameKind.KEY, NameKind.PHRASE}
        and is_k6_name(name)
        and (kind is not NameKind.KEY or "key" in words[-1])
    ):
        return NameKind.K6
    return kind


def _without_qualifiers(words: list[str], *, is_constant: bool) -> list[str]:
    """The words up to the one for the secret, when only an environment, a user or a service follows it."""
    allowed = _CONSTANT_QUALIFIERS if is_constant else _QUALIFIERS
    for count in range(1, min(_MOST_QUALIFIERS, len(words) - 1) + 1):
        head, tail = words[:-count], words[-count:]
        is_complete = head[-1] in _COMPLETE or (head[-1] == "key" and len(head) > 1)
        if is_complete and allowed.issuperset(tail) and words[-1] not in _SECRETS:
            return head
    return words


def _is_described(words: list[str]) -> bool:
    """True when the name describes a value that is not secret: `encrypted_password`, `public_key`."""
    if not NAMES["never secret"].isdisjoint(words):
        return True
    if not NAMES["public"].isdisjoint(words) and NAMES["never public"].isdisjoint(words[-1:]):
        return True
    before = words[-2] if len(words) > 1 else ""
    if before in NAMES["public"]:
        return False  # decided above
    return before in NAMES["describing"] and not (before in NAMES["forgery"] and words[-1] in {"secret", "key"})


def is_glued_password(name: str) -> bool:
    """True for `requirepass`, `bindpw` and similar directives, whose value is a password."""
    return _GLUED_SHORT.match(name) is not None and not _NO_PASSWORD.search(name)


def is_exact_name(name: str) -> bool:
    """True when the name can only be that of a secret: `APP_JWT_SECRET`, `_AUTH_KEY`, `session.secret`."""
    return _EXACT_NAME.search(name) is not None


def is_of_service(name: str) -> bool:
    """True when the name contains a service or an owner: `DB_PASSWORD`, `smtpPassword`, `ansible_ssh_pass`."""
    words = words_of(name[-100:])
    return not NAMES["services"].isdisjoint([*words, *(_GLUED.sub("", word) for word in words)])


@lru_cache(maxsize=4096)
def is_named_after(name: str, value: str) -> bool:
    """True when the value only repeats the name: `password: db-password`, `API_KEY=my_api_key_1`."""
    words = [word for word in words_of(name[-100:]) if len(word) > 2]  # noqa: PLR2004 - too short to say anything
    low = value.lower()
    last = words[-1] if words else ""
    if last not in low and not (last in NAMES["password"] and re.search(r"pass|pwd", low)):
        return False
    counted = re.sub(r"[-_ ][0-9]{1,2}$", "", value) if last else value
    if not re.search(r"[0-9]", counted) and re.fullmatch(r"[\w\-./: ]+", value):
        return True
    own = map(re.escape, sorted(words, key=len, reverse=True))
    rest = re.sub("|".join([*own, alternatives("names", "fillers")]), "", low)
    return len(re.sub(r"[^a-z]", "", rest)) <= 2 and re.sub(r"[^0-9]", "", rest) in {"", "1", "2", "123", "1234"}  # noqa: PLR2004


def is_k6_name(name: str) -> bool:
    """True for names of k6 Cloud or Grafana: `K6_CLOUD_TOKEN`, `k6ApiToken`, `LOADIMPACT_TOKEN`, `grafana_api_key`."""
    lowered = name.lower()
    return _OTHER_END.search(lowered) is None and any(
        word in lowered for word in ("k6", "loadimpact", "load_impact", "grafana")
    )


def mentions_k6(lowered: str) -> bool:
    """True when a line, in lower case, mentions k6 as a word of its own, not inside a random value."""
    return _ABOUT_K6.search(lowered) is not None


def _is_open(name: str) -> bool:
    return name.lower() in NAMES["upstreams"] or _OPEN.search(name) is not None


def _begins_with_verb(name: str, words: list[str]) -> bool:
    """True for names of actions: `getToken`, `update_password`."""
    return (
        words[0] in NAMES["verbs"] | NAMES["texts"]
        and "_".join(words[-2:]) not in NAMES["pairs of password"]
        and not _is_thing(name, words)
    )


def _is_thing(name: str, words: list[str]) -> bool:
    """True for variables in capitals and for `load test`, where the first word is no verb."""
    return (name.isupper() and (len(words) > 2 or words[0] == "load")) or words[1:2] == ["test"]  # noqa: PLR2004


def _is_no_owner(word: str, *, is_camel: bool) -> bool:
    """True for the steps of a renderer (`beforePass`): a password has an owner (`dbPass`)."""
    return word in NAMES["no pass"] or (is_camel and word != "" and word not in NAMES["services"] | NAMES["owners"])


def _kind_of_words(words: list[str], *, is_thing: bool, is_camel: bool) -> NameKind | None:
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    is_of_data = (before in NAMES["texts"] and not is_thing) or (before in NAMES["of data"] and last in _OF_TOKENS)
    is_of_gnupg = last in _OF_KEYS and NAMES["owned"].isdisjoint(words) and not NAMES["gnupg"].isdisjoint(words)
    if is_of_data or is_of_gnupg or (last == "pass" and _is_no_owner(before, is_camel=is_camel)):
        return None
    glued = _GLUED.search(last)
    is_glued = glued is not None and not _GLUED_ABOUT.match(last)
    if last in NAMES["password"] or is_glued_password(last) or f"{before}_{last}" in NAMES["pairs of password"]:
        return NameKind.PASSWORD
    is_signer = (last == "secret" or (last == "key" and before == "secret")) and not NAMES["signs"].isdisjoint(words)
    if is_signer or (last, before) == ("key", "jwt"):
        return NameKind.PHRASE
    if (
        last in NAMES["token"]
        or f"{before}_{last}" in NAMES["pairs of token"]
        or (last in _OF_KEYS and before in NAMES["key of"])
    ):
        return NameKind.TOKEN
    if glued and is_glued:
        return NameKind.PASSWORD if glued.group().startswith(("pass", "pwd")) else NameKind.TOKEN
    is_weak = last in NAMES["weak"] or (last == "login" and before == "sonar")
    return NameKind.KEY if is_weak or {"token", "secret", "password", "passwd", "apikey"} & set(words) else None
