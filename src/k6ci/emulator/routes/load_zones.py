"""Load zones, and the side door through which private ones come into being (cloud-resources, not in the document)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.routing import Route

from k6ci.emulator.bodies import AllowedList, Body
from k6ci.emulator.presentation import show_zone
from k6ci.emulator.records import LoadZone
from k6ci.emulator.refusal import Refusal, not_found
from k6ci.emulator.wire import answer, path_id, query_of, read_json, refuse_query, values

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.stage import Stage

_PREFIX = "/cloud/v6/load_zones"
_RESOURCES = "/cloud-resources/v1/load-zones"


class RegisterZone(Body):
    """What an operator sends to register a private load zone (seen in the former end-to-end suite of Grafana's SDK)."""

    k6_load_zone_id: Annotated[str, Field(min_length=1, max_length=255)]
    provider_id: str
    pod_tiers: dict[str, Any] = Field(default_factory=dict)
    config: dict[str, Any] = Field(default_factory=dict)


class LoadZones:
    """The handlers."""

    def __init__(self, stage: Stage) -> None:
        self._world = stage.world

    async def all(self, request: Request) -> Response:
        """List the zones, or the one with that id of scripts."""
        wanted = query_of(request, "k6_load_zone_id").get("k6_load_zone_id")
        return values(show_zone(z) for z in self._world.zones.values() if wanted in {None, z.k6_load_zone_id})

    async def projects(self, request: Request) -> Response:
        """The projects that may use a zone."""
        refuse_query(request)
        return self._projects_of(self._zone(request))

    async def put_projects(self, request: Request) -> Response:
        """Say which projects may use a private zone."""
        zone = self._zone(request)
        wanted = frozenset(item.id for item in (await read_json(request, AllowedList)).value)
        if zone.is_public:
            raise Refusal(403, "A public load zone is open to all projects.")
        if wanted - self._world.projects.keys():
            raise Refusal(400, f"No such projects: {sorted(wanted - self._world.projects.keys())}.", target="value")
        self._world.zones[zone.id] = replace(zone, allowed_project_ids=wanted)
        return self._projects_of(self._world.zones[zone.id])

    async def register(self, request: Request) -> Response:
        """Register a private zone."""
        body = await read_json(request, RegisterZone)
        name = body.k6_load_zone_id
        if any(zone.k6_load_zone_id == name for zone in self._world.zones.values()):
            raise Refusal(409, "The load zone exists.", target="k6_load_zone_id")
        image = body.config.get("load_runner_image")
        zone = LoadZone(
            self._world.next_id("zone"), name, name, is_public=False, load_runner_image=image and str(image)
        )
        self._world.zones[zone.id] = zone
        return answer({"id": zone.id, "k6_load_zone_id": name, "provider_id": body.provider_id})

    async def unregister(self, request: Request) -> Response:
        """Remove a private zone."""
        name = request.path_params["name"]
        for zone in self._world.zones.values():
            if zone.k6_load_zone_id == name and not zone.is_public:
                del self._world.zones[zone.id]
                return answer({"k6_load_zone_id": name})
        raise not_found("Load zone")

    def _projects_of(self, zone: LoadZone) -> Response:
        projects = self._world.projects.values()
        return values({"id": p.id, "name": p.name} for p in projects if p.id in zone.allowed_project_ids)

    def _zone(self, request: Request) -> LoadZone:
        zone = self._world.zones.get(path_id(request))
        if zone is None:
            raise not_found("Load zone")
        return zone


def routes(stage: Stage) -> list[Route]:
    """The load zone resource."""
    on = LoadZones(stage)
    return [
        Route(_PREFIX, on.all, methods=["GET"]),
        Route(f"{_PREFIX}/{{id}}/allowed_projects", on.projects, methods=["GET"]),
        Route(f"{_PREFIX}/{{id}}/allowed_projects", on.put_projects, methods=["PUT"]),
        Route(_RESOURCES, on.register, methods=["POST"]),
        Route(f"{_RESOURCES}/{{name}}", on.unregister, methods=["DELETE"]),
    ]
