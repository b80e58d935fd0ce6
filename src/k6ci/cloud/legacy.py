"""The one call of the legacy API that k6ci makes: an e-mail address and its password for a token."""

from __future__ import annotations

from typing import Final

import pydantic

from k6ci.cloud.failures import FORBIDDEN, UNAUTHORIZED, ApiError, BadAnswerError, CallError, explained
from k6ci.cloud.models import Wire
from k6ci.cloud.transport import Transport
from k6ci.errors import CredentialsError, K6ciError

_DOING: Final = "logging in by e-mail and password"
_GONE: Final = frozenset({404, 405, 410, 501})
_INSTEAD: Final = (
    "Make a token instead (Testing & synthetics > Performance > Settings > Access) and type `k6ci login`; it needs no "
    "password."
)


class _Answer(Wire):
    """Answer of `POST /v1/login`."""

    token: str


async def login(origin: str, email: str, password: str) -> str:
    """The token of an account.

    Args:
        origin: of the legacy API, K6_CLOUD_HOST.
        email: of the account; accounts of single sign-on have no password.
        password: of the account.

    Raises:
        K6ciError: refused, switched off, or no answer; never with the password.
    """
    async with Transport(origin, None) as transport:
        try:
            answer = await transport.json(
                "POST", "/v1/login", doing=_DOING, json={"email": email, "password": password}
            )
            return _Answer.model_validate(answer).token
        except pydantic.ValidationError:
            raise explained(BadAnswerError(_DOING, "the answer holds no token"), origin) from None
        except CallError as error:
            raise _refusal(error, email, origin) from None


def _refusal(error: CallError, email: str, origin: str) -> K6ciError:
    if not isinstance(error, ApiError):
        return explained(error, origin)
    if error.status in _GONE:
        return CredentialsError(f"{origin} no longer takes passwords: {error}.", _INSTEAD)
    if error.status == FORBIDDEN:
        return CredentialsError(
            f"{email} may not log in by password, as users of single sign-on (Google, GitHub, SAML, Grafana Cloud) "
            f"may not: {error}.",
            _INSTEAD,
        )
    if error.status == UNAUTHORIZED or error.status in range(400, 429):
        return CredentialsError(
            f"The e-mail address {email} or its password is wrong, or the account signs in through single sign-on "
            f"and has no password: {error}.",
            _INSTEAD,
        )
    return explained(error, origin)
