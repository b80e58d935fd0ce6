"""Projects, their limits, and the load zones that they may use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from k6ci.emulator.bodies import AllowedList, CreateProject, PatchLimits, PatchProject
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.presentation import show_limits, show_load_zone, show_project
from k6ci.emulator.wire import Listing, json_response, list_response, no_content, path_id, read_json, reject_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.records import Project
    from k6ci.emulator.services import EmulatorServices

_LIST = Listing(filters=("name", "name_search"), order_fields=("created", "name"))
_LIMITS_LIST = Listing(filters=("project_id_in",))
_NAME_LIMIT = 255
_IDS_LIMIT = 30
_ID_DIGITS = 19
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
        return _LIST.page(request, query, found, self._show)

    async def create(self, request: Request) -> Response:
        """Create a project."""
        body = await read_json(request, CreateProject)
        return json_response(self._show(self._state.create_project(body.name)), 201)

    async def one(self, request: Request) -> Response:
        """Show a project."""
        reject_query(request)
        return json_response(self._show(self._project(request)))

    async def rename(self, request: Request) -> Response:
        """Rename a project."""
        project = self._project(request)
        self._state.rename_project(project, (await read_json(request, PatchProject)).name)
        return no_content()

    async def delete(self, request: Request) -> Response:
        """Delete a project with its load tests."""
        reject_query(request)
        self._state.delete_project(self._project(request))
        return no_content()

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

    async def all_limits(self, request: Request) -> Response:
        """List the limits of all projects, or of those in `project_id_in`."""
        query = _LIMITS_LIST.query(request)
        wanted = _ids(query["project_id_in"]) if "project_id_in" in query else None
        found = [project for project in self._state.projects.values() if wanted is None or project.id in wanted]
        return _LIMITS_LIST.page(request, query, found, show_limits)

    async def allowed_load_zones(self, request: Request) -> Response:
        """List the private load zones that a project may use."""
        reject_query(request)
        return self._allowed_load_zones(self._project(request))

    async def put_allowed_load_zones(self, request: Request) -> Response:
        """Replace the private load zones that a project may use."""
        project = self._project(request)
        wanted = {item.id for item in (await read_json(request, AllowedList)).value}
        private = [zone for zone in self._state.load_zones.values() if not zone.is_public]
        unknown = wanted - {zone.id for zone in private}
        if unknown:
            raise HttpError(400, f"Not private load zones: {sorted(unknown)}.", target="value")
        for zone in private:
            others = zone.allowed_project_ids - {project.id}
            allowed = others | {project.id} if zone.id in wanted else others
            self._state.load_zones[zone.id] = replace(zone, allowed_project_ids=allowed)
        return self._allowed_load_zones(project)

    def _allowed_load_zones(self, project: Project) -> Response:
        zones = self._state.load_zones.values()
        return list_response(show_load_zone(zone) for zone in zones if project.id in zone.allowed_project_ids)

    def _show(self, project: Project) -> dict[str, Any]:
        return show_project(project, self._state.label_keys)

    def _project(self, request: Request) -> Project:
        return self._state.project(path_id(request))


def _ids(text: str) -> set[int]:
    parts = [part.strip() for part in text.split(",")] if text else []
    if len(parts) > _IDS_LIMIT or not all(
        part.isascii() and part.removeprefix("-").isdigit() and len(part) <= _ID_DIGITS for part in parts
    ):
        raise HttpError(400, f"At most {_IDS_LIMIT} IDs, separated by commas.", target="project_id_in")
    return {int(part) for part in parts}


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = Projects(services)
    return [
        Route(f"{_PREFIX}/projects", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/projects", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.rename, methods=["PATCH"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/projects/{{id}}/limits", on.limits, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/limits", on.patch_limits, methods=["PATCH"]),
        Route(f"{_PREFIX}/project-limits", on.all_limits, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/allowed_load_zones", on.allowed_load_zones, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/allowed_load_zones", on.put_allowed_load_zones, methods=["PUT"]),
    ]
