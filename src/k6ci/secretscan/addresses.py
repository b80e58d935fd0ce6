"""Secrets in URLs: `scheme://user:password@host` and `?token=…`, also in `k6 run --out influxdb=http://…`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from k6ci.secretscan.candidates import Candidate
from k6ci.secretscan.lookalikes import lookalike_of
from k6ci.secretscan.names import NameKind, kind_of
from k6ci.secretscan.values import is_generated, is_secret

_USERINFO = re.compile(
    r"\b[A-Za-z][A-Za-z0-9+.\-]{1,30}://(?P<user>[^\s:/?#@\"'<>`\[\]]{0,100}):(?P<password>[^\s/?#\"'<>`\[\]]{1,200"
    r"})@(?P<host>[^\s/:?#\"'<>`,;)]{0,200})"
)
_TOKEN_USER = re.compile(r"\bhttps?://(?P<user>[A-Za-z0-9_\-]{20,200})@[\w.\-]{3,200}")
_QUERY = re.compile(r"[?&](?:amp;)?(?P<name>[A-Za-z_][\w\-.]{0,40})=(?P<value>[^\s&\"'<>`#\\)]{8,400})")
_EXAMPLE_HOST = re.compile(
    r"(?i)(?:^|\.)(?:example|test|invalid)(?:\.(?:com|org|net|edu))?$|^(?:host|hostname|server|domain|ip)$|^<|^\{"
)


def find(line: str, number: int) -> Iterator[Candidate]:
    """The credentials that URLs on this line carry."""
    if "://" not in line and "?" not in line and "&" not in line:
        return
    for match in _USERINFO.finditer(line):
        password = unquote(match["password"])
        if not _EXAMPLE_HOST.search(match["host"]) and is_secret(password, NameKind.PASSWORD, is_config=True):
            yield _candidate(number, match.start("password"), match["password"])
    for match in _TOKEN_USER.finditer(line):
        if is_generated(match["user"], shortest=20) and lookalike_of(match["user"]) is None:
            yield _candidate(number, match.start("user"), match["user"])
    for match in _QUERY.finditer(line):
        kind = (
            NameKind.TOKEN
            if match["name"].lower() in {"key", "sig", "signature", "auth", "code"}
            else kind_of(match["name"])
        )
        if (
            kind is not None
            and is_generated(match["value"], shortest=16)
            and is_secret(match["value"], kind, is_config=True)
        ):
            yield _candidate(number, match.start("value"), match["value"])


def _candidate(number: int, start: int, value: str) -> Candidate:
    return Candidate(number, start + 1, value, "credential-url", "the URL carries a credential")
