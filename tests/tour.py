"""A tour of the emulator: every operation of REST v6 with success, and the errors that clients provoke."""

from __future__ import annotations

import functools
from typing import Any

import httpx

import scripts
from emulation import EmulatorHandle

V6 = "/cloud/v6"
STARTS = "2030-01-01T00:00:00Z"


def tour(emulator: EmulatorHandle) -> None:
    """Call every operation with success, and provoke the errors that a client can provoke."""
    project, good = emulator.project_id, functools.partial(_good, emulator)
    good("GET", f"{V6}/auth", headers={"X-Stack-Url": emulator.emulator.stack_url})
    run_id = emulator.start_script(scripts.INSTANT, "toured")
    test_id = emulator.wait_for_status(run_id)["test_id"]
    _projects(emulator, project)
    _load_tests(emulator, project, test_id)
    _runs(emulator, test_id, run_id)
    _load_zones(emulator, project)
    _labels(emulator, project)
    _schedules(emulator, test_id)


def _projects(emulator: EmulatorHandle, project: int) -> None:
    api = emulator.api
    good = functools.partial(_good, emulator)
    made = good("POST", f"{V6}/projects", json={"name": "toured"}).json()
    good("GET", f"{V6}/projects?$count=true&$orderby=name desc,created&$top=1")
    good("GET", f"{V6}/projects", params={"name": "toured", "name_search": "our"})
    good("GET", f"{V6}/projects/{project}")
    good("PATCH", f"{V6}/projects/{made['id']}", json={"name": "renamed"})
    good("GET", f"{V6}/projects/{project}/limits")
    good("PATCH", f"{V6}/projects/{project}/limits", json={"vu_max_per_test": 50, "duration_max_per_test": None})
    good("GET", f"{V6}/project-limits", params={"project_id_in": f"{project},{made['id']}"})
    good("DELETE", f"{V6}/projects/{made['id']}")
    for method, path in (("GET", "projects/1"), ("DELETE", "projects/1"), ("GET", "projects/99999999999999999999")):
        assert api(method, f"{V6}/{path}").status_code == 404
    for body in ({}, {"name": ""}, {"name": 5}, [], {"name": "x" * 256}):
        assert api("POST", f"{V6}/projects", json=body).status_code == 400
    assert api("POST", f"{V6}/projects", json={"name": "Default project"}).status_code == 409
    assert api("PATCH", f"{V6}/projects/{project}", json={"name": "x", "more": 1}).status_code == 400
    for body in ([], {"vu_max_per_test": 0}, {"vu_max_per_test": "5"}, {"more": 1}):
        assert api("PATCH", f"{V6}/projects/{project}/limits", json=body).status_code == 400


def _load_tests(emulator: EmulatorHandle, project: int, test_id: int) -> None:
    api, home = emulator.api, f"{V6}/projects/{project}/load_tests"
    good = functools.partial(_good, emulator)
    second = good("POST", home, files={"name": (None, "without a script")}).json()
    assert api("POST", home, files={"name": (None, "toured")}).status_code == 409
    assert api("POST", home, data={"other": "x"}).status_code == 400
    good("GET", home, params={"name": "toured", "$count": "true"})
    good("GET", f"{V6}/load_tests", params={"$orderby": "project_id desc,name", "$skip": 1})
    good("GET", f"{V6}/load_tests/{test_id}")
    good("PATCH", f"{V6}/load_tests/{second['id']}", json={"name": "renamed", "k6_version": 3})
    assert api("PATCH", f"{V6}/load_tests/{second['id']}", json={"name": "toured"}).status_code == 409
    good("PUT", f"{V6}/load_tests/{second['id']}/move", json={"project_id": 3102})
    assert api("GET", f"{V6}/load_tests/{second['id']}/script").status_code == 404
    stream = {"Content-Type": "application/octet-stream"}
    good("PUT", f"{V6}/load_tests/{second['id']}/script", content=scripts.INSTANT, headers=stream)
    good("GET", f"{V6}/load_tests/{second['id']}/script")
    tar = {"Accept": "application/x-tar"}
    assert api("GET", f"{V6}/load_tests/{second['id']}/script", headers=tar).status_code == 406
    options = {"vus": 10, "duration": "10m", "cloud": {"projectID": project}}
    good("POST", f"{V6}/validate_options", json={"options": options})
    assert api("POST", f"{V6}/validate_options", json={"options": {"vus": 99, "duration": "1m"}}).status_code == 400
    assert api("POST", f"{V6}/validate_options", json={"project_id": 1, "options": {}}).status_code == 403
    good("DELETE", f"{V6}/load_tests/{second['id']}")


def _runs(emulator: EmulatorHandle, test_id: int, run_id: int) -> None:
    api = emulator.api
    good = functools.partial(_good, emulator)
    good("GET", f"{V6}/test_runs?$count=true&$top=1", params={"created_after": "2020-01-01T00:00:00.123456789+02:00"})
    good("GET", f"{V6}/load_tests/{test_id}/test_runs", params={"is_starred": "false", "$orderby": "created desc"})
    assert api("GET", f"{V6}/test_runs", params={"created_after": "2020-01-01T00:00:00"}).status_code == 400
    assert api("GET", f"{V6}/test_runs", params={"status": "running"}).status_code == 400
    assert api("GET", f"{V6}/test_runs/{run_id}", params={"$select": "id"}).status_code == 404
    good("PATCH", f"{V6}/test_runs/{run_id}", json={"note": "seen"})
    for action in ("star", "unstar", "save", "unsave"):
        assert api("POST", f"{V6}/test_runs/{run_id}/{action}").status_code == 204
    good("GET", f"{V6}/test_runs/{run_id}/script")
    good("GET", f"{V6}/test_runs/{run_id}/distribution")
    assert api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 409
    long_run = emulator.start_script(scripts.ENDLESS, "endless")
    assert api("GET", f"{V6}/test_runs/{long_run}/distribution").status_code == 404
    assert api("DELETE", f"{V6}/test_runs/{long_run}").status_code == 409
    emulator.wait_for_status(long_run, "running")
    assert api("POST", f"{V6}/test_runs/{long_run}/abort").status_code == 204
    assert emulator.wait_for_status(long_run)["status"] == "aborted"
    broken = emulator.start_script(scripts.BROKEN, "broken")
    assert [entry["type"] for entry in emulator.wait_for_status(broken)["status_history"]] == ["created", "aborted"]
    good("DELETE", f"{V6}/test_runs/{broken}")


def _load_zones(emulator: EmulatorHandle, project: int) -> None:
    good = functools.partial(_good, emulator)
    good("POST", "/cloud-resources/v1/load-zones", json={"k6_load_zone_id": "private", "provider_id": "us"})
    zone = good("GET", f"{V6}/load_zones", params={"k6_load_zone_id": "private"}).json()["value"][0]["id"]
    good("PUT", f"{V6}/load_zones/{zone}/allowed_projects", json={"value": [{"id": project}]})
    good("GET", f"{V6}/load_zones/{zone}/allowed_projects")
    allowed = f"{V6}/projects/{project}/allowed_load_zones"
    good("GET", allowed)
    good("PUT", allowed, json={"value": []})
    assert emulator.api("PUT", allowed, json={"value": [{"id": 1}]}).status_code == 400


def _labels(emulator: EmulatorHandle, project: int) -> None:
    api, home = emulator.api, f"{V6}/projects/{project}/labels"
    good = functools.partial(_good, emulator)
    items = [{"key": "team", "description": "who"}, {"key": "stage"}]
    keys = good("POST", f"{V6}/labels", json={"value": items}).json()["value"]
    assert api("POST", f"{V6}/labels", json={"value": items}).status_code == 400
    good("GET", f"{V6}/labels")
    good("PATCH", f"{V6}/labels/{keys[0]['id']}", json={"key": "squad"})
    assert api("PATCH", f"{V6}/labels/{keys[0]['id']}", json={"key": "stage"}).status_code == 409
    labels = [{"key": "squad", "value": "red"}, {"key_id": keys[1]["id"], "value": "test"}]
    good("PUT", home, json={"value": labels})
    good("GET", home)
    assert good("GET", f"{V6}/projects/{project}").json()["labels"] == {"squad": "red", "stage": "test"}
    good("DELETE", f"{home}/squad")
    assert api("DELETE", f"{home}/squad").status_code == 404
    good("DELETE", f"{V6}/labels/{keys[1]['id']}")
    assert good("GET", home).json()["value"] == []


def _schedules(emulator: EmulatorHandle, test_id: int) -> None:
    api, home = emulator.api, f"{V6}/load_tests/{test_id}/schedule"
    good = functools.partial(_good, emulator)
    assert api("GET", home).status_code == 404
    rule = {"frequency": "WEEKLY", "byday": ["MO", "FR"], "count": 10}
    good("POST", home, json={"starts": STARTS, "recurrence_rule": rule})
    schedule = good("POST", home, json={"starts": STARTS, "cron": {"schedule": "@daily", "time_zone": "UTC"}}).json()
    assert api("POST", home, json={"starts": "2030-01-01T00:00:00"}).status_code == 400
    good("GET", home)
    assert good("GET", f"{V6}/schedules", params={"$count": "true"}).json()["@count"] == 1
    good("GET", f"{V6}/schedules/{schedule['id']}")
    for action in ("deactivate", "activate"):
        assert api("POST", f"{V6}/schedules/{schedule['id']}/{action}").status_code == 204
    good("DELETE", f"{V6}/schedules/{schedule['id']}")


def _good(emulator: EmulatorHandle, method: str, path: str, **options: Any) -> httpx.Response:
    return emulator.api(method, path, **options).raise_for_status()
