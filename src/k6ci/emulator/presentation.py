"""Records as the JSON of REST v6: every required key, times with a zone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from k6ci.emulator.run import EMULATED_ZONE, TERMINAL, Reason, Result, Run, Status, StatusEntry, is_terminal
from k6ci.emulator.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k6ci.emulator.config import EmulatorConfig
    from k6ci.emulator.records import LabelKey, LoadTest, LoadZone, Project
    from k6ci.emulator.schedules import Schedule

RETENTION = dt.timedelta(days=30)


def show_project(project: Project, label_keys: Mapping[int, LabelKey]) -> dict[str, Any]:
    """Return a ProjectApiModel."""
    return {
        "id": project.id,
        "name": project.name,
        "is_default": project.is_default,
        "grafana_folder_uid": None,
        "created": format_timestamp(project.created),
        "updated": format_timestamp(project.updated),
        "labels": {label_keys[key].key: value for key, value in project.labels.items()},
    }


def show_limits(project: Project) -> dict[str, Any]:
    """Return a ProjectLimitsApiModel."""
    return {
        "project_id": project.id,
        "vuh_max_per_month": project.limits.vuh_max_per_month,
        "vu_max_per_test": project.limits.vu_max_per_test,
        "vu_browser_max_per_test": project.limits.vu_browser_max_per_test,
        "duration_max_per_test": project.limits.duration_max_per_test,
    }


def show_load_test(load_test: LoadTest) -> dict[str, Any]:
    """Return a LoadTestApiModel."""
    return {
        "id": load_test.id,
        "project_id": load_test.project_id,
        "name": load_test.name,
        "baseline_test_run_id": load_test.baseline_test_run_id,
        "k6_version": load_test.k6_version,
        "created": format_timestamp(load_test.created),
        "updated": format_timestamp(load_test.updated),
    }


def show_load_zone(zone: LoadZone) -> dict[str, Any]:
    """Return a LoadZoneApiModel, which is an AllowedLoadZoneApiModel, too."""
    return {
        "id": zone.id,
        "name": zone.name,
        "k6_load_zone_id": zone.k6_load_zone_id,
        "available": True,
        "custom_load_runner_image": zone.load_runner_image,
        "public": zone.is_public,
    }


def show_label_key(label_key: LabelKey) -> dict[str, Any]:
    """Return a LabelKeyResponse."""
    return {"id": label_key.id, "key": label_key.key, "description": label_key.description}


def show_schedule(schedule: Schedule, now: dt.datetime) -> dict[str, Any]:
    """Return a ScheduleApiModel."""
    rule, cron, next_run = schedule.recurrence, schedule.cron, schedule.next_run(now)
    return {
        "id": schedule.id,
        "load_test_id": schedule.load_test_id,
        "starts": format_timestamp(schedule.starts),
        "recurrence_rule": rule
        and {
            "frequency": rule.frequency,
            "interval": rule.interval,
            "byday": rule.byday,
            "until": rule.until and format_timestamp(rule.until),
            "count": rule.count,
        },
        "cron": cron and {"schedule": cron.schedule, "time_zone": cron.time_zone},
        "deactivated": schedule.is_deactivated,
        "next_run": next_run and format_timestamp(next_run),
        "created_by": schedule.created_by,
    }


def show_run(run: Run, now: dt.datetime, *, steps: int | None = None) -> dict[str, Any]:
    """Return a TestRunApiModel; with `steps` as it was that many status changes after `created`."""
    history = run.history if steps is None else run.history[: steps + 1]
    shown, has_ended = history[-1], history[-1].status.value in TERMINAL
    cost = run.cost(now)
    body: dict[str, Any] = {
        "id": run.id,
        "test_id": run.load_test_id,
        "project_id": run.project_id,
        "started_by": run.started_by,
        "created": format_timestamp(run.created),
        "ended": format_timestamp(shown.entered) if has_ended else None,
        "note": run.note,
        "retention_expiry": None if run.is_saved else format_timestamp(run.created + RETENTION),
        "cost": cost and {"total_vuh": cost.total_vuh, "breakdown": cost.breakdown()},
        "status": shown.status.value,
        "status_details": _show_entry(shown),
        "status_history": [_show_entry(entry) for entry in history],
        "distribution": [{"load_zone": EMULATED_ZONE, "percent": 100}] if run.plan else None,
        "result": run.result.value if has_ended and run.result else None,
        "result_details": _show_result(run.result, run.result_reason) if has_ended else None,
        "options": run.options,
        "k6_dependencies": run.dependencies,
        "k6_versions": {"k6": run.k6_version} if run.k6_version else {},
        "max_vus": run.plan and run.plan.max_vus,
        "max_browser_vus": run.plan and run.plan.max_browser_vus,
        "estimated_duration": run.plan and run.plan.duration_seconds,
        "execution_duration": run.billable_seconds(now),
        "is_starred": run.is_starred,
    }
    return _overridden(body, run, now) if run.overrides else body


def show_started_run(run: Run, config: EmulatorConfig, now: dt.datetime, *, steps: int | None = None) -> dict[str, Any]:
    """Return a StartLoadTestResponse: the run, with the URL of its page."""
    page = f"{config.stack_url}/a/k6-app/runs/{run.id}"
    return {**show_run(run, now, steps=steps), "test_run_details_page_url": page}


def _overridden(body: dict[str, Any], run: Run, now: dt.datetime) -> dict[str, Any]:
    """Apply the overrides of a run; an overridden status is appended to the history."""
    shown = {**body, **run.overrides}
    if "status" in run.overrides and "status_details" not in run.overrides:
        entry = {"type": shown["status"], "entered": format_timestamp(now), "extra": None}
        shown["status_details"] = entry
        if "status_history" not in run.overrides:
            shown["status_history"] = [*body["status_history"], entry]
    if is_terminal(shown["status"]) and shown["ended"] is None and "ended" not in run.overrides:
        shown["ended"] = format_timestamp(now)
    return shown


def _show_entry(entry: StatusEntry) -> dict[str, Any]:
    reason = entry.reason
    extra = reason and {"by_user": reason.by_user, "message": reason.message, "code": reason.code}
    return {"type": entry.status.value, "entered": format_timestamp(entry.entered), "extra": extra}


def _show_result(result: Result | None, reason: Reason | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {"type": result.value, "message": reason and reason.message, "code": reason and reason.code}


def visible_status(run: Run, steps: int | None = None) -> str:
    """Return the status that a client sees now."""
    if "status" in run.overrides:
        return str(run.overrides["status"])
    history = run.history if steps is None else run.history[: steps + 1]
    return history[-1].status.value


def has_begun(status: str) -> bool:
    """Return whether this status comes after `initializing`; an unknown one does."""
    return status not in {Status.CREATED.value, Status.QUEUED.value, Status.INITIALIZING.value}


def may_be_aborted(run: Run, status: str) -> bool:
    """Return whether an abort is accepted in this status; in an unknown status it is."""
    order = [one.value for one in Status]
    return status not in order or order.index(status) >= order.index(run.scenario.abort_from)
