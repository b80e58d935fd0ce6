"""What can go wrong with a request, and how a person is told.

CallError
|-- ApiError           the API answered with an error status
|-- NoAnswerError      no (whole) answer: DNS, TLS, refused, cut, timed out
|   |-- NotSentError   no connection, so that the request had no effect
|   `-- CertificateError  the server's certificate was refused
`-- BadAnswerError     a body that cannot be read or is not what the contract says, or about something else
    `-- RedirectError  another address, to which a token does not travel
"""

from __future__ import annotations

import re
from typing import Final

from k6ci.errors import CloudUnreachableError, CredentialsError, K6ciError, NotVisibleError, QuotaError

BAD_REQUEST = 400
UNAUTHORIZED = 401
PAYMENT_REQUIRED = 402
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
TOO_LARGE = 413
UNPROCESSABLE = 422
TOO_MANY = 429
SERVER_ERROR = 500

# How a start is refused at the concurrency limit is not documented: 409 and 429 mean little else, 402 and 403 say so.
_CONCURRENCY_WORDS: Final = re.compile(
    r"concurren|simultaneous|parallel|too many|limit|quota|capacity|in progress|(?:already|is|are) running"
    r"|running tests|active tests|maximum|at (?:the same|a) time|at once",
    re.IGNORECASE,
)


class CallError(Exception):
    """A request that did not end well; `doing` says what it was for, in words that follow 'while'."""

    def __init__(self, doing: str, what: str) -> None:
        super().__init__(f"{what} (while {doing})")
        self.doing = doing
        self.what = what

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed a little later."""
        return True


class NoAnswerError(CallError):
    """The connection failed, was cut, or nothing came in time; the effect may or may not have taken place."""


class NotSentError(NoAnswerError):
    """There was no connection, so that the request reached no server."""


class CertificateError(NotSentError):
    """The server's certificate was refused; a little later it will be the same one."""

    @property
    def is_transient(self) -> bool:
        """Never."""
        return False


class BadAnswerError(CallError):
    """An answer that cannot be read, lacks what the contract requires, or is not about what was asked for."""


class RedirectError(BadAnswerError):
    """The server names another address; a little later it will do so again."""

    @property
    def is_transient(self) -> bool:
        """Never."""
        return False


class ApiError(CallError):
    """An error status; `message` is the API's own, `retry_after` the seconds that it asks for, if any."""

    def __init__(
        self, doing: str, status: int, message: str, *, code: str = "", retry_after: float | None = None
    ) -> None:
        shown = f"{status}/{code}" if code else str(status)
        super().__init__(doing, f"the API answered {shown}: {message}" if message else f"the API answered {shown}")
        self.status = status
        self.message = message
        self.code = code
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """429 and 5xx pass; the rest of 4xx is final."""
        return self.status == TOO_MANY or self.status >= SERVER_ERROR


def is_concurrency_limit(error: ApiError) -> bool:
    """Whether a start was refused because all test slots of the subscription are in use; a later try may succeed."""
    if error.status in (CONFLICT, TOO_MANY):
        return True
    said = f"{error.code} {error.message}"
    return error.status in (PAYMENT_REQUIRED, FORBIDDEN) and _CONCURRENCY_WORDS.search(said) is not None


def explained(error: CallError, origin: str) -> K6ciError:
    """The error for a person, when a request fails for good."""
    if not isinstance(error, ApiError):
        return CloudUnreachableError(
            f"Grafana Cloud k6 at {origin} does not answer as it should: {error}.",
            "Check the network. A proxy belongs into HTTPS_PROXY (and NO_PROXY), a company's own certificates into "
            "SSL_CERT_FILE (or the system's store); k6ci and k6 both read them.",
        )
    if error.status == UNAUTHORIZED:
        return CredentialsError(
            f"The API refused the token: {error}.",
            "Make a new token (Testing & synthetics > Performance > Settings > Access) and store it as K6_CLOUD_TOKEN.",
        )
    is_quota = error.status in (PAYMENT_REQUIRED, CONFLICT, TOO_MANY) or is_concurrency_limit(error)
    if error.status in (FORBIDDEN, NOT_FOUND) and not is_quota:
        return NotVisibleError(
            f"Not found, or the token lacks the permission: {error}.",
            "Check that the token belongs to this stack and that it may use the project.",
        )
    if is_quota:
        return QuotaError(
            f"Subscription limit reached: {error}.",
            "Wait for running tests to end, or raise the limits of the project or the subscription.",
        )
    if error.status == TOO_LARGE:
        return QuotaError(
            f"The archive is too large: {error}.", "Open smaller data files in the script (limit: 100 MB)."
        )
    return CloudUnreachableError(f"Grafana Cloud k6 at {origin} fails: {error}.", "Run again a little later.")
