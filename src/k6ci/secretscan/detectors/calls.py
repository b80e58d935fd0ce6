"""Credentials given as arguments: `login("user", "…")`, `setPassword("…")`, `auth=("user", "…")`; see `positions.ini`.

What comes there is a password by its position, so a word is one, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import VALUE, words

TRIGGERS = (
    words(
        "passw login( auth credential signin sign_in userpass userpwd identified securestring tochararray jwt secret"
        " api_key",
        VALUE,
    ),
    words(
        "mysqli( connect( pdo( ftp( ftp_tls( signwith( bind( bind_s( sequelize( awscredentials( oauthhandler"
        " buffer.from b64encode( btoa( real_connect( amqpstreamconnection( directoryentry( getconnection( singleton("
        " ->connect( ftp_login( ldap_bind( oauth1",
        rb"[^\n]{8}",
    ),
    words("setpass withpass .pass basic_auth htpasswd omniauth base64 buildconfigfield username_pw", rb"[^\n]{6}"),
)
# What a line must hold at all for any of the rules, in lower case.
_WORDS = (
    "pass auth login signin sign_in credential connect mysqli pdo identified securestring b64 btoa base64 jwt"
    " signwith ftp tochararray bind oauth sequelize userpwd buffer.from"
    " buildconfigfield username_pw sasl mysql_real amqpstream _pw directoryentry"
).split()


def find(context: LineContext) -> Iterator[Candidate]:
    """The credentials that stand as arguments on one line."""
    if context.kind is not FileKind.LABELS and any(word in context.lowered for word in _WORDS):
        yield from positions.find("calls", context)
