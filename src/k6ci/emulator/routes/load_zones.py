"""Load zones. Every run is executed on this machine, whatever load zone it names.

The OpenAPI document has no request that creates a private load zone; operators of private load generators use
`/cloud-resources/v1/load-zones`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.routing import Route

from k6ci.emulator.bodies import AllowedList, Body
from k6ci.emulator.http_error import HttpError, not_found
from k6ci.emulator.presentation import show_load_zone
from k6ci.emulator.records import LoadZone
from k6ci.emulator.wire import json_response, list_response, path_id, query_of, read_json, reject_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.services import EmulatorServices

_PREFIX = "/cloud/v6/load_zones"
_RESOURCES = "/cloud-resources/v1/load-zones"


class RegisterLoadZone(Body):
    """POST /cloud-resources/v1/load-zones."""

    k6_load_zone_id: Annotated[str, Field(min_length=1, max_length=255)]
    provider_id: str
    config: dict[str, Any] = Field(default_factory=dict)


class LoadZones:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._state = services.state

    async def all(self, request: Request) -> Response:
        """List the load zones, or the one with the given `k6_load_zone_id`."""
        name = query_of(request, "k6_load_zone_id").get("k6_load_zone_id")
        zones = self._state.load_zones.values()
        return list_response(show_load_zone(zone) for zone in zones if name in {None, zone.k6_load_zone_id})

    async def allowed_projects(self, request: Request) -> Response:
        """List the projects that may use a private load zone."""
        reject_query(request)
        return self._allowed_projects(self._zone(request))

    async def put_allowed_projects(self, request: Request) -> Response:
        """Replace the projects that may use a private load zone; 403 for a public one."""
        zone = self._zone(request)
        wanted = frozenset(item.id for item in (await read_json(request, AllowedList)).value)
        unknown = wanted - self._state.projects.keys()
        if zone.is_public:
            raise HttpError(403, "All projects may use a public load zone.")
        if unknown:
            raise HttpError(400, f"Projects not found: {sorted(unknown)}.", target="value")
        self._state.load_zones[zone.id] = replace(zone, allowed_project_ids=wanted)
        return self._allowed_projects(self._state.load_zones[zone.id])

    async def register(self, request: Request) -> Response:
        """Create a private load zone; 409 when its name exists."""
        body = await read_json(request, RegisterLoadZone)
        name, image = body.k6_load_zone_id, body.config.get("load_runner_image")
        if any(zone.k6_load_zone_id == name for zone in self._state.load_zones.values()):
            raise HttpError(409, "The load zone exists.", target="k6_load_zone_id")
        zone_id = self._state.next_id("load_zone")
        zone = LoadZone(zone_id, name, name, is_public=False, load_runner_image=image and str(image))
        self._state.load_zones[zone_id] = zone
        return json_response({"id": zone_id, "k6_load_zone_id": name, "provider_id": body.provider_id})

    async def unregister(self, request: Request) -> Response:
        """Delete a private load zone."""
        name = request.path_params["name"]
        zones = self._state.load_zones
        found = next((zone for zone in zones.values() if zone.k6_load_zone_id == name and not zone.is_public), None)
        if found is None:
            raise not_found("Load zone")
        del zones[found.id]
        return json_response({"k6_load_zone_id": name})

    def _allowed_projects(self, zone: LoadZone) -> Response:
        projects = self._state.projects.values()
        return list_response({"id": one.id, "name": one.name} for one in projects if one.id in zone.allowed_project_ids)

    def _zone(self, request: Request) -> LoadZone:
        zone = self._state.load_zones.get(path_id(request))
        if zone is None:
            raise not_found("Load zone")
        return zone


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = LoadZones(services)
    return [
        Route(_PREFIX, on.all, methods=["GET"]),
        Route(f"{_PREFIX}/{{id}}/allowed_projects", on.allowed_projects, methods=["GET"]),
        Route(f"{_PREFIX}/{{id}}/allowed_projects", on.put_allowed_projects, methods=["PUT"]),
        Route(_RESOURCES, on.register, methods=["POST"]),
        Route(f"{_RESOURCES}/{{name}}", on.unregister, methods=["DELETE"]),
    ]
