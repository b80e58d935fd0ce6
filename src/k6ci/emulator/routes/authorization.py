"""GET /cloud/v6/auth: is the token good, and which stack is behind a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.refusal import Refusal
from k6ci.emulator.wire import answer, refuse_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.stage import Stage


def routes(stage: Stage) -> list[Route]:
    """The authorization resource. An unknown or missing stack URL is 403: the document declares no 404 here."""

    async def auth(request: Request) -> Response:
        refuse_query(request)
        url = request.headers.get("x-stack-url", "").rstrip("/").lower()
        if url != stage.config.stack_url:
            raise Refusal(403, "The token gives no access to this stack.", target="X-Stack-Url")
        return answer({"stack_id": stage.config.stack_id, "default_project_id": stage.world.default_project_id})

    return [Route("/cloud/v6/auth", auth, methods=["GET"])]
