"""The secrets that a command knows before it starts: inputs, variables of the script, and misplaced tokens."""

from __future__ import annotations

import contextlib
import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from k6ci.commands.argv_secrets import argv_secrets, secret_values, words_of
from k6ci.k6.flags import variables_in
from k6ci.platforms.facts import Platform
from k6ci.redaction import Redactor
from k6ci.settings.catalogue import BY_NAME, INPUTS
from k6ci.settings.parse import parse

# A value that consists of one token-like word; and tokens with a known prefix, anywhere in a value.
_LIKE_A_TOKEN: Final = re.compile(r"\s*([0-9A-Za-z_+/-]{30,}={0,2})\s*")
_KNOWN_SHAPE: Final = re.compile(r"gl(?:sa|c)_[\w+/=-]{8,}|eyJ[\w-]{5,}\.[\w.=-]{5,}")
_SHOWN: Final = (
    *("K6_", "K6CI_", "GRAFANA_", "SSL_CERT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("GITHUB_REF", "GITHUB_ACTOR", "GITHUB_REPOSITORY", "CI_COMMIT_REF", "CI_PROJECT_PATH"),
)


def known_secrets(platform: Platform, redactor: Redactor, argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The values that the platform is told to hide; the redactor is told more, such as tokens in the wrong place."""
    typed = argv_secrets(argv)
    secrets = [environ[name] for entry in INPUTS if entry.secret for name in entry.environment_names if name in environ]
    secrets += [*typed.variables, *secret_values(_script_variables(environ))]
    others = [*typed.misplaced, *misplaced_secrets(environ)]
    for value in [*secrets, *others, *(environ.get(name, "") for name in platform.secret_variables)]:
        redactor.add(value)
    return [value.strip() for value in secrets]


def _script_variables(environ: Mapping[str, str]) -> list[str]:
    """NAME=value of K6CI_ENV and of `-e` in K6CI_FLAGS."""
    env, flags = (environ.get(BY_NAME[name].environment_names[0], "") for name in ("env", "flags"))
    found = list(variables_in(words_of(flags)))
    with contextlib.suppress(ValueError):  # malformed: reported when it is parsed
        found += parse(BY_NAME["env"], env)
    return found


def misplaced_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Tokens and passwords in variables whose values k6ci shows."""
    for name, value in environ.items():
        if name.upper().endswith("_PROXY"):
            yield from proxy_credentials(value)
        if name.upper().startswith(_SHOWN) and not name.upper().endswith("_SHA256"):
            whole = _LIKE_A_TOKEN.fullmatch(value)
            yield from [whole[1]] if whole and "/" not in value.strip("/") else []
            yield from _KNOWN_SHAPE.findall(value)


def proxy_credentials(address: str) -> Iterator[str]:
    """User and password of a proxy's URL, and the password alone, as written and decoded.

    Passwords contain characters that are invalid in a URL (`/`, `#`, `?`, `@`): everything up to the last `@` counts.
    """
    rest = address.partition("://")[2] if "://" in address else address
    user, at, _ = rest.rpartition("@")
    if at:
        password = user.partition(":")[2]
        yield from (user, password, urllib.parse.unquote(password))
