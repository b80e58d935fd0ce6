"""Authentication of requests: the token, the stack, and the Host header against DNS rebinding."""

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
    """Return the credential of the Authorization header, of any scheme; empty when there is none."""
    return headers.get("authorization", "").partition(" ")[2].strip()


class Authenticator:
    """Checks the credentials of every request before it reaches a route."""

    def __init__(
        self, *, token: str, stack_id: int, port: int, refused_tokens: Mapping[str, str] | None = None
    ) -> None:
        self._token = token
        self._refused_tokens = refused_tokens or {}
        self._stack_id = stack_id
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Raise 403 for any host but this address: a web page can make its own name resolve to 127.0.0.1."""
        if headers.get("host", "").lower() not in self._hosts:
            raise HttpError(403, "The Host header must be the loopback address of the emulator.", target="Host")

    def check(self, path: str, headers: Mapping[str, str]) -> None:
        """Raise 401 for a wrong or missing token, 403 for a wrong or missing stack.

        REST v6 and the control routes accept the scheme `Bearer` only, as the OpenAPI document says; v5 and the log
        tail also `Token`, as their documentation shows. The legacy API has error documents of its own and checks the
        token itself. X-Stack-Id is required on v6, except on /auth, and for cloud resources.
        """
        if path.lstrip("/").startswith(("v1/", "v2/")):
            return
        is_v6 = path.startswith("/cloud/v6/")
        schemes = _BEARER if is_v6 or path.startswith("/_emulator") else _ANY_SCHEME
        scheme = headers.get("authorization", "").partition(" ")[0].lower()
        secret = presented_token(headers)
        if scheme not in schemes or not hmac.compare_digest(secret.encode(), self._token.encode()):
            raise HttpError(401, self._refused_tokens.get(secret, "Invalid token or authentication scheme."))
        is_required = (is_v6 and path != "/cloud/v6/auth") or path.startswith("/cloud-resources/")
        stack = headers.get("x-stack-id")
        if stack is None and not is_required:
            return
        if not (is_required or path.startswith("/cloud/v5/")):
            return
        if stack is None or not stack.isascii() or not stack.isdigit() or len(stack) > _INT64_DIGITS:
            raise HttpError(403, "X-Stack-Id must be a number.", target="X-Stack-Id")
        if int(stack) != self._stack_id:
            raise HttpError(403, "The token gives no access to this stack.", target="X-Stack-Id")
