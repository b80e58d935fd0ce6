"""A tour of the emulator: every v6 operation that it serves, with success, and the errors that clients provoke."""

from __future__ import annotations

import functools
from typing import Any

import httpx

import scripts
from emulation import EmulatorHandle

V6 = "/cloud/v6"


def tour(emulator: EmulatorHandle) -> None:
    """Call every operation with success, and provoke the errors that a client can provoke."""
    project, good = emulator.project_id, functools.partial(_good, emulator)
    good("GET", f"{V6}/auth", headers={"X-Stack-Url": emulator.emulator.stack_url})
    good("GET", f"{V6}/load_zones", params={"k6_load_zone_id": "amazon:us:ashburn"})
    run_id = emulator.start_script(scripts.INSTANT, "toured")
    test_id = emulator.wait_for_status(run_id)["test_id"]
    _projects(emulator, project)
    _load_tests(emulator, project, test_id)
    _runs(emulator, test_id, run_id)


def _projects(emulator: EmulatorHandle, project: int) -> None:
    api = emulator.api
    good = functools.partial(_good, emulator)
    good("GET", f"{V6}/projects?$count=true&$orderby=name desc,created&$top=1")
    good("GET", f"{V6}/projects", params={"name": "Checkout team", "name_search": "out"})
    good("GET", f"{V6}/projects/{project}")
    good("GET", f"{V6}/projects/{project}/limits")
    good("PATCH", f"{V6}/projects/{project}/limits", json={"vu_max_per_test": 50, "duration_max_per_test": None})
    for path in ("projects/1", "projects/99999999999999999999"):
        assert api("GET", f"{V6}/{path}").status_code == 404
    for body in ([], {"vu_max_per_test": 0}, {"vu_max_per_test": "5"}, {"more": 1}):
        assert api("PATCH", f"{V6}/projects/{project}/limits", json=body).status_code == 400


def _load_tests(emulator: EmulatorHandle, project: int, test_id: int) -> None:
    api, home = emulator.api, f"{V6}/projects/{project}/load_tests"
    good = functools.partial(_good, emulator)
    second = good("POST", home, files={"name": (None, "without a script")}).json()
    assert api("POST", home, files={"name": (None, "toured")}).status_code == 409
    assert api("POST", home, data={"other": "x"}).status_code == 400
    good("GET", home, params={"name": "toured", "$count": "true"})
    good("GET", home, params={"$orderby": "project_id desc,name", "$skip": 1})
    assert api("GET", f"{V6}/load_tests/{second['id']}/script").status_code == 404
    stream = {"Content-Type": "application/octet-stream"}
    good("PUT", f"{V6}/load_tests/{second['id']}/script", content=scripts.INSTANT, headers=stream)
    good("GET", f"{V6}/load_tests/{test_id}/script")
    tar = {"Accept": "application/x-tar"}
    assert api("GET", f"{V6}/load_tests/{second['id']}/script", headers=tar).status_code == 406
    options = {"vus": 10, "duration": "10m", "cloud": {"projectID": project}}
    good("POST", f"{V6}/validate_options", json={"options": options})
    assert api("POST", f"{V6}/validate_options", json={"options": {"vus": 99, "duration": "1m"}}).status_code == 400
    assert api("POST", f"{V6}/validate_options", json={"project_id": 1, "options": {}}).status_code == 403


def _runs(emulator: EmulatorHandle, test_id: int, run_id: int) -> None:
    api = emulator.api
    good = functools.partial(_good, emulator)
    good("GET", f"{V6}/test_runs?$count=true&$top=1", params={"created_after": "2020-01-01T00:00:00.123456789+02:00"})
    good("GET", f"{V6}/load_tests/{test_id}/test_runs", params={"is_starred": "false", "$orderby": "created desc"})
    assert api("GET", f"{V6}/test_runs", params={"created_after": "2020-01-01T00:00:00"}).status_code == 400
    assert api("GET", f"{V6}/test_runs", params={"status": "running"}).status_code == 400
    assert api("GET", f"{V6}/test_runs/{run_id}", params={"$select": "id"}).status_code == 404
    good("PATCH", f"{V6}/test_runs/{run_id}", json={"note": "seen"})
    good("GET", f"{V6}/test_runs/{run_id}/script")
    assert api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 409
    long_run = emulator.start_script(scripts.ENDLESS, "endless")
    emulator.wait_for_status(long_run, "running")
    assert api("POST", f"{V6}/test_runs/{long_run}/abort").status_code == 204
    assert emulator.wait_for_status(long_run)["status"] == "aborted"
    broken = emulator.start_script(scripts.BROKEN, "broken")
    assert [entry["type"] for entry in emulator.wait_for_status(broken)["status_history"]] == ["created", "aborted"]


def _good(emulator: EmulatorHandle, method: str, path: str, **options: Any) -> httpx.Response:
    return emulator.api(method, path, **options).raise_for_status()
