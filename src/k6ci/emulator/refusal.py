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
# The error reference of the legacy API: 2 validation, 3 not found, 4 not allowed, 5 not authenticated, 7 method.
_LEGACY_CODES = {400: 2, 401: 5, 403: 4, 404: 3, 405: 7}
_LEGACY_GENERAL = 1


class Refusal(Exception):  # noqa: N818  (not an error of the program: an answer)
    """Ends the request with `status` and one error; `target` names the offending part of the request.

    `legacy_code` is for the API of k6 before 2.0, which has more than one code for a status.
    """

    def __init__(self, status: int, message: str, *, target: str | None = None, legacy_code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.target = target
        self.legacy_code = legacy_code

    def body(self, path: str) -> dict[str, object]:
        """The JSON document, as the family of that path writes it."""
        return error_body(path, self.status, self.message, target=self.target, legacy_code=self.legacy_code)


def is_legacy(path: str) -> bool:
    """Whether a path is of the API of k6 before 2.0; k6 appends `/v1` to a host that may end in a slash."""
    return path.lstrip("/").startswith("v1/")


def error_body(
    path: str, status: int, message: str, *, target: str | None = None, legacy_code: int | None = None
) -> dict[str, object]:
    """The error document: `code` is a string in REST v6 and v5, an integer in the legacy API."""
    if is_legacy(path):
        number = legacy_code or _LEGACY_CODES.get(status, _LEGACY_GENERAL)
        fields = {} if target is None else {target: [message]}
        return {"error": {"code": number, "message": message, "details": {}, "field_errors": fields, "errors": []}}
    code = _CODES.get(status, "unexpected_error" if status >= _SERVER_ERRORS else "error")
    return {"error": {"code": code, "message": message, "target": target, "details": None}}


def not_found(what: str) -> Refusal:
    """The refusal for a thing that does not exist in this stack."""
    return Refusal(404, f"{what} not found.")
