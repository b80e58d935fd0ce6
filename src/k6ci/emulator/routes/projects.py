"""Projects and their limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.bodies import PatchLimits
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.presentation import show_limits, show_project
from k6ci.emulator.wire import Listing, json_response, no_content, path_id, read_json, reject_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.records import Project
    from k6ci.emulator.services import EmulatorServices

_LIST = Listing(filters=("name", "name_search"), order_fields=("created", "name"))
_NAME_LIMIT = 255
_PREFIX = "/cloud/v6"


class Projects:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def all(self, request: Request) -> Response:
        """List the projects, optionally by exact name or a part of it."""
        query = _LIST.query(request)
        for name in ("name", "name_search"):
            if len(query.get(name, "")) > _NAME_LIMIT:
                raise HttpError(400, f"Longer than {_NAME_LIMIT} characters.", target=name)
        part = query.get("name_search", "").lower()
        found = [
            project
            for project in self._state.projects.values()
            if query.get("name", project.name) == project.name and part in project.name.lower()
        ]
        return _LIST.page(request, query, found, show_project)

    async def one(self, request: Request) -> Response:
        """Show a project."""
        reject_query(request)
        return json_response(show_project(self._project(request)))

    async def limits(self, request: Request) -> Response:
        """Show the limits of a project."""
        reject_query(request)
        return json_response(show_limits(self._project(request)))

    async def patch_limits(self, request: Request) -> Response:
        """Change the given limits of a project."""
        project = self._project(request)
        body = await read_json(request, PatchLimits, is_optional=True)
        limits = replace(project.limits, **body.model_dump(exclude_unset=True))
        self._state.projects[project.id] = replace(project, limits=limits)
        return no_content()

    def _project(self, request: Request) -> Project:
        return self._state.project(path_id(request))


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = Projects(services)
    return [
        Route(f"{_PREFIX}/projects", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/limits", on.limits, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/limits", on.patch_limits, methods=["PATCH"]),
    ]
