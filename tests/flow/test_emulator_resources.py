"""Projects, load tests and runs of the emulated stack: values are read back, invalid ones are rejected."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from tour import tour

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


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "projects"),
        ("DELETE", "projects/3101"),
        ("GET", "project-limits"),
        ("GET", "load_tests"),
        ("DELETE", "load_tests/1"),
        ("POST", "load_tests/1/schedule"),
        ("GET", "labels"),
        ("POST", "test_runs/1/star"),
        ("GET", "load_zones/801/allowed_projects"),
    ],
)
def test_operations_without_a_caller_do_not_exist(shared_emulator: EmulatorHandle, method: str, path: str) -> None:
    """404, or 405 where another method of the path is served, with the error document of the API."""
    answer = shared_emulator.api(method, f"{V6}/{path}", json={})
    assert answer.status_code in {404, 405}
    assert isinstance(answer.json()["error"]["code"], str)


def test_the_note_of_a_run_is_read_back(emulator: EmulatorHandle) -> None:
    """No run is starred; lists are filtered by the time of creation."""
    run_id = emulator.start_script(scripts.INSTANT)
    run = emulator.wait_for_status(run_id)
    home = f"{V6}/test_runs/{run_id}"
    assert (run["note"], run["is_starred"], run["retention_expiry"] is None) == ("", False, False)
    emulator.api("PATCH", home, json={"note": "nightly"})
    run = emulator.api("GET", home).json()
    assert run["note"] == "nightly"
    listing = f"{V6}/load_tests/{run['test_id']}/test_runs"
    for flag, expected in (("true", []), ("1", []), ("false", [run_id]), ("0", [run_id])):
        found = emulator.api("GET", listing, params={"is_starred": flag}).json()["value"]
        assert [one["id"] for one in found] == expected
    after = emulator.api("GET", f"{V6}/test_runs", params={"created_after": run["created"]}).json()["value"]
    before = emulator.api("GET", f"{V6}/test_runs", params={"created_before": run["created"]}).json()["value"]
    assert ([one["id"] for one in after], before) == ([run_id], [])


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
