"""Decides by the name of a variable whether its value is a secret. The only list of such words on the run side.

Names are read word by word (`DB_PASS`, `dbPass`, `db-pass`), so that AUTHOR, TOKENIZER and BYPASS are no secrets.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# Each of these words makes a name secret.
_WORDS: Final = frozenset(
    """
    auth authentication authorization bearer cookie cookies cred creds csrf hmac jwt otp pass passcode passkey pat pin
    private pw pwd salt sas session sessionid sessiontoken signature signing totp xsrf
    """.split()  # noqa: SIM905 -- words are read as words
)
# These do so as a part of a longer word, too: PGPASSWORD, AUTHTOKEN, CLIENTSECRET.
_PARTS: Final = ("apikey", "credential", "passphrase", "password", "passwd", "secret", "token", "accesskey", "authkey")
_ENDINGS: Final = ("pass", "pwd")
_NOT_PARTS: Final = re.compile(r"tokeni[sz]\w*|secretar\w*|bypass|compass|overpass|underpass|surpass|trespass")
# `key` is secret after one of these words.
_KEY_OWNERS: Final = frozenset(
    """
    access account admin aes api app auth aws azure consumer crypt data decryption deploy enc encryption gpg hmac host
    integration jwt license licence master pgp private project rsa secret service shared signing ssh storage
    subscription tls webhook write
    """.split()  # noqa: SIM905 -- words are read as words
)
# The value of such a name contains a secret, whatever word the name ends with.
_ALWAYS: Final = re.compile(r"(?:^|_)(?:dsn|session_id|conn(?:ection)?_?str(?:ing)?|connection_?uri|webhook)(?:_|$)")
# At the end of a name these words say that the value only describes a secret.
_DESCRIPTIONS: Final = frozenset(
    """
    algorithm algo count days dir directory domain enabled endpoint expiration expires expiry field file folder format
    header host hours id ids interval issuer kind length level lifetime limit method mode name names minutes path
    policy port prefix provider realm region retries rounds scope scopes seconds server size strategy suffix timeout
    ttl type types uri url urls user username version
    """.split()  # noqa: SIM905 -- words are read as words
)
_SHELL: Final = ("pwd", "oldpwd")


def looks_secret(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    words = [word.lower() for word in _WORD.findall(name)]
    plain = "_".join(words)
    if plain in _SHELL:
        return False
    if _ALWAYS.search(plain):
        return True
    if not words or words[-1] in _DESCRIPTIONS:
        return False
    return any(map(_is_secret_word, words)) or _names_a_key(words)


def secrets_in(name: str, value: str) -> list[str]:
    """What of a variable must not be shown: its value, and the password in a value that is a URL."""
    password = _password_of(value)
    if password is None:
        return [value] if looks_secret(name) else []
    return list(dict.fromkeys((value, password, urllib.parse.unquote(password))))


def _is_secret_word(word: str) -> bool:
    if _NOT_PARTS.fullmatch(word):
        return False
    return word in _WORDS or word.endswith(_ENDINGS) or any(part in word for part in _PARTS)


def _names_a_key(words: list[str]) -> bool:
    """`API_KEY`, `KEY`, `SIGNING_KEYS`; not `SORT_KEY`."""
    for position, word in enumerate(words):
        if word in ("key", "keys") and (len(words) == 1 or (position and words[position - 1] in _KEY_OWNERS)):
            return True
    return False


def _password_of(value: str) -> str | None:
    if "@" not in value or "://" not in value:
        return None
    try:
        return urllib.parse.urlsplit(value.strip()).password or None
    except ValueError:
        return None
