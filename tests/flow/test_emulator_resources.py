"""The resources of the emulated stack: values are read back, invalid ones are rejected."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from tour import tour

pytestmark = pytest.mark.unmeasured

V6 = "/cloud/v6"


def test_every_operation_works_and_no_error_is_a_server_error(emulator: EmulatorHandle) -> None:
    """The tour without the OpenAPI document."""
    tour(emulator)
    assert not [exchange for exchange in emulator.exchanges if (exchange.status or 0) >= 500]


def test_projects_and_limits_are_read_back(emulator: EmulatorHandle) -> None:
    """An absent limit is kept, null removes it; projects are found by a part of their name."""
    limits = f"{V6}/projects/{emulator.project_id}/limits"
    emulator.api("PATCH", limits, json={"vuh_max_per_month": 9, "vu_max_per_test": 3})
    emulator.api("PATCH", limits, json={"vu_max_per_test": None})
    shown = emulator.api("GET", limits).json()
    assert (shown["vuh_max_per_month"], shown["vu_max_per_test"]) == (9, None)
    listed = emulator.api("GET", f"{V6}/projects", params={"name_search": "CHECKOUT"}).json()["value"]
    assert [project["name"] for project in listed] == ["Checkout team"]


def test_a_project_and_its_limits_are_found_by_name_and_id(emulator: EmulatorHandle) -> None:
    """A new project is not the default; the limits of some projects are listed by their IDs."""
    made = emulator.api("POST", f"{V6}/projects", json={"name": "one"}).json()
    assert (made["name"], made["is_default"]) == ("one", False)
    emulator.api("PATCH", f"{V6}/projects/{made['id']}", json={"name": "two"})
    listed = emulator.api("GET", f"{V6}/projects", params={"name_search": "TW"}).json()["value"]
    assert [project["name"] for project in listed] == ["two"]
    limits = f"{V6}/project-limits"
    some = emulator.api("GET", limits, params={"project_id_in": f"{made['id']}, 7"}).json()["value"]
    assert [limit["project_id"] for limit in some] == [made["id"]]
    assert len(emulator.api("GET", limits).json()["value"]) == 3
    for ids in ("x", "--1", "1" * 20, ",".join("1" * 31)):
        assert emulator.api("GET", limits, params={"project_id_in": ids}).status_code == 400


def test_a_project_is_deleted_with_its_load_tests(emulator: EmulatorHandle) -> None:
    """Their runs and schedules, too; 409 while one of them runs."""
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


def test_the_vuh_of_a_deleted_run_stay_used(emulator: EmulatorHandle) -> None:
    """A budget of one VUh allows one run of 31 VUs for a second, which costs half a VUh, and no second one."""
    emulator.api("PATCH", f"{V6}/projects/{emulator.project_id}/limits", json={"vuh_max_per_month": 1})
    script = scripts.script("vus: 31, duration: '1s', gracefulStop: '0s'", "sleep(1);")
    run_id = emulator.start_script(script, "first")
    assert emulator.wait_for_status(run_id)["result"] == "passed"
    emulator.api("DELETE", f"{V6}/test_runs/{run_id}")
    second = emulator.wait_for_status(emulator.start_script(script, "second"))
    assert (second["status"], second["result"]) == ("aborted", "error")
    assert "0.5167 of 1 are spent" in second["result_details"]["message"]


def test_the_name_of_a_load_test_is_unique_in_its_project(emulator: EmulatorHandle) -> None:
    """Another project can have the same name; a move there is 409."""
    for project_id in (3101, 3102):
        made = emulator.api("POST", f"{V6}/projects/{project_id}/load_tests", files={"name": (None, "same")})
        assert made.status_code == 201
    move = f"{V6}/load_tests/{made.json()['id']}/move"
    assert emulator.api("PUT", move, json={"project_id": 3101}).status_code == 409
    assert emulator.api("PUT", move, json={"project_id": 1}).status_code == 404
    assert emulator.api("PUT", move, json={"project_id": 3102, "x": 1}).status_code == 400


def test_the_baseline_of_a_load_test_is_an_existing_run(emulator: EmulatorHandle) -> None:
    """Any other ID is 400; null removes it."""
    run_id = emulator.start_script(scripts.INSTANT)
    home = f"{V6}/load_tests/{emulator.wait_for_status(run_id)['test_id']}"
    for baseline, status in ((run_id, 204), (1, 400), (None, 204)):
        assert emulator.api("PATCH", home, json={"baseline_test_run_id": baseline}).status_code == status
        shown = emulator.api("GET", home).json()["baseline_test_run_id"]
        assert shown == (run_id if status == 400 else baseline)


def test_note_star_and_retention_of_a_run_are_read_back(emulator: EmulatorHandle) -> None:
    """A saved run does not expire; lists are filtered by star and time of creation."""
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


def test_load_zones_and_projects_show_the_same_permissions(emulator: EmulatorHandle) -> None:
    """A private zone is allowed from either side; all projects may use a public one, which cannot be changed."""
    register = {"k6_load_zone_id": "private", "provider_id": "p", "config": {"load_runner_image": "image"}}
    assert emulator.api("POST", "/cloud-resources/v1/load-zones", json=register).status_code == 200
    assert emulator.api("POST", "/cloud-resources/v1/load-zones", json=register).status_code == 409
    zones = emulator.api("GET", f"{V6}/load_zones").json()["value"]
    private = next(zone for zone in zones if not zone["public"])
    public = next(zone for zone in zones if zone["public"])
    assert private["custom_load_runner_image"] == "image"
    emulator.api("PUT", f"{V6}/projects/3102/allowed_load_zones", json={"value": [{"id": private["id"]}]})
    allowed = f"{V6}/load_zones/{private['id']}/allowed_projects"
    assert emulator.api("GET", allowed).json()["value"] == [{"id": 3102, "name": "Checkout team"}]
    assert emulator.api("PUT", allowed, json={"value": [{"id": 1}]}).status_code == 400
    of_public = f"{V6}/load_zones/{public['id']}/allowed_projects"
    assert emulator.api("PUT", of_public, json={"value": []}).status_code == 403
    assert emulator.api("DELETE", "/cloud-resources/v1/load-zones/private").status_code == 200
    assert emulator.api("DELETE", "/cloud-resources/v1/load-zones/private").status_code == 404


def test_label_keys_and_labels_have_limits(emulator: EmulatorHandle) -> None:
    """There are at most a hundred keys; a label has exactly one key, which exists."""
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
    "rules",
    [
        {"cron": {"schedule": "often", "time_zone": "UTC"}},
        {"cron": {"schedule": "@daily", "time_zone": "Mars"}},
        {"recurrence_rule": {"frequency": "DAILY", "byday": ["MO"]}},
        {"recurrence_rule": {"frequency": "DAILY"}, "cron": {"schedule": "@daily", "time_zone": "UTC"}},
    ],
    ids=["no-cron", "no-zone", "weekday-of-daily", "both"],
)
def test_an_invalid_schedule_is_rejected(shared_emulator: EmulatorHandle, rules: dict[str, object]) -> None:
    """The document states these rules in prose; its schemas allow the requests."""
    home = f"{V6}/projects/{shared_emulator.project_id}/load_tests"
    made = shared_emulator.api("POST", home, files={"name": (None, str(rules))}).json()
    body = {"starts": "2030-01-01T00:00:00Z", **rules}
    answer = shared_emulator.api("POST", f"{V6}/load_tests/{made['id']}/schedule", json=body)
    assert answer.status_code == 400


def test_an_expired_schedule_cannot_be_activated(emulator: EmulatorHandle) -> None:
    """409, as declared; its next run is null."""
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    made = emulator.api("POST", home, files={"name": (None, "late")}).json()
    rule = {"frequency": "DAILY", "until": "2020-02-01T00:00:00Z"}
    body = {"starts": "2020-01-01T00:00:00Z", "recurrence_rule": rule}
    schedule = emulator.api("POST", f"{V6}/load_tests/{made['id']}/schedule", json=body).json()
    assert schedule["next_run"] is None
    assert emulator.api("POST", f"{V6}/schedules/{schedule['id']}/activate").status_code == 409


def test_an_archive_is_executed_and_returned_unchanged(emulator: EmulatorHandle) -> None:
    """Its options hold a token: executed, returned byte for byte, shown without the token."""
    archive = _archive({"vus": 2, "iterations": 4, "cloud": {"token": emulator.token, "projectID": 3101}})
    run_id = emulator.start_script(archive)
    run = emulator.wait_for_status(run_id)
    assert (run["result"], run["max_vus"]) == ("passed", 2), run["result_details"]
    assert run["options"]["cloud"] == {"projectID": 3101}
    script = emulator.api("GET", f"{V6}/test_runs/{run_id}/script")
    assert (script.headers["content-type"], script.content) == ("application/x-tar", archive)
    assert emulator.value(run_id, "iterations", "increase") == 4


def test_an_archive_without_metadata_aborts(emulator: EmulatorHandle) -> None:
    """Validation finds a tar that is not a k6 archive."""
    run = emulator.wait_for_status(emulator.start_script(_archive(None)))
    assert run["result_details"]["message"] == "the archive has no metadata.json"


def test_projects_can_be_configured() -> None:
    """One for each id; the first is the default."""
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
    """Build an archive as k6 makes it."""
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
