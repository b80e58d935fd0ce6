"""The things of the emulated stack: what is written is read back, what cannot be is refused."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from tour import tour

V6 = "/cloud/v6"


def test_every_operation_works_and_every_refusal_refuses(emulator: EmulatorHandle) -> None:
    """The tour, without the OpenAPI document; nothing in it is a server error."""
    tour(emulator)
    assert not [exchange for exchange in emulator.exchanges if (exchange.status or 0) >= 500]


def test_projects_are_read_back(emulator: EmulatorHandle) -> None:
    """Name, limits, labels and filters."""
    made = emulator.api("POST", f"{V6}/projects", json={"name": "one"}).json()
    assert (made["name"], made["is_default"]) == ("one", False)
    emulator.api("PATCH", f"{V6}/projects/{made['id']}", json={"name": "two"})
    emulator.api("PATCH", f"{V6}/projects/{made['id']}/limits", json={"vuh_max_per_month": 9, "vu_max_per_test": 3})
    emulator.api("PATCH", f"{V6}/projects/{made['id']}/limits", json={"vu_max_per_test": None})
    limits = emulator.api("GET", f"{V6}/projects/{made['id']}/limits").json()
    assert (limits["vuh_max_per_month"], limits["vu_max_per_test"]) == (9, None)
    listed = emulator.api("GET", f"{V6}/projects", params={"name_search": "TW"}).json()["value"]
    assert [project["name"] for project in listed] == ["two"]
    some = emulator.api("GET", f"{V6}/project-limits", params={"project_id_in": f"{made['id']}"}).json()["value"]
    assert [limit["project_id"] for limit in some] == [made["id"]]
    assert emulator.api("GET", f"{V6}/project-limits", params={"project_id_in": "x"}).status_code == 400


def test_deleting_a_project_takes_everything_in_it(emulator: EmulatorHandle) -> None:
    """Its load tests, their runs and schedules; 409 as long as one of them runs."""
    run_id = emulator.start_script(scripts.ENDLESS)
    home = f"{V6}/projects/{emulator.project_id}"
    test_id = emulator.wait_for_status(run_id, "running")["test_id"]
    emulator.api("POST", f"{V6}/load_tests/{test_id}/schedule", json={"starts": "2030-01-01T00:00:00Z"})
    assert emulator.api("DELETE", home).status_code == 409
    assert emulator.api("DELETE", f"{V6}/load_tests/{test_id}").status_code == 409
    emulator.api("POST", f"{V6}/test_runs/{run_id}/abort")
    emulator.wait_for_status(run_id)
    assert emulator.api("DELETE", home).status_code == 204
    for path in (f"load_tests/{test_id}", f"test_runs/{run_id}", f"projects/{emulator.project_id}"):
        assert emulator.api("GET", f"{V6}/{path}").status_code == 404
    assert emulator.api("GET", f"{V6}/schedules").json()["value"] == []


def test_load_tests_move_and_keep_their_names_apart(emulator: EmulatorHandle) -> None:
    """A name is taken within a project only; a move into one where it is taken is 409."""
    for project_id in (3101, 3102):
        made = emulator.api("POST", f"{V6}/projects/{project_id}/load_tests", files={"name": (None, "same")})
        assert made.status_code == 201
    move = f"{V6}/load_tests/{made.json()['id']}/move"
    assert emulator.api("PUT", move, json={"project_id": 3101}).status_code == 409
    assert emulator.api("PUT", move, json={"project_id": 1}).status_code == 404
    assert emulator.api("PUT", move, json={"project_id": 3102, "x": 1}).status_code == 400


def test_marks_of_a_run_are_read_back(emulator: EmulatorHandle) -> None:
    """Note, star (also as a filter), saved without an expiry."""
    run_id = emulator.start_script(scripts.INSTANT)
    run = emulator.wait_for_status(run_id)
    home = f"{V6}/test_runs/{run_id}"
    assert (run["note"], run["is_starred"], run["retention_expiry"] is None) == ("", False, False)
    emulator.api("PATCH", home, json={"note": "nightly"})
    emulator.api("POST", f"{home}/star")
    emulator.api("POST", f"{home}/save")
    run = emulator.api("GET", home).json()
    assert (run["note"], run["is_starred"], run["retention_expiry"]) == ("nightly", True, None)
    listing = f"{V6}/load_tests/{run['test_id']}/test_runs"
    for flag, expected in (("true", [run_id]), ("1", [run_id]), ("false", []), ("0", [])):
        found = emulator.api("GET", listing, params={"is_starred": flag}).json()["value"]
        assert [one["id"] for one in found] == expected
    after = emulator.api("GET", f"{V6}/test_runs", params={"created_after": run["created"]}).json()["value"]
    before = emulator.api("GET", f"{V6}/test_runs", params={"created_before": run["created"]}).json()["value"]
    assert ([one["id"] for one in after], before) == ([run_id], [])


def test_zones_and_projects_allow_each_other(emulator: EmulatorHandle) -> None:
    """One relation, seen from both sides; public zones are nobody's to give."""
    register = {"k6_load_zone_id": "cellar", "provider_id": "p", "config": {"load_runner_image": "image"}}
    assert emulator.api("POST", "/cloud-resources/v1/load-zones", json=register).status_code == 200
    assert emulator.api("POST", "/cloud-resources/v1/load-zones", json=register).status_code == 409
    zones = emulator.api("GET", f"{V6}/load_zones").json()["value"]
    private = next(zone for zone in zones if not zone["public"])
    public = next(zone for zone in zones if zone["public"])
    assert private["custom_load_runner_image"] == "image"
    wanted = {"value": [{"id": private["id"]}]}
    emulator.api("PUT", f"{V6}/projects/3102/allowed_load_zones", json=wanted)
    seen = emulator.api("GET", f"{V6}/load_zones/{private['id']}/allowed_projects").json()["value"]
    assert seen == [{"id": 3102, "name": "Checkout team"}]
    put = f"{V6}/load_zones/{public['id']}/allowed_projects"
    assert emulator.api("PUT", put, json={"value": []}).status_code == 403
    assert emulator.api("PUT", put.replace(str(public["id"]), str(private["id"])), json={"value": [{"id": 1}]}).is_error
    assert emulator.api("DELETE", "/cloud-resources/v1/load-zones/cellar").status_code == 200
    assert emulator.api("DELETE", "/cloud-resources/v1/load-zones/cellar").status_code == 404


def test_label_keys_and_labels_are_bounded(emulator: EmulatorHandle) -> None:
    """A hundred keys; a label needs exactly one key, and one that exists."""
    keys = {"value": [{"key": f"k{number}"} for number in range(100)]}
    assert emulator.api("POST", f"{V6}/labels", json=keys).status_code == 201
    assert emulator.api("POST", f"{V6}/labels", json={"value": [{"key": "more"}]}).status_code == 409
    put = f"{V6}/projects/{emulator.project_id}/labels"
    for item in (
        {"value": "x"},
        {"key": "k1", "key_id": 71, "value": "x"},
        {"key": "none", "value": "x"},
        {"key": "k1", "value": "with space"},
    ):
        assert emulator.api("PUT", put, json={"value": [item]}).status_code == 400
    twice = [{"key": "k1", "value": "x"}, {"key": "k1", "value": "y"}]
    assert emulator.api("PUT", put, json={"value": twice}).status_code == 400


@pytest.mark.parametrize(
    "schedule",
    [
        {"starts": "2030-01-01T00:00:00Z", "cron": {"schedule": "often", "time_zone": "UTC"}},
        {"starts": "2030-01-01T00:00:00Z", "cron": {"schedule": "@daily", "time_zone": "Mars"}},
        {"starts": "2030-01-01T00:00:00Z", "recurrence_rule": {"frequency": "DAILY", "byday": ["MO"]}},
        {
            "starts": "2030-01-01T00:00:00Z",
            "recurrence_rule": {"frequency": "DAILY"},
            "cron": {"schedule": "@daily", "time_zone": "UTC"},
        },
    ],
)
def test_schedules_that_make_no_sense_are_refused(shared_emulator: EmulatorHandle, schedule: dict[str, object]) -> None:
    """What the document's prose says and no schema can."""
    home = f"{V6}/projects/{shared_emulator.project_id}/load_tests"
    made = shared_emulator.api("POST", home, files={"name": (None, f"s{hash(json.dumps(schedule))}")}).json()
    answer = shared_emulator.api("POST", f"{V6}/load_tests/{made['id']}/schedule", json=schedule)
    assert answer.status_code == 400


def test_an_expired_schedule_cannot_be_activated(emulator: EmulatorHandle) -> None:
    """409, as declared; its next run is null."""
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    made = emulator.api("POST", home, files={"name": (None, "late")}).json()
    body = {
        "starts": "2020-01-01T00:00:00Z",
        "recurrence_rule": {"frequency": "DAILY", "until": "2020-02-01T00:00:00Z"},
    }
    schedule = emulator.api("POST", f"{V6}/load_tests/{made['id']}/schedule", json=body).json()
    assert schedule["next_run"] is None
    assert emulator.api("POST", f"{V6}/schedules/{schedule['id']}/activate").status_code == 409


def test_an_archive_comes_back_as_it_was_and_runs(emulator: EmulatorHandle) -> None:
    """A tar with a token among its options: executed, returned byte for byte, shown without the token."""
    archive = _archive({"vus": 2, "iterations": 4, "cloud": {"token": emulator.token, "projectID": 3101}})
    run_id = emulator.start_script(archive)
    run = emulator.wait_for_status(run_id)
    assert (run["result"], run["max_vus"]) == ("passed", 2), run["result_details"]
    assert run["options"]["cloud"] == {"projectID": 3101}
    script = emulator.api("GET", f"{V6}/test_runs/{run_id}/script")
    assert (script.headers["content-type"], script.content) == ("application/x-tar", archive)
    assert emulator.value(run_id, "iterations", "increase") == 4


def test_an_archive_without_metadata_aborts(emulator: EmulatorHandle) -> None:
    """A tar of something else is found at validation."""
    run = emulator.wait_for_status(emulator.start_script(_archive(None)))
    assert run["result_details"]["message"] == "the archive has no metadata.json"


def test_default_and_names_of_projects_can_be_chosen() -> None:
    """As many as there are ids; the first is the default one."""
    config = wheel_config(project_ids=(7, 8, 9), project_names=("seven",), stack_id=5, stack_slug="other")
    with emulator_in_thread(config) as emulator:
        projects = emulator.api("GET", f"{V6}/projects").json()["value"]
        assert [(p["id"], p["name"], p["is_default"]) for p in projects] == [
            (7, "seven", True),
            (8, "Project 8", False),
            (9, "Project 9", False),
        ]
        assert emulator.project_id == 7
        assert emulator.emulator.stack_url == "https://other.grafana.net"


def _archive(options: dict[str, object] | None) -> bytes:
    """An archive as k6 makes it, put together by hand."""
    script = b"export default function () {}\n"
    metadata = {
        "type": "js",
        "options": options,
        "filename": "file:///x/script.js",
        "pwd": "file:///x/",
        "env": {},
        "compatibilityMode": "extended",
        "k6version": "1.1.0",
        "goos": "linux",
    }
    members = {"data": script, "file/x/script.js": script}
    if options is not None:
        members = {"metadata.json": json.dumps(metadata).encode(), **members}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
