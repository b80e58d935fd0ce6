"""GET /cloud/v6/auth: checks the token, and returns the IDs of a stack and its default project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.http_error import HttpError
from k6ci.emulator.wire import json_response, reject_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.services import EmulatorServices


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes. An unknown or missing stack URL is 403: the document declares no 404 for this operation."""

    async def auth(request: Request) -> Response:
        reject_query(request)
        url = request.headers.get("x-stack-url", "").rstrip("/").lower()
        if url != services.config.stack_url:
            raise HttpError(403, "The token gives no access to this stack.", target="X-Stack-Url")
        return json_response(
            {"stack_id": services.config.stack_id, "default_project_id": services.state.default_project_id}
        )

    return [Route("/cloud/v6/auth", auth, methods=["GET"])]
