"""Who may ask: the bearer token, the stack, and the Host header that keeps other sites' pages out."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from k6ci.emulator.http_error import HttpError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEARER = frozenset({"bearer"})
_ANY_SCHEME = frozenset({"bearer", "token"})
_INT64_DIGITS = 19


def presented_token(headers: Mapping[str, str]) -> str:
    """The credential of the Authorization header, whatever its scheme; empty when there is none."""
    return headers.get("authorization", "").partition(" ")[2].strip()


class Authenticator:
    """Refuses what may not come in; the routes behind it need not ask."""

    def __init__(
        self, *, token: str, stack_id: int, port: int, refused_tokens: Mapping[str, str] | None = None
    ) -> None:
        self._token = token
        self._refused_tokens = refused_tokens or {}
        self._stack_id = stack_id
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    def check_host(self, headers: Mapping[str, str]) -> None:
        """403 for any name but this address's own: a page of the web could have made a name point here."""
        if headers.get("host", "").lower() not in self._hosts:
            raise HttpError(403, "The emulator answers to its own loopback address only.", target="Host")

    def check(self, path: str, headers: Mapping[str, str]) -> None:
        """401 for a wrong or missing token, 403 for a wrong or missing stack.

        REST v6 and the control routes take `Bearer` only, as the OpenAPI document says; the older families also
        `Token`, which their documentation shows. The legacy API refuses in its own words and asks for itself. The
        stack is needed on v6 (not on /auth).
        """
        if path.lstrip("/").startswith(("v1/", "v2/")):
            return
        is_v6 = path.startswith("/cloud/v6/")
        schemes = _BEARER if is_v6 or path.startswith("/_emulator") else _ANY_SCHEME
        scheme = headers.get("authorization", "").partition(" ")[0].lower()
        secret = presented_token(headers)
        if scheme not in schemes or not hmac.compare_digest(secret.encode(), self._token.encode()):
            raise HttpError(401, self._refused_tokens.get(secret, "Invalid token or authentication scheme."))
        is_needed = is_v6 and path != "/cloud/v6/auth"
        stack = headers.get("x-stack-id")
        if stack is None and not is_needed:
            return
        if not (is_needed or path.startswith("/cloud/v5/")):
            return
        if stack is None or not stack.isascii() or not stack.isdigit() or len(stack) > _INT64_DIGITS:
            raise HttpError(403, "A numeric stack id is needed.", target="X-Stack-Id")
        if int(stack) != self._stack_id:
            raise HttpError(403, "The token gives no access to this stack.", target="X-Stack-Id")
