"""Files that hold passwords by what they are: `.pgpass`, `.netrc`, `.htpasswd`, `shadow`, FileZilla's sites.

Their lines have places for secrets and no names before them.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Iterator, Sequence

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.inputs.file_types import is_credential_file
from k6ci.secretscan.patterns import Pattern

_PGPASS = Pattern(
    r"^#?\s?[\w.*\-/]{1,200}:(?:\d{1,5}|\*):[^:\n]{1,200}:[^:\n]{1,200}:(?P<value>(?:[^\\\n]|\\.){3,200})$"
)
_NETRC = Pattern(r"(?:^|\s)password\s{1,20}(?P<value>[^\s]{3,200})")
_PPP = Pattern(r"^[^\s#]{1,80}\s{1,20}\S{1,80}\s{1,20}\"?(?P<value>[^\s\"]{3,200})")
_IPSEC = Pattern(r"\b(?:PSK|XAUTH|EAP|NTLM)\s{1,20}\"(?P<value>[^\"\n]{3,200})\"")
_SASL = Pattern(r"^\[?[\w.\-]{3,100}\]?(?::\d{1,5})?\s{1,20}[\w.@\-]{1,80}:(?P<value>[^\s]{3,200})$")
# What a list of words breaks in an afternoon: MD5, SHA-1 and the old crypt; the slow ones are no passwords either.
_HASHED = Pattern(
    r"^[\w.@\-]{1,64}:(?P<value>\$(?:apr1|1|5|6|y|2[abxy])\$[^\s:]{8,200}|\{SHA\}[A-Za-z0-9+/=]{28}|"
    r"[A-Za-z0-9./]{13})(?::|$)"
)
_LDIF = Pattern(r"^userPassword::\s{0,4}(?P<value>[A-Za-z0-9+/=]{4,300})$")
_PLAIN = Pattern(r"^#?[\w.@\-]{1,64}:\{(?:PLAIN|CLEAR|CLEARTEXT)\}(?P<value>[^\s:]{4,200})(?::|$)")
_POOLED = Pattern(r"^\"[^\"\n]{1,64}\"\s{1,20}\"(?!md5[0-9a-f]{32}|SCRAM-)(?P<value>[^\"\n]{4,200})\"")
_ENCODED = Pattern(r"<Pass encoding=\"base64\">(?P<value>[A-Za-z0-9+/=]{4,300})</Pass>")
_KINDS: tuple[tuple[Pattern, Pattern, str], ...] = tuple(
    (Pattern(name), pattern, what)
    for name, pattern, what in (
        (r"^\.?pgpass", _PGPASS, "the last field of a `.pgpass` line is a password"),
        (r"^[._]?netrc|authinfo", _NETRC, "a `.netrc` entry with a password"),
        (r"(?:ch|p)ap-secrets", _PPP, "a PPP secret"),
        (r"ipsec\.secrets", _IPSEC, "an IPsec shared secret"),
        (r"sasl_passw", _SASL, "the login of a mail relay"),
        (
            r"(?:htpasswd|shadow|passwd|proftpd)[\w.\-]{0,20}$|\.htp",
            _HASHED,
            "a password hash that can be cracked offline",
        ),
        (r"(?:htpasswd|passwd)[\w.\-]{0,20}$|\.htp", _PLAIN, "a password in plain text"),
        (r"^userlist\.txt$", _POOLED, "a password in PgBouncer's user list"),
        (r"\.ldif$", _LDIF, "a base64-encoded password"),
        (r"\.xml$", _ENCODED, "a base64-encoded password"),
    )
)


def find(path: str, lines: Sequence[str]) -> Iterator[Candidate]:
    """The secrets of a file that is made of them, on all of its lines."""
    if not is_credential_file(path):
        return
    name = os.path.basename(path).lower()
    for names, pattern, what in _KINDS:
        if not names.search(name):
            continue
        is_secret_there = _OF[pattern]
        for number, line in enumerate(lines, 1):
            match = pattern.search(line[:1_000])
            if match and is_secret_there(match["value"]):
                yield Candidate(number, match.start("value") + 1, match["value"], "assigned-password", what)


def _is_password(value: str) -> bool:
    return is_secret(value, NameKind.PASSWORD, Confidence.LOGIN)


def _is_encoded(value: str) -> bool:
    try:
        return _is_password(base64.b64decode(value, validate=True).decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False


def _is_hash(value: str) -> bool:
    return value[0] in "${" or (any(map(str.isdigit, value)) and value.lower() != value)


_OF: dict[Pattern, Callable[[str], bool]] = {
    _PGPASS: _is_password,
    _NETRC: _is_password,
    _SASL: _is_password,
    _POOLED: _is_password,
    _PLAIN: _is_password,
    _PPP: _is_password,
    _IPSEC: _is_password,
    _HASHED: _is_hash,
    _ENCODED: _is_encoded,
    _LDIF: _is_encoded,
}
