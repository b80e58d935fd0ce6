"""Tokens: their format and kind, how they are shown, and the errors for tokens that are missing or refused.

k6 tokens have no prefix and no published format, so that only impossible shapes are refused; tokens of another kind
are known by their prefix and warned about, because formats may change. No message has the value in it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Final

from k6ci.errors import CredentialsError

SHORTEST_TOKEN: Final = 6
_SETTINGS_PAGE: Final = "Testing & synthetics > Performance > Settings > Access"
_SHOWN_END: Final = 4
_LONG_ENOUGH_TO_SHOW: Final = 20
_TEST_RUN_VARIABLE: Final = "K6_CLOUD_TEST_RUN_TOKEN"
K6_KIND: Final = "personal or stack token (the two look alike; a stack token works in its own stack only)"
_TEST_RUN: Final = "a test-run token, which only a running test may use and which ends with it"
_KINDS: Final = (
    ("glsa_", "a Grafana service account token"),
    ("glc_", "a Grafana Cloud access policy token"),
    ("eyJrIjoi", "an old Grafana API key"),
    ("eyJ", "a JSON web token, such as a test-run token or an identity token of the CI system"),
    ("ghp_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
)


@dataclasses.dataclass(frozen=True)
class CheckedToken:
    """A token of a possible format, and warnings about it."""

    value: str = dataclasses.field(repr=False)
    warnings: tuple[str, ...]


def check_shape(raw: str, source: str) -> CheckedToken:
    """The token without outer white space, and warnings.

    Raises:
        CredentialsError: no k6 token can look like this.
    """
    token = raw.strip().strip("\ufeff").strip()
    warnings = []
    if token != raw:
        warnings.append(f"The token of {source} has white space around it; it was trimmed. Store it without.")
    if problem := _impossible(token):
        raise CredentialsError(
            f"The token of {source} {problem}.",
            f"Store the bare token, as {_SETTINGS_PAGE} shows it: no quotes, no prefix, nothing around it.",
        )
    if (wrong := wrong_kind(token)) is not None:
        warnings.append(
            f"The token of {source} looks like {wrong}; k6 needs a stack token or a personal token of Grafana Cloud k6 "
            f"({_SETTINGS_PAGE})."
        )
    return CheckedToken(token, tuple(warnings))


def wrong_kind(token: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Which other kind of token it is, by its prefix; None when it may be a k6 token."""
    if environ and token == environ.get(_TEST_RUN_VARIABLE, "").strip():
        return _TEST_RUN
    return next((f"{kind} ({prefix}...)" for prefix, kind in _KINDS if token.startswith(prefix)), None)


def shown(token: str) -> str:
    """A token for people: its end, if it is long, and a fingerprint by which two places can be compared."""
    end = token[-_SHOWN_END:] if len(token) >= _LONG_ENOUGH_TO_SHOW else ""
    return f"****{end} (fingerprint {hashlib.sha256(token.encode()).hexdigest()[:8]})"


def missing(empty_source: str | None, places: str, environ: Mapping[str, str], remedy: str) -> CredentialsError:
    """The error for having no token; `places` says where it was looked for."""
    why = f"{empty_source} is set but empty" if empty_source else f"K6_CLOUD_TOKEN is not set{places}"
    hint = f" {_TEST_RUN_VARIABLE} is set, but it is {_TEST_RUN}." if environ.get(_TEST_RUN_VARIABLE) else ""
    return CredentialsError(f"There is no k6 token: {why}.{hint}", remedy)


def refused(error: Exception, source: str, other_kind: str | None) -> CredentialsError:
    """The error for a token that the API does not accept; `other_kind` is what `wrong_kind` says of it."""
    if other_kind is not None:
        return CredentialsError(
            f"The API refused the token of {source}, which looks like {other_kind}: {error}.",
            f"Use a stack token or a personal token of Grafana Cloud k6 ({_SETTINGS_PAGE}).",
        )
    return CredentialsError(
        f"The API refused the token of {source}: {error}.",
        "It is mistyped, was replaced or deleted (k6 tokens do not expire by themselves), or belongs to another "
        f"service. Make a new one ({_SETTINGS_PAGE}) and store it where this one came from.",
    )


def _impossible(token: str) -> str | None:
    """Why a token cannot be one, as the end of a sentence; None when it can."""
    lowered = token.lower()
    checks: tuple[tuple[bool, str], ...] = (
        (not token, "is empty"),
        (token[0:1] in "\"'`" or token[-1:] in "\"'`", "is wrapped in quotes, which would be sent along"),
        (lowered.startswith(("bearer ", "token ")), "starts with a scheme (Bearer, Token) that belongs to the header"),
        (token.startswith(("$", "%")) or "{{" in token, "looks like a variable reference that was not expanded"),
        (set(token) == {"*"}, "consists of asterisks: the masked value was stored"),
        (any(character.isspace() for character in token), "has white space inside"),
        (not (token.isascii() and token.isprintable()), "has characters that no HTTP header carries"),
        (len(token) < SHORTEST_TOKEN, f"has fewer than {SHORTEST_TOKEN} characters"),
    )
    return next((problem for is_so, problem in checks if is_so), None)
