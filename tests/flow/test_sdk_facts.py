"""How clients generated from Grafana's OpenAPI document use the API: the emulator responds as they require.

Generated clients read every required key and require a zone in every time; they request scripts with `Accept:
application/json`, although a script is not JSON.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config

V6 = "/cloud/v6"
Api = Callable[..., httpx.Response]


@pytest.fixture
def api(emulator: EmulatorHandle) -> Api:
    """Send a request below `/cloud/v6` that must have this status."""

    def ask(status: int, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        answer = emulator.api(method, V6 + path, headers=headers, **options)
        assert answer.status_code == status, answer.text
        return answer

    return ask


def load_test(api: Api, project: int, name: str, script: str | None = scripts.INSTANT) -> dict[str, Any]:
    files = {"name": (None, name)} | ({"script": ("script.js", script)} if script else {})
    made: dict[str, Any] = api(201, "POST", f"/projects/{project}/load_tests", files=files).json()
    return made


def test_auth_names_stack_and_project(emulator: EmulatorHandle, api: Api) -> None:
    """Neither id is 0."""
    known = api(200, "GET", "/auth", headers={"X-Stack-Url": emulator.emulator.stack_url}).json()
    assert known["stack_id"] > 0
    assert known["default_project_id"] > 0


def test_lists_count_page_order_and_filter(emulator: EmulatorHandle, api: Api) -> None:
    """`$count`, `$top`, `$skip`, `$orderby`, exact names, and times with nanoseconds and an offset."""
    home = f"/projects/{emulator.project_id}/load_tests"
    tests = [load_test(api, emulator.project_id, name)["id"] for name in ("alpha", "beta", "alphabet")]
    for test_id in tests:
        emulator.wait_for_status(api(200, "POST", f"/load_tests/{test_id}/start").json()["id"])
    for path, least in (("/projects", 2), (home, 3), ("/test_runs", 3)):
        whole = api(200, "GET", path, params={"$count": "true"}).json()
        assert whole["@count"] == len(whole["value"]) >= least
        second = api(200, "GET", path, params={"$top": 1, "$skip": 1}).json()["value"]
        assert [one["id"] for one in second] == [whole["value"][1]["id"]]
    ordered = api(200, "GET", home, params={"$orderby": "name desc"}).json()["value"]
    assert [one["name"] for one in ordered] == ["beta", "alphabet", "alpha"]
    assert len(api(200, "GET", home, params={"name": "alpha"}).json()["value"]) == 1
    runs = f"/load_tests/{tests[0]}/test_runs"
    for name, count in (("created_after", 1), ("created_before", 0)):
        moment = "2020-01-01T00:00:00.123456789+02:00"
        assert len(api(200, "GET", runs, params={name: moment, "$orderby": "created desc"}).json()["value"]) == count


def test_projects_and_their_limits_are_read_back(emulator: EmulatorHandle, api: Api) -> None:
    home = f"/projects/{emulator.project_id}"
    assert api(200, "GET", home).json()["name"] == "Default project"
    assert api(200, "GET", f"{home}/limits").json()["project_id"] == emulator.project_id
    api(204, "PATCH", f"{home}/limits", json={"duration_max_per_test": 60})
    assert api(200, "GET", f"{home}/limits").json()["duration_max_per_test"] == 60


def test_the_script_of_a_load_test_is_replaced(emulator: EmulatorHandle, api: Api) -> None:
    """Options are validated with the project in `options.cloud` alone."""
    home = f"/load_tests/{load_test(api, emulator.project_id, 'made')['id']}"
    assert api(200, "GET", f"{home}/script").text == scripts.INSTANT
    stream = {"Content-Type": "application/octet-stream"}
    api(204, "PUT", f"{home}/script", content=scripts.PASSING, headers=stream)
    assert api(200, "GET", f"{home}/script").text == scripts.PASSING
    options = {"vus": 2, "duration": "10s", "cloud": {"projectID": emulator.project_id}}
    price = api(200, "POST", "/validate_options", json={"options": options}).json()
    assert price["vuh_usage"] > 0


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/javascript", 200),
        ("application/json, application/x-tar;q=0.5", 200),
        ("application/x-tar", 406),
    ],
)
def test_a_script_is_given_unless_only_the_other_kind_is_accepted(
    emulator: EmulatorHandle, api: Api, accept: str, status: int
) -> None:
    test_id = load_test(api, emulator.project_id, "made")["id"]
    answer = api(status, "GET", f"/load_tests/{test_id}/script", headers={"Accept": accept})
    assert status != 200 or answer.text == scripts.INSTANT


def test_a_start_without_a_key_is_a_new_run_each_time(emulator: EmulatorHandle, api: Api) -> None:
    """Then one of them is aborted, annotated and read."""
    test_id = load_test(api, emulator.project_id, "made", scripts.ENDLESS)["id"]
    runs = [api(200, "POST", f"/load_tests/{test_id}/start").json()["id"] for _ in range(4)]
    assert len(set(runs)) == 4
    home = f"/test_runs/{runs[0]}"
    emulator.wait_for_status(runs[0], "running")
    api(204, "POST", f"{home}/abort")
    assert emulator.wait_for_status(runs[0])["status"] == "aborted"
    api(204, "PATCH", home, json={"note": "kept"})
    assert api(200, "GET", home).json()["note"] == "kept"
    assert api(200, "GET", f"{home}/script").text == scripts.ENDLESS


def test_every_time_has_a_zone() -> None:
    """A generated client rejects a time without a zone."""
    with emulator_in_thread(wheel_config()) as emulator:
        run_id = emulator.start_script(scripts.INSTANT)
        run = emulator.wait_for_status(run_id)
        home = f"{V6}/projects/{emulator.project_id}/load_tests"
        shown = [run, *run["status_history"], *emulator.api("GET", home).json()["value"]]
        shown += emulator.api("GET", f"{V6}/projects").json()["value"]
        moments = [
            value
            for one in shown
            for name, value in one.items()
            if name in {"created", "updated", "ended", "entered", "retention_expiry"} and value
        ]
        assert len(moments) > 6
        assert all(dt.datetime.fromisoformat(moment).tzinfo for moment in moments)
