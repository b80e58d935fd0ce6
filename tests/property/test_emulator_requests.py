"""Random requests to every route: no response is a server error, and the emulator goes on."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import scripts
from archives import METADATA, archive, block
from emulation import EmulatorHandle
from hostile_clients import ODD_TEXTS, tries

pytestmark = pytest.mark.unmeasured

ROUTES = [
    "/cloud/v6/auth",
    "/cloud/v6/projects",
    "/cloud/v6/projects/3101",
    "/cloud/v6/projects/3101/limits",
    "/cloud/v6/projects/3101/labels",
    "/cloud/v6/projects/3101/allowed_load_zones",
    "/cloud/v6/project-limits",
    "/cloud/v6/labels",
    "/cloud/v6/projects/3101/load_tests",
    "/cloud/v6/load_tests",
    "/cloud/v6/load_tests/{test}",
    "/cloud/v6/load_tests/{test}/move",
    "/cloud/v6/load_tests/{test}/schedule",
    "/cloud/v6/schedules",
    "/cloud/v6/load_tests/{test}/script",
    "/cloud/v6/load_tests/{test}/test_runs",
    "/cloud/v6/validate_options",
    "/cloud/v6/load_zones",
    "/cloud/v6/load_zones/801/allowed_projects",
    "/cloud-resources/v1/load-zones",
    "/cloud/v6/test_runs",
    "/cloud/v6/test_runs/{run}",
    "/cloud/v6/test_runs/{run}/abort",
    "/cloud/v6/test_runs/{run}/script",
    "/cloud/v6/test_runs/{run}/distribution",
    "/cloud/v6/test_runs/{run}/star",
    "/cloud/v5/test_runs/{run}/metrics",
    "/cloud/v5/test_runs/{run}/series",
    "/cloud/v5/test_runs/{run}/labels",
    "/v1/login",
    "/v1/validate-token",
    "/v1/validate-options",
    "/v1/archive-upload",
    "/v1/tests",
    "/v1/tests/{run}",
    "/v1/tests/{local}",
    "/v1/tests/{local}/stop",
    "/v1/test-progress/{run}",
    "/v2/metrics/{local}",
    "/nowhere",
    "/_emulator/faults",
    "/_emulator/run-scenarios",
    "/_emulator/concurrency",
    "/_emulator/spent",
    "/_emulator/runs/{run}",
    "/_emulator/replace-script",
    "/_emulator/state",
    "/_emulator/journal",
]
WORDS = [
    "name",
    "project_id",
    "options",
    "vus",
    "duration",
    "scenarios",
    "cloud",
    "projectID",
    "executor",
    "stages",
    "target",
    "value",
    "id",
    "key",
    "key_id",
    "starts",
    "cron",
    "schedule",
    "time_zone",
    "recurrence_rule",
    "frequency",
    "interval",
    "until",
    "byday",
    "route",
    "kind",
    "status",
    "set",
    "limit",
    "hold",
    "shown_statuses",
    "script",
    "token",
    "email",
    "password",
    "run_status",
    "result_status",
    "count",
    "note",
    "load_test_id",
    "when",
    "vuh_max_per_month",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**18, 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(ODD_TEXTS)
    | st.text(max_size=20)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
QUERIES = [
    *("$top", "$skip", "$orderby", "$count", "name", "created_after", "is_starred", "k6_load_zone_id"),
    *("match[]", "project_id_in"),
]


def _fits(path: str, ids: dict[str, object]) -> str:
    return path.format(**ids) if "{" in path else path


def _undo_control(emulator: EmulatorHandle, path: str) -> None:
    """Undo a control request: faults respond with 5xx because they were configured to."""
    if path.startswith("/_emulator"):
        emulator.control("DELETE", "faults")
        emulator.control("DELETE", "run-scenarios")
        emulator.control("POST", "concurrency", json={"limit": None})


@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    st.sampled_from(ROUTES),
    VALUES,
    st.dictionaries(st.sampled_from(QUERIES), st.sampled_from(ODD_TEXTS) | st.text(max_size=12), max_size=2),
)
@tries(400)
def test_s15_random_json_gets_a_response(attacked_runs, method, path, value, query) -> None:
    """Any method, route, document and query."""
    emulator, ids = attacked_runs
    answer = emulator.api(method, _fits(path, ids), json=value, params=query)
    _undo_control(emulator, path)
    assert answer.status_code < 500, (answer.request.url, value, answer.text)


@given(
    st.sampled_from(["POST", "PUT", "PATCH"]), st.sampled_from(ROUTES), st.binary(max_size=400), st.text(max_size=20)
)
@tries(200)
def test_s15_random_bytes_get_a_response(attacked_runs, method, path, body, kind) -> None:
    """Bodies that are neither JSON nor a form, with any content type."""
    emulator, ids = attacked_runs
    for media_type in ("application/json", "multipart/form-data; boundary=b", quote(kind)):
        headers = {"Content-Type": media_type}
        answer = emulator.api(method, _fits(path, ids), content=body, headers=headers)
        _undo_control(emulator, path)
        assert answer.status_code < 500, (answer.request.url, body, answer.text)


@given(VALUES, VALUES, st.binary(max_size=600), st.integers(0, 12))
@tries(25, HealthCheck.too_slow)
def test_s15_random_archives_end_as_runs(attacked_runs, options, env, noise, kind) -> None:
    """With any metadata and members, the run ends, and all runs can be listed."""
    emulator, _ = attacked_runs
    metadata = json.dumps({**METADATA, "options": options, "env": env}).encode()
    upload = archive(scripts.INSTANT, block("file/x", noise, kind=str(kind)[:1].encode()) + noise, metadata=metadata)
    made = emulator.api(
        "POST", "/v1/archive-upload", data={"name": "random"}, files={"file": ("archive.tar", upload)}
    ).json()
    run = int(made["reference_id"])
    deadline = emulator.wait_for_status(run, "aborted", "completed", "running")
    if deadline["status"] == "running":  # options may ask for hours
        emulator.api("POST", f"/cloud/v6/test_runs/{run}/abort")
        emulator.wait_for_status(run)
    assert emulator.api("GET", "/cloud/v6/test_runs").is_success
    assert emulator.api("GET", f"/v1/test-progress/{run}").is_success
