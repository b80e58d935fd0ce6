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

pytestmark = pytest.mark.unmeasured

V6 = "/cloud/v6"
LOAD_ZONES = "/cloud-resources/v1/load-zones"
LATER = "2031-05-06T07:08:09Z"
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


def test_a_private_load_zone_is_created_allowed_and_deleted(emulator: EmulatorHandle, api: Api) -> None:
    """Created and deleted with the scheme `Token`, 200 both; listed, and found by its exact id."""
    headers = {"Authorization": f"Token {emulator.token}"}
    config = {"load_runner_image": "registry.example.org/runner"}
    body = {"k6_load_zone_id": "private", "provider_id": "p", "pod_tiers": {"cpu": "1"}, "config": config}
    made = emulator.api("POST", LOAD_ZONES, headers=headers, json=body)
    assert (made.status_code, made.headers["content-type"].split(";")[0]) == (200, "application/json")
    assert "private" in [zone["k6_load_zone_id"] for zone in api(200, "GET", "/load_zones").json()["value"]]
    (zone,) = api(200, "GET", "/load_zones", params={"k6_load_zone_id": "private"}).json()["value"]
    allowed = f"/load_zones/{zone['id']}/allowed_projects"
    put = {"value": [{"id": emulator.project_id}]}
    assert len(api(200, "PUT", allowed, json=put).json()["value"]) == 1
    assert len(api(200, "GET", allowed).json()["value"]) == 1
    zones = f"/projects/{emulator.project_id}/allowed_load_zones"
    assert [one["id"] for one in api(200, "GET", zones).json()["value"]] == [zone["id"]]
    assert api(200, "PUT", zones, json={"value": []}).json()["value"] == []
    assert api(200, "GET", zones).json()["value"] == []
    assert emulator.api("DELETE", f"{LOAD_ZONES}/private", headers=headers).status_code == 200
    assert api(200, "GET", "/load_zones", params={"k6_load_zone_id": "private"}).json()["value"] == []


def test_auth_names_stack_and_project(emulator: EmulatorHandle, api: Api) -> None:
    """Neither id is 0."""
    known = api(200, "GET", "/auth", headers={"X-Stack-Url": emulator.emulator.stack_url}).json()
    assert known["stack_id"] > 0
    assert known["default_project_id"] > 0


def test_lists_count_page_order_and_filter(emulator: EmulatorHandle, api: Api) -> None:
    """`$count`, `$top`, `$skip`, `$orderby`, exact names, and times with nanoseconds and an offset."""
    tests = [load_test(api, emulator.project_id, name)["id"] for name in ("alpha", "beta", "alphabet")]
    for test_id in tests:
        emulator.wait_for_status(api(200, "POST", f"/load_tests/{test_id}/start").json()["id"])
    for path, least in (("/projects", 2), ("/load_tests", 3), ("/test_runs", 3)):
        whole = api(200, "GET", path, params={"$count": "true"}).json()
        assert whole["@count"] == len(whole["value"]) >= least
        second = api(200, "GET", path, params={"$top": 1, "$skip": 1}).json()["value"]
        assert [one["id"] for one in second] == [whole["value"][1]["id"]]
    ordered = api(200, "GET", "/load_tests", params={"$orderby": "name desc"}).json()["value"]
    assert [one["name"] for one in ordered] == ["beta", "alphabet", "alpha"]
    assert len(api(200, "GET", "/load_tests", params={"name": "alpha"}).json()["value"]) == 1
    runs = f"/load_tests/{tests[0]}/test_runs"
    for name, count in (("created_after", 1), ("created_before", 0)):
        moment = "2020-01-01T00:00:00.123456789+02:00"
        assert len(api(200, "GET", runs, params={name: moment, "$orderby": "created desc"}).json()["value"]) == count


def test_projects_and_their_limits_are_read_back(emulator: EmulatorHandle, api: Api) -> None:
    made = api(201, "POST", "/projects", json={"name": "made"}).json()
    home = f"/projects/{made['id']}"
    api(204, "PATCH", home, json={"name": "renamed"})
    assert api(200, "GET", home).json()["name"] == "renamed"
    assert api(200, "GET", f"{home}/limits").json()["project_id"] == made["id"]
    api(204, "PATCH", f"{home}/limits", json={"duration_max_per_test": 60})
    assert api(200, "GET", f"{home}/limits").json()["duration_max_per_test"] == 60
    api(204, "DELETE", home)
    api(404, "GET", home)


def test_a_load_test_is_changed_moved_and_deleted(emulator: EmulatorHandle, api: Api) -> None:
    """Options are validated with the project in `options.cloud` alone."""
    home = f"/load_tests/{load_test(api, emulator.project_id, 'made')['id']}"
    api(204, "PATCH", home, json={"name": "renamed"})
    assert api(200, "GET", home).json()["name"] == "renamed"
    assert api(200, "GET", f"{home}/script").text == scripts.INSTANT
    stream = {"Content-Type": "application/octet-stream"}
    api(204, "PUT", f"{home}/script", content=scripts.PASSING, headers=stream)
    assert api(200, "GET", f"{home}/script").text == scripts.PASSING
    for project in (3102, emulator.project_id):
        api(204, "PUT", f"{home}/move", json={"project_id": project})
        assert api(200, "GET", home).json()["project_id"] == project
    options = {"vus": 2, "duration": "10s", "cloud": {"projectID": emulator.project_id}}
    price = api(200, "POST", "/validate_options", json={"options": options}).json()
    assert price["vuh_usage"] > 0
    api(204, "DELETE", home)
    api(404, "GET", home)


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


def test_a_schedule_is_created_deactivated_activated_and_deleted(emulator: EmulatorHandle, api: Api) -> None:
    """POST responds with 200, unlike other creations."""
    home = f"/load_tests/{load_test(api, emulator.project_id, 'made')['id']}/schedule"
    body = {"starts": LATER, "recurrence_rule": {"frequency": "DAILY", "interval": 2, "count": 3}}
    made = api(200, "POST", home, json=body).json()
    for path in (home, f"/schedules/{made['id']}"):
        shown = api(200, "GET", path).json()
        assert (shown["id"], shown["deactivated"]) == (made["id"], False)
        assert dt.datetime.fromisoformat(shown["starts"]) == dt.datetime.fromisoformat(LATER)
    for action, is_off in (("deactivate", True), ("activate", False)):
        api(204, "POST", f"/schedules/{made['id']}/{action}")
        assert api(200, "GET", f"/schedules/{made['id']}").json()["deactivated"] is is_off
    api(204, "DELETE", f"/schedules/{made['id']}")
    api(404, "GET", home)


def test_a_start_without_a_key_is_a_new_run_each_time(emulator: EmulatorHandle, api: Api) -> None:
    """Then one of them is aborted, annotated, saved, read and deleted."""
    test_id = load_test(api, emulator.project_id, "made", scripts.ENDLESS)["id"]
    runs = [api(200, "POST", f"/load_tests/{test_id}/start").json()["id"] for _ in range(4)]
    assert len(set(runs)) == 4
    home = f"/test_runs/{runs[0]}"
    emulator.wait_for_status(runs[0], "running")
    api(204, "POST", f"{home}/abort")
    assert emulator.wait_for_status(runs[0])["status"] == "aborted"
    api(204, "PATCH", home, json={"note": "kept"})
    assert api(200, "GET", home).json()["note"] == "kept"
    api(204, "POST", f"{home}/save")
    assert api(200, "GET", home).json()["retention_expiry"] is None
    api(204, "POST", f"{home}/unsave")
    assert api(200, "GET", home).json()["retention_expiry"] is not None
    assert api(200, "GET", f"{home}/script").text == scripts.ENDLESS
    assert emulator.api("GET", f"{V6}{home}/distribution").status_code in {200, 404}
    api(204, "DELETE", home)
    api(404, "GET", home)


def test_every_time_has_a_zone() -> None:
    """A generated client rejects a time without a zone."""
    with emulator_in_thread(wheel_config()) as emulator:
        run_id = emulator.start_script(scripts.INSTANT)
        run = emulator.wait_for_status(run_id)
        shown = [run, *run["status_history"], emulator.api("GET", f"{V6}/load_tests/{run['test_id']}").json()]
        shown += emulator.api("GET", f"{V6}/projects").json()["value"]
        moments = [
            value
            for one in shown
            for name, value in one.items()
            if name in {"created", "updated", "ended", "entered", "retention_expiry"} and value
        ]
        assert len(moments) > 6
        assert all(dt.datetime.fromisoformat(moment).tzinfo for moment in moments)
