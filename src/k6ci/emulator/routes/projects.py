"""Projects, their limits, and the load zones that they may use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.bodies import AllowedList, CreateProject, PatchLimits, PatchProject
from k6ci.emulator.presentation import show_limits, show_project, show_zone
from k6ci.emulator.refusal import Refusal
from k6ci.emulator.wire import Listing, answer, no_content, path_id, read_json, refuse_query, values

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.records import Project
    from k6ci.emulator.stage import Stage

_LIST = Listing(filters=("name", "name_search"), order_fields=("created", "name"))
_LIMITS_LIST = Listing(filters=("project_id_in",))
_NAME_LIMIT = 255
_IDS_LIMIT = 30
_PREFIX = "/cloud/v6"


class Projects:
    """The handlers."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._world = stage.world

    async def all(self, request: Request) -> Response:
        """List projects, by exact name or part of it."""
        query = _LIST.query(request)
        for name in ("name", "name_search"):
            if len(query.get(name, "")) > _NAME_LIMIT:
                raise Refusal(400, f"Longer than {_NAME_LIMIT} characters.", target=name)
        part = query.get("name_search", "").lower()
        found = [
            project
            for project in self._world.projects.values()
            if query.get("name", project.name) == project.name and part in project.name.lower()
        ]
        return _LIST.page(request, query, found, lambda project: show_project(project, self._world.label_keys))

    async def create(self, request: Request) -> Response:
        """Create a project."""
        project = self._world.create_project((await read_json(request, CreateProject)).name)
        return answer(show_project(project, self._world.label_keys), 201)

    async def one(self, request: Request) -> Response:
        """Show a project."""
        refuse_query(request)
        return answer(show_project(self._project(request), self._world.label_keys))

    async def rename(self, request: Request) -> Response:
        """Give it another name."""
        project = self._project(request)
        self._world.rename_project(project, (await read_json(request, PatchProject)).name)
        return no_content()

    async def delete(self, request: Request) -> Response:
        """Delete it with everything in it."""
        refuse_query(request)
        self._world.delete_project(self._project(request))
        return no_content()

    async def limits(self, request: Request) -> Response:
        """Show its limits."""
        refuse_query(request)
        return answer(show_limits(self._project(request)))

    async def patch_limits(self, request: Request) -> Response:
        """Change the limits that are named."""
        project = self._project(request)
        body = await read_json(request, PatchLimits, is_optional=True)
        limits = replace(project.limits, **body.model_dump(exclude_unset=True))
        self._world.projects[project.id] = replace(project, limits=limits)
        return no_content()

    async def all_limits(self, request: Request) -> Response:
        """The limits of all projects, or of those named."""
        query = _LIMITS_LIST.query(request)
        wanted = _ids(query["project_id_in"]) if "project_id_in" in query else None
        found = [project for project in self._world.projects.values() if wanted is None or project.id in wanted]
        return _LIMITS_LIST.page(request, query, found, show_limits)

    async def zones(self, request: Request) -> Response:
        """The private load zones that the project may use."""
        refuse_query(request)
        return self._zones_of(self._project(request))

    async def put_zones(self, request: Request) -> Response:
        """Say which private load zones it may use."""
        project = self._project(request)
        wanted = {item.id for item in (await read_json(request, AllowedList)).value}
        private = {zone.id for zone in self._world.zones.values() if not zone.is_public}
        if wanted - private:
            raise Refusal(400, f"Not private load zones: {sorted(wanted - private)}.", target="value")
        for zone_id in private:
            zone = self._world.zones[zone_id]
            others = zone.allowed_project_ids - {project.id}
            allowed = others | {project.id} if zone_id in wanted else others
            self._world.zones[zone_id] = replace(zone, allowed_project_ids=allowed)
        return self._zones_of(project)

    def _zones_of(self, project: Project) -> Response:
        return values(show_zone(z) for z in self._world.zones.values() if project.id in z.allowed_project_ids)

    def _project(self, request: Request) -> Project:
        return self._world.project(path_id(request))


def _ids(text: str) -> set[int]:
    parts = text.split(",") if text else []
    if len(parts) > _IDS_LIMIT or not all(p.strip().lstrip("-").isdecimal() and len(p) < _IDS_LIMIT for p in parts):
        raise Refusal(400, f"At most {_IDS_LIMIT} ids, separated by commas.", target="project_id_in")
    return {int(part) for part in parts}


def routes(stage: Stage) -> list[Route]:
    """The project resource."""
    on = Projects(stage)
    return [
        Route(f"{_PREFIX}/projects", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/projects", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.rename, methods=["PATCH"]),
        Route(f"{_PREFIX}/projects/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/projects/{{id}}/limits", on.limits, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/limits", on.patch_limits, methods=["PATCH"]),
        Route(f"{_PREFIX}/project-limits", on.all_limits, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/allowed_load_zones", on.zones, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/allowed_load_zones", on.put_zones, methods=["PUT"]),
    ]
