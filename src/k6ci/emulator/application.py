"""All routes as one ASGI application. Every error becomes an error document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from k6ci.emulator import control, tail
from k6ci.emulator.http_error import HttpError, error_body
from k6ci.emulator.json_documents import FiniteJSONResponse
from k6ci.emulator.middleware import RequestMiddleware, error_response
from k6ci.emulator.routes import (
    authorization,
    labels,
    legacy,
    legacy_local,
    load_tests,
    load_zones,
    metrics,
    projects,
    schedules,
    test_runs,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from k6ci.emulator.authentication import Authenticator
    from k6ci.emulator.connections import Connections
    from k6ci.emulator.services import EmulatorServices

_NOT_ALLOWED = 405
_RESOURCES = (
    authorization,
    labels,
    legacy,
    legacy_local,
    load_tests,
    load_zones,
    metrics,
    projects,
    schedules,
    test_runs,
)


def application(
    services: EmulatorServices, authenticator: Authenticator, connections: Connections
) -> RequestMiddleware:
    """Build the application of one emulated stack."""
    routes: list[BaseRoute] = [route for resource in _RESOURCES for route in resource.routes(services)]
    routes += [*control.routes(services), *tail.routes(services)]
    allowed = _allowed_methods(routes)
    for route in routes:
        if isinstance(route, Route) and route.methods is not None:
            # Starlette adds HEAD to GET; the API declares none.
            route.methods.discard("HEAD")

    async def on_http_error(_: Request, error: Exception) -> Response:
        if not isinstance(error, HttpError):
            raise error
        return error_response(error)

    async def on_routing_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        message = "The method is not allowed here." if error.status_code == _NOT_ALLOWED else "Resource not found."
        route = request.scope.get("route")
        methods = ", ".join(allowed.get(getattr(route, "path", ""), ()))
        headers = {"allow": methods} if error.status_code == _NOT_ALLOWED else None
        return FiniteJSONResponse(error_body(error.status_code, message), error.status_code, headers)

    async def on_unexpected_error(_: Request, __: Exception) -> Response:
        return FiniteJSONResponse(error_body(500, "Unexpected error."), 500)

    app = Starlette(
        routes=routes,
        exception_handlers={HttpError: on_http_error, HTTPException: on_routing_error, Exception: on_unexpected_error},
    )
    app.router.redirect_slashes = False
    return RequestMiddleware(app, services, authenticator, connections)


def _allowed_methods(routes: list[BaseRoute]) -> dict[str, list[str]]:
    """Return the methods of each path, which may have several routes."""
    allowed: dict[str, list[str]] = {}
    for route in routes:
        if isinstance(route, Route):
            allowed.setdefault(route.path, []).extend(sorted((route.methods or set()) - {"HEAD"}))
    return allowed
