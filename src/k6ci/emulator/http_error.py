"""An answer that says no, in the error shape of the API; raised anywhere below a route."""

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
    """Ends the request with `status` and one error; `target` names the offending part of the request.

    `retry_after_seconds` becomes the header.
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
        """The JSON document: `code` is a string in this API (an integer in the legacy one)."""
        return error_body(self.status, self.message, target=self.target)


def error_body(status: int, message: str, *, target: str | None = None) -> dict[str, object]:
    """The error document of REST v6 and v5."""
    code = _CODES.get(status, "unexpected_error" if status >= _SERVER_ERRORS else "error")
    return {"error": {"code": code, "message": message, "target": target, "details": None}}


def not_found(what: str) -> HttpError:
    """The error for a thing that does not exist in this stack."""
    return HttpError(404, f"{what} not found.")
