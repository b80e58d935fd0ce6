"""What can be said about a token without asking the cloud: its shape. No message ever holds the value.

k6 tokens have no prefix and no published format, so that only impossible shapes are refused; tokens of another kind
are known by their prefix and warned about, because formats may change.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from k6ci.errors import CredentialsError

SHORTEST_TOKEN: Final = 6
_SETTINGS_PAGE: Final = "Testing & synthetics > Performance > Settings > Access"
_KINDS: Final = (
    ("glsa_", "a Grafana service account token"),
    ("glc_", "a Grafana Cloud access policy token"),
    ("eyJ", "an old Grafana API key or another JSON token"),
)


@dataclasses.dataclass(frozen=True)
class CheckedToken:
    """A token of possible shape, and what is odd about it."""

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
    for prefix, kind in _KINDS:
        if token.startswith(prefix):
            warnings.append(
                f"The token of {source} looks like {kind} ({prefix}...); k6 needs a stack token or a personal token "
                f"of Grafana Cloud k6 ({_SETTINGS_PAGE})."
            )
    return CheckedToken(token, tuple(warnings))


def _impossible(token: str) -> str | None:
    """Why a token cannot be one, as the end of a sentence; None when it can."""
    lowered = token.lower()
    checks: tuple[tuple[bool, str], ...] = (
        (not token, "is empty"),
        (token[0:1] in "\"'`" or token[-1:] in "\"'`", "is wrapped in quotes, which would be sent along"),
        (lowered.startswith(("bearer ", "token ")), "starts with a scheme (Bearer, Token) that belongs to the header"),
        (token.startswith(("$", "%")) or "{{" in token, "is a variable that nothing has expanded"),
        (set(token) == {"*"}, "consists of asterisks: somebody stored the masked value"),
        (any(character.isspace() for character in token), "has white space inside"),
        (not (token.isascii() and token.isprintable()), "has characters that no HTTP header carries"),
        (len(token) < SHORTEST_TOKEN, f"has fewer than {SHORTEST_TOKEN} characters"),
    )
    return next((problem for is_so, problem in checks if is_so), None)
