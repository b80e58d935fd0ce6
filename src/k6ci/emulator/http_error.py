"""An error response, raised anywhere below a route, in the error format of REST v6 and v5."""

from __future__ import annotations

_SERVER_ERRORS = 500
_CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "payload_too_large",
    429: "too_many_requests",
}


class HttpError(Exception):
    """Ends the request with an error response.

    Args:
        status: the HTTP status.
        message: the reason, for people.
        target: the part of the request that is wrong; None for the whole.
        retry_after_seconds: the header Retry-After; None for none.
    """

    def __init__(
        self, status: int, message: str, *, target: str | None = None, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.status = status
        self.message = message
        self.target = target

    def body(self) -> dict[str, object]:
        """Return the error document; `code` is a string here, and an integer in the legacy API."""
        return error_body(self.status, self.message, target=self.target)


def error_body(status: int, message: str, *, target: str | None = None) -> dict[str, object]:
    """Return the error document of REST v6 and v5."""
    code = _CODES.get(status, "unexpected_error" if status >= _SERVER_ERRORS else "error")
    return {"error": {"code": code, "message": message, "target": target, "details": None}}


def not_found(what: str) -> HttpError:
    """Return the error 404 for something that does not exist in this stack."""
    return HttpError(404, f"{what} not found.")
