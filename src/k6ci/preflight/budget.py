"""What the scripts would cost, and whether project and user allow it: for the whole suite, before any upload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import BAD_REQUEST, UNPROCESSABLE, ApiError, CallError, explained
from k6ci.cloud.models import Limits
from k6ci.errors import K6ciError, NotVisibleError, QuotaError, ScriptError
from k6ci.k6.archive import Archive
from k6ci.preflight import Prepared, Ready
from k6ci.preflight.findings import Findings
from k6ci.settings.model import Settings

_AT_ONCE = 8
_PUBLIC_PREFIX = "amazon:"


async def within_budget(
    ready: Ready, settings: Settings, names: Mapping[str, str]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """The estimates in VUh by script, and warnings.

    Args:
        ready: what pre-flight found.
        settings: with the budgets of the user.
        names: the names of the load tests, by script.

    Raises:
        K6ciError: a limit or a budget stands in the way, or the cloud refuses the options of a script.
    """
    findings = Findings()
    for prepared in ready.scripts:
        for problem in _beyond_limits(prepared.archive, ready.limits.get(prepared.project_id, Limits())):
            findings.add(problem)
    await _check_zones(ready, findings)
    findings.decide()
    estimates = await _estimates(ready, names, findings)
    findings.decide()
    for problem in _beyond_budget(estimates, ready, settings):
        findings.add(problem)
    findings.decide()
    return estimates, tuple(findings.warnings)


def _beyond_limits(archive: Archive, limits: Limits) -> Iterator[K6ciError]:
    """Where a script's plan exceeds what its project allows for one test."""
    plan = archive.plan
    for name, wanted, allowed in (
        ("VUs", plan.max_vus, limits.vu_max_per_test),
        ("browser VUs", plan.browser_vus, limits.vu_browser_max_per_test),
        ("seconds", plan.load_seconds, limits.duration_max_per_test),
    ):
        if wanted is not None and allowed is not None and wanted > allowed:
            yield QuotaError(
                f"{archive.script} plans {wanted:g} {name}; the project allows {allowed:g} in one test.",
                "Ask for less in the script's options, or raise the project's limits in Grafana Cloud k6.",
            )


async def _check_zones(ready: Ready, findings: Findings) -> None:
    """Load zones that the scripts name: a run in one that does not exist would wait for ever."""
    named = {zone: prepared.archive.script for prepared in ready.scripts for zone in _zones(prepared.archive)}
    if not named:
        return
    try:
        zones = await ready.client.load_zones()
    except CallError as error:
        findings.warnings.append(f"The load zones were not checked: {error}.")
        return
    known = {zone.k6_load_zone_id: zone for zone in zones}
    lists_public = any(zone.public or zone.k6_load_zone_id.startswith(_PUBLIC_PREFIX) for zone in zones)
    for name, script in sorted(named.items()):
        if name in known and not known[name].available:
            findings.warnings.append(f"The load zone {name} of {script} is not available now; the run may wait.")
        elif name not in known and (lists_public or not name.startswith(_PUBLIC_PREFIX)):
            findings.add(
                NotVisibleError(
                    f"{script} wants load from the zone {name!r}, which this stack does not have.",
                    f"Visible load zones: {', '.join(sorted(known)) or 'none'}.",
                )
            )


def _zones(archive: Archive) -> set[str]:
    distribution = archive.cloud_options.get("distribution")
    parts = distribution.values() if isinstance(distribution, dict) else ()
    return {str(part["loadZone"]) for part in parts if isinstance(part, dict) and part.get("loadZone")}


async def _estimates(ready: Ready, names: Mapping[str, str], findings: Findings) -> dict[str, float]:
    found: dict[str, float] = {}
    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def ask(prepared: Prepared) -> None:
        archive = prepared.archive
        async with limiter:
            try:
                options = _effective_options(prepared, names.get(archive.script))
                answer = await ready.client.validate_options(prepared.project_id, options)
            except CallError as error:
                findings.add(_refused(archive.script, error, ready.client))
            else:
                found[archive.script] = answer.vuh_usage

    async with anyio.create_task_group() as group:
        for prepared in ready.scripts:
            group.start_soon(ask, prepared)
    return found


def _effective_options(prepared: Prepared, name: str | None) -> dict[str, Any]:
    """The options with the project and the name that count, as k6 itself sends them; scripts may have them as text."""
    archive = prepared.archive
    cloud = {**archive.cloud_options, "projectID": prepared.project_id} | ({"name": name} if name else {})
    return {**archive.options, "cloud": cloud}


def _refused(script: str, error: CallError, client: CloudClient) -> K6ciError:
    if isinstance(error, ApiError) and error.status in (BAD_REQUEST, UNPROCESSABLE):
        return ScriptError(
            f"Grafana Cloud k6 refuses the options of {script}: {error}.",
            "Mend the script's options; nothing was uploaded.",
        )
    return explained(error, client.origin)


def _beyond_budget(estimates: dict[str, float], ready: Ready, settings: Settings) -> Iterator[K6ciError]:
    """Where an estimate, or all of them together, exceed what the user or the project's month allows."""
    remedy = "Raise {}, or make the load smaller or shorter. Nothing was uploaded."
    for prepared in ready.scripts:
        vuh = estimates[prepared.archive.script]
        if settings.max_vuh is not None and vuh > settings.max_vuh:
            yield QuotaError(
                f"{prepared.archive.script} would cost about {vuh:.4g} VUh; max-vuh allows {settings.max_vuh:g}.",
                remedy.format("max-vuh"),
            )
    total = sum(estimates.values())
    if settings.max_vuh_suite is not None and total > settings.max_vuh_suite:
        yield QuotaError(
            f"The suite would cost about {total:.4g} VUh; max-vuh-suite allows {settings.max_vuh_suite:g}.",
            remedy.format("max-vuh-suite"),
        )
    for project_id, limits in ready.limits.items():
        monthly = sum(estimates[one.archive.script] for one in ready.scripts if one.project_id == project_id)
        if limits.vuh_max_per_month is not None and monthly > limits.vuh_max_per_month:
            yield QuotaError(
                f"The scripts would cost about {monthly:.4g} VUh; the project {project_id} allows "
                f"{limits.vuh_max_per_month:g} in a month.",
                "Make the load smaller or shorter, or raise the project's limit. Nothing was uploaded.",
            )
