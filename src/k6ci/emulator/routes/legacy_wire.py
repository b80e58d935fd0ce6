"""The formats of the API of k6 before 2.0: its statuses, its errors with integer codes, its references.

Facts: run_status.go and the error reference of grafana/k6 v1.1.0.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from k6ci.emulator.authentication import presented_token
from k6ci.emulator.config import EmulatorConfig
from k6ci.emulator.final_status import CODE_SCRIPT, CODE_TIMEOUT
from k6ci.emulator.http_error import HttpError, not_found
from k6ci.emulator.json_documents import FiniteJSONResponse
from k6ci.emulator.run import Result, Run, Status
from k6ci.emulator.run_scenario import EndedBy

Handler = Callable[[Request], Awaitable[Response]]
Check = Callable[[Request], None]

# k6 appends `/v1` to K6_CLOUD_HOST, which may end with a slash.
_PREFIXES = ("", "/")
_REFERENCE_DIGITS = 18
# The error reference of this API: 1 general, 2 validation, 3 not found, 4 not allowed, 5 not authenticated.
_CODES = {400: 2, 401: 5, 403: 4, 404: 3}
_GENERAL = 1
AUTHENTICATION_FAILED = 6
ARCHIVED = (10, "Archived")
_STATUSES = {
    Status.CREATED.value: (-2, "Created"),
    Status.QUEUED.value: (0, "Queued"),
    Status.INITIALIZING.value: (1, "Initializing"),
    Status.RUNNING.value: (2, "Running"),
    Status.PROCESSING_METRICS.value: (2, "Running"),
    Status.COMPLETED.value: (3, "Finished"),
}
_TIMED_OUT = (4, "Timed out")
_ABORTED = {
    EndedBy.USER: (5, "Aborted (by user)"),
    EndedBy.SYSTEM: (6, "Aborted (by system)"),
    EndedBy.SCRIPT: (7, "Aborted (by script error)"),
    EndedBy.THRESHOLD: (8, "Aborted (by threshold)"),
    EndedBy.LIMIT: (9, "Aborted (by limit)"),
}


def progress_of(run: Run, shown: dict[str, Any], share: float) -> dict[str, Any]:
    """Return the response of `test-progress` for a run that v6 shows like this; share: 0 to 1 of its plan."""
    number, text = _status_of(run, shown)
    is_failed = shown["result"] in (Result.FAILED.value, Result.ERROR.value)
    return progress(number, text, result=int(is_failed), share=share)


def progress(number: int, text: str, *, result: int, share: float) -> dict[str, Any]:
    """Return the response of `test-progress`."""
    return {"run_status_text": text, "run_status": number, "result_status": result, "progress": share}


def _status_of(run: Run, shown: dict[str, Any]) -> tuple[int, str]:
    """Return number and text of the status that a run shows in v6; an unknown status is `Running`."""
    if shown["status"] != Status.ABORTED.value:
        return _STATUSES.get(str(shown["status"]), _STATUSES[Status.RUNNING.value])
    details = shown["status_details"]
    extra = details.get("extra") if isinstance(details, dict) else None
    code = extra.get("code") if isinstance(extra, dict) else None
    if isinstance(extra, dict) and extra.get("by_user"):
        return _ABORTED[EndedBy.USER]
    if shown["result"] == Result.FAILED.value:
        return _ABORTED[EndedBy.THRESHOLD]
    if run.result_reason is not None and run.result_reason.ended_by is not None:
        return _ABORTED[run.result_reason.ended_by]
    if code == CODE_TIMEOUT:
        return _TIMED_OUT
    return _ABORTED[EndedBy.SCRIPT if code == CODE_SCRIPT else EndedBy.SYSTEM]


def reference_of(request: Request) -> int:
    """Return the run ID in the path; 404 when it is not a valid one."""
    text = request.path_params["reference"]
    if not text.isascii() or not text.isdigit() or len(text) > _REFERENCE_DIGITS:
        raise not_found(f"Test run {text[:64]}")
    return int(text)


def token_check(config: EmulatorConfig) -> Check:
    """Return a check: 401 for a wrong or missing token (scheme `Token` or `Bearer`), 403 for another stack."""

    def check(request: Request) -> None:
        secret, stack = presented_token(request.headers), request.headers.get("x-stack-id")
        if not hmac.compare_digest(secret.encode(), (config.token or "").encode()):
            raise HttpError(401, config.refused_tokens.get(secret, "Invalid token."))
        if stack not in (None, str(config.stack_id)):  # sent from k6 1.6 on
            raise HttpError(403, "The token gives no access to this stack.")

    return check


def legacy_error_response(error: HttpError, *, code: int | None = None) -> Response:
    """Return the error document of this API, whose codes are integers."""
    fields = {} if error.target is None else {error.target: [error.message]}
    body = {"code": code or _CODES.get(error.status, _GENERAL), "message": error.message, "field_errors": fields}
    retry = error.retry_after_seconds
    headers = None if retry is None else {"retry-after": str(retry)}
    return FiniteJSONResponse({"error": {**body, "details": {}, "errors": []}}, error.status, headers)


def legacy_routes(method: str, path: str, handler: Handler, check: Check | None) -> list[Route]:
    """Return the routes of a path under both prefixes, with the check of the token and errors in this API's format."""

    async def endpoint(request: Request) -> Response:
        try:
            if check is not None:
                check(request)
            return await handler(request)
        except HttpError as error:
            return legacy_error_response(error)

    return [Route(f"{prefix}{path}", endpoint, methods=[method]) for prefix in _PREFIXES]
