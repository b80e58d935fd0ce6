"""What the scripts would cost, and whether project and user allow it: for the whole suite, before any upload."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import BAD_REQUEST, UNPROCESSABLE, ApiError, CallError, explained
from k6ci.cloud.models import Limits
from k6ci.errors import K6ciError, NotVisibleError, QuotaError, ScriptError
from k6ci.k6.archive import Archive
from k6ci.preflight.checked import Checked
from k6ci.runs.request import RunRequest
from k6ci.settings.model import Settings

_MAX_CONCURRENT = 8
_PUBLIC_PREFIX = "amazon:"


async def within_budget(
    requests: Sequence[RunRequest], client: CloudClient, limits: Mapping[int, Limits], settings: Settings
) -> Checked[tuple[RunRequest, ...]]:
    """The runs with the cloud's estimates in VUh, when limits and budgets allow them.

    Args:
        requests: the runs of the suite.
        client: for the cloud's estimates and load zones.
        limits: what projects allow, by their IDs; projects without known limits are left to the cloud.
        settings: with the budgets of the user.
    """
    problems = [*_beyond_limits(requests, limits)]
    zones = await _check_zones(requests, client)
    problems += zones.problems
    if problems:
        return Checked(None, zones.warnings, tuple(problems))
    estimates = await _estimates(requests, client)
    if estimates.value is None:
        return Checked(None, zones.warnings, estimates.problems)
    estimated = [dataclasses.replace(one, vuh_estimate=estimates.value[one.archive.script]) for one in requests]
    beyond = tuple(_beyond_budget(estimated, limits, settings))
    return Checked(None if beyond else tuple(estimated), zones.warnings, beyond)


def _beyond_limits(requests: Sequence[RunRequest], limits: Mapping[int, Limits]) -> Iterator[K6ciError]:
    """Where a script's plan exceeds what its project allows for one test."""
    for request in requests:
        plan, allowed_by = request.archive.plan, limits.get(request.project_id, Limits())
        for name, wanted, allowed in (
            ("VUs", plan.max_vus, allowed_by.vu_max_per_test),
            ("browser VUs", plan.browser_vus, allowed_by.vu_browser_max_per_test),
            ("seconds", plan.load_seconds, allowed_by.duration_max_per_test),
        ):
            if wanted is not None and allowed is not None and wanted > allowed:
                yield QuotaError(
                    f"{request.archive.script} plans {wanted:g} {name}; the project allows {allowed:g} in one test.",
                    "Ask for less in the script's options, or raise the project's limits in Grafana Cloud k6.",
                )


async def _check_zones(requests: Sequence[RunRequest], client: CloudClient) -> Checked[None]:
    """Check the load zones that the scripts name: a run in one that does not exist would wait for ever."""
    named = {zone: request.archive.script for request in requests for zone in _zones(request.archive)}
    if not named:
        return Checked()
    try:
        zones = await client.load_zones()
    except CallError as error:
        return Checked(warnings=(f"The load zones were not checked: {error}.",))
    known = {zone.k6_load_zone_id: zone for zone in zones}
    lists_public = any(zone.public or zone.k6_load_zone_id.startswith(_PUBLIC_PREFIX) for zone in zones)
    warnings: list[str] = []
    problems: list[K6ciError] = []
    for name, script in sorted(named.items()):
        if name in known and not known[name].available:
            warnings.append(f"The load zone {name} of {script} is not available now; the run may wait.")
        elif name not in known and (lists_public or not name.startswith(_PUBLIC_PREFIX)):
            problems.append(
                NotVisibleError(
                    f"{script} wants load from the zone {name!r}, which this stack does not have.",
                    f"Visible load zones: {', '.join(sorted(known)) or 'none'}.",
                )
            )
    return Checked(None, tuple(warnings), tuple(problems))


def _zones(archive: Archive) -> set[str]:
    distribution = archive.cloud_options.get("distribution")
    parts = distribution.values() if isinstance(distribution, dict) else ()
    return {str(part["loadZone"]) for part in parts if isinstance(part, dict) and part.get("loadZone")}


async def _estimates(requests: Sequence[RunRequest], client: CloudClient) -> Checked[dict[str, float]]:
    """The cloud's estimates by script; none when it refuses the options of any."""
    estimates: dict[str, float] = {}
    problems: list[K6ciError] = []
    limiter = anyio.CapacityLimiter(_MAX_CONCURRENT)

    async def ask(request: RunRequest) -> None:
        async with limiter:
            try:
                answer = await client.validate_options(request.project_id, _effective_options(request))
            except CallError as error:
                problems.append(_refused(request.archive.script, error, client))
            else:
                estimates[request.archive.script] = answer.vuh_usage

    async with anyio.create_task_group() as group:
        for request in requests:
            group.start_soon(ask, request)
    return Checked(None, problems=tuple(problems)) if problems else Checked(estimates)


def _effective_options(request: RunRequest) -> dict[str, Any]:
    """The options with the project and the name that count, as k6 itself sends them; scripts may have them as text."""
    cloud = {**request.archive.cloud_options, "projectID": request.project_id, "name": request.name}
    return {**request.archive.options, "cloud": cloud}


def _refused(script: str, error: CallError, client: CloudClient) -> K6ciError:
    if isinstance(error, ApiError) and error.status in (BAD_REQUEST, UNPROCESSABLE):
        return ScriptError(
            f"Grafana Cloud k6 refuses the options of {script}: {error}.",
            "Fix the script's options; nothing was uploaded.",
        )
    return explained(error, client.origin)


def _beyond_budget(
    requests: Sequence[RunRequest], limits: Mapping[int, Limits], settings: Settings
) -> Iterator[K6ciError]:
    """Where an estimate, or all of them together, exceed what the user or the project's month allows."""
    remedy = "Raise {}, or make the load smaller or shorter. Nothing was uploaded."
    for request in requests:
        vuh = request.vuh_estimate or 0.0
        if settings.max_vuh is not None and vuh > settings.max_vuh:
            yield QuotaError(
                f"{request.archive.script} would cost about {vuh:.4g} VUh; max-vuh allows {settings.max_vuh:g}.",
                remedy.format("max-vuh"),
            )
    total = sum(request.vuh_estimate or 0.0 for request in requests)
    if settings.max_vuh_suite is not None and total > settings.max_vuh_suite:
        yield QuotaError(
            f"The suite would cost about {total:.4g} VUh; max-vuh-suite allows {settings.max_vuh_suite:g}.",
            remedy.format("max-vuh-suite"),
        )
    for project_id, allowed_by in limits.items():
        monthly = sum(request.vuh_estimate or 0.0 for request in requests if request.project_id == project_id)
        if allowed_by.vuh_max_per_month is not None and monthly > allowed_by.vuh_max_per_month:
            yield QuotaError(
                f"The scripts would cost about {monthly:.4g} VUh; the project {project_id} allows "
                f"{allowed_by.vuh_max_per_month:g} in a month.",
                "Make the load smaller or shorter, or raise the project's limit. Nothing was uploaded.",
            )
