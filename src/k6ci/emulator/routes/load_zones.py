"""The public load zones. They can be listed only: every run is executed on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from k6ci.emulator.run import EMULATED_ZONE
from k6ci.emulator.wire import list_response, query_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.services import EmulatorServices

_NAMES = {EMULATED_ZONE: "Columbus, US", "amazon:us:ashburn": "Ashburn, US", "amazon:ie:dublin": "Dublin, IE"}
_FIRST_ID = 801


def _zone(zone_id: int, k6_load_zone_id: str) -> dict[str, Any]:
    """Return a LoadZoneApiModel."""
    return {
        "id": zone_id,
        "name": _NAMES[k6_load_zone_id],
        "k6_load_zone_id": k6_load_zone_id,
        "available": True,
        "custom_load_runner_image": None,
        "public": True,
    }


async def _list(request: Request) -> Response:
    """List the zones, or the one with the given `k6_load_zone_id`."""
    wanted = query_of(request, "k6_load_zone_id").get("k6_load_zone_id")
    return list_response(_zone(number, name) for number, name in enumerate(_NAMES, _FIRST_ID) if wanted in {None, name})


def routes(_: EmulatorServices) -> list[Route]:
    """Return the routes."""
    return [Route("/cloud/v6/load_zones", _list, methods=["GET"])]
