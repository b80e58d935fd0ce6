"""The requests of k6 2.x, sent as k6 2.2.0 sends them, and the responses that it requires from the emulator.

k6 2.x is not part of the tests' environment (`K6CI_TEST_K6` may name it). Its headers, bodies and order of requests
were recorded from the real binary. It does not notice a response that it cannot read: without a required key, or with
a time without zone, it goes on with an ID of zero, and then panics or polls for ever.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

import scripts
from emulation import EmulatorHandle
from k6_two import V6, K6Two

pytestmark = pytest.mark.unmeasured

LOAD_TEST = {"id", "project_id", "name", "baseline_test_run_id", "created", "updated"}
TEST_RUN = {
    *("id", "test_id", "project_id", "started_by", "created", "ended", "note", "retention_expiry", "cost", "status"),
    *("status_details", "status_history", "distribution", "result", "result_details", "options", "k6_dependencies"),
    *("k6_versions", "max_vus", "max_browser_vus", "estimated_duration", "execution_duration", "is_starred"),
}
PRICE = {"protocol_vuh", "browser_vuh", "base_total_vuh", "reduction_rate", "reduction_rate_breakdown"}
LONG = scripts.script("vus: 1, duration: '60s'", "sleep(0.1);")


@pytest.fixture
def k6(emulator: EmulatorHandle) -> K6Two:
    return K6Two(emulator)


def expect_readable(answer: httpx.Response, status: int, keys: set[str]) -> dict[str, Any]:
    """Check a response as k6's client reads it: JSON by its type, all keys, every time with a zone."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    document = answer.json()
    assert keys - document.keys() == set()
    for name in ("created", "updated", "ended"):
        if document.get(name):
            assert dt.datetime.fromisoformat(document[name]).tzinfo is not None
    return document


def expect_error(answer: httpx.Response, status: int) -> None:
    """The code is a string here, and a number in the API of k6 1.x."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert isinstance(error["code"], str)
    assert error["message"]


def test_cloud_run_from_the_options_to_the_result(k6: K6Two) -> None:
    """Validate, create, start, poll: each response has what k6 reads."""
    body = {"project_id": k6.emulator.project_id, "options": k6.options(), "is_local_execution": False}
    price = expect_readable(k6("POST", f"{V6}/validate_options", json=body), 200, {"vuh_usage", "breakdown"})
    assert isinstance(price["vuh_usage"], (int, float))
    assert PRICE - price["breakdown"].keys() == set()
    made = expect_readable(k6.create("script.js", k6.archive(scripts.PASSING)), 201, LOAD_TEST)
    started = expect_readable(k6.start(made["id"]), 200, {*TEST_RUN, "test_run_details_page_url"})
    assert started["test_run_details_page_url"].endswith(f"/a/k6-app/runs/{started['id']}")
    assert (started["status"], started["test_id"]) == ("created", made["id"])
    k6.emulator.wait_for_status(started["id"])
    ended = expect_readable(k6("GET", f"{V6}/test_runs/{started['id']}"), 200, TEST_RUN)
    assert (ended["status"], ended["result"]) == ("completed", "passed")
    assert all(dt.datetime.fromisoformat(one["entered"]).tzinfo for one in ended["status_history"])
    assert k6.emulator.token not in json.dumps(ended)


@pytest.mark.parametrize(
    ("script", "status", "result"),
    [
        (scripts.CROSSING, "completed", "failed"),
        (scripts.ABORTING_ON_FAIL, "aborted", "failed"),
        (scripts.ABORTING_ITSELF, "aborted", "error"),
        (scripts.THROWING_IN_SETUP, "aborted", "error"),
    ],
    ids=["crossing", "abort-on-fail", "aborting-itself", "throwing-in-setup"],
)
def test_what_k6_takes_its_exit_code_from(k6: K6Two, script: str, status: str, result: str) -> None:
    """k6 2.x ends with 99 for the result failed and with 97 for error, whatever the status."""
    run = k6.run(script)
    k6.emulator.wait_for_status(run["id"])
    ended = expect_readable(k6("GET", f"{V6}/test_runs/{run['id']}"), 200, TEST_RUN)
    assert (ended["status"], ended["result"]) == (status, result)


def test_an_existing_name_is_looked_up(k6: K6Two) -> None:
    """409, then the load test of exactly this name, then its script is replaced: as in every second run."""
    first = k6.create("script.js", k6.archive(scripts.CROSSING)).json()
    expect_error(k6.create("script.js", k6.archive(scripts.PASSING)), 409)
    query = "%24top=1&name=script.js"
    listed = expect_readable(k6("GET", f"{V6}/projects/{k6.emulator.project_id}/load_tests?{query}"), 200, {"value"})
    assert [one["id"] for one in listed["value"]] == [first["id"]]
    assert LOAD_TEST - listed["value"][0].keys() == set()
    stream = {"Content-Type": "application/octet-stream"}
    new = k6.archive(scripts.PASSING)
    put = k6("PUT", f"{V6}/load_tests/{first['id']}/script", content=new, headers=stream)
    assert (put.status_code, put.content) == (204, b"")
    run = k6.start(first["id"]).json()
    assert k6.emulator.wait_for_status(run["id"])["result"] == "passed"


def test_a_start_that_is_sent_again_starts_once(k6: K6Two) -> None:
    """Its key is the same in each of the four attempts, and another one in the next start."""
    made = k6.create("script.js", k6.archive(scripts.PASSING)).json()
    k6.emulator.set_fault("POST *start", kind="cut_after")
    key = secrets.token_hex(8)
    with pytest.raises(httpx.TransportError):
        k6.start(made["id"], key)
    again = [k6.start(made["id"], key).json()["id"] for _ in range(3)]
    assert len(set(again)) == 1
    assert [run["id"] for run in k6.emulator.state()["runs"]] == [again[0]]
    assert k6.start(made["id"]).json()["id"] != again[0]


def test_an_interrupt_aborts_once(k6: K6Two) -> None:
    """204, then aborted by a user; a second abort is 409 with an error document, which k6 takes as success."""
    run = k6.run(LONG)
    k6.emulator.wait_for_status(run["id"], "running")
    abort = f"{V6}/test_runs/{run['id']}/abort"
    assert (k6("POST", abort).status_code, k6("POST", abort).status_code) == (204, 409)
    expect_error(k6("POST", abort), 409)
    ended = k6.emulator.wait_for_status(run["id"])
    aborted = [one for one in ended["status_history"] if one["type"] == "aborted"]
    assert aborted[0]["extra"]["by_user"]


@pytest.mark.parametrize("subprotocol", [True, False], ids=["2.0", "2.2"])
def test_the_log_tail_is_followed_with_the_lower_case_scheme(k6: K6Two, subprotocol: bool) -> None:
    """Up to 2.1 the token is also in Sec-WebSocket-Protocol, which the server may ignore."""
    run = k6.run(scripts.PASSING)
    headers = {"Authorization": f"token {k6.emulator.token}", "X-K6testrun-Id": str(run["id"])}
    if subprotocol:
        headers["Sec-WebSocket-Protocol"] = f"token={k6.emulator.token}"
    address = f'{k6.emulator.emulator.tail_url}?query={{test_run_id="{run["id"]}"}}&start=0'
    with connect(address, additional_headers=headers, proxy=None) as tail:
        frame = json.loads(tail.recv(timeout=20))
    (stream,) = frame["streams"]
    assert stream["stream"]["level"] == "info"
    assert stream["values"][0][1] == "hello from the script"


def test_login_sends_the_url_of_the_stack(k6: K6Two) -> None:
    """`k6 cloud login --stack`: the stack ID is not known yet."""
    login = K6Two(k6.emulator, **{"X-Stack-Id": "", "X-Stack-Url": k6.emulator.emulator.stack_url})
    known = expect_readable(login("GET", f"{V6}/auth"), 200, {"stack_id", "default_project_id"})
    assert known == {"stack_id": k6.emulator.emulator.stack_id, "default_project_id": k6.emulator.project_id}
    wrong = {"Authorization": f"Bearer not-{k6.emulator.token}"}
    expect_error(login("GET", f"{V6}/auth", headers=wrong), 401)
    expect_error(login("GET", f"{V6}/auth", headers={"X-Stack-Url": "https://other.grafana.net"}), 403)


@pytest.mark.parametrize("path", ["projects", "projects/{project}/load_tests", "load_zones"])
def test_lists_end_without_a_next_link(k6: K6Two, path: str) -> None:
    """`k6 cloud project list`, `test list`, `load-zone list`: pages of 1000."""
    k6.create("script.js", None)
    page = "" if path == "load_zones" else "?%24skip=0&%24top=1000"
    listed = expect_readable(k6("GET", f"{V6}/{path.format(project=k6.emulator.project_id)}{page}"), 200, {"value"})
    assert listed["value"]
    assert "@nextLink" not in listed


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "Bearer " + "w" * 20}, 401), ({"Authorization": ""}, 401), ({"X-Stack-Id": "1"}, 403)],
    ids=["wrong token", "no token", "another stack"],
)
def test_wrong_credentials_are_an_error_that_k6_can_show(k6: K6Two, headers: dict[str, str], status: int) -> None:
    """In each step of `k6 cloud run`."""
    made = k6.create("script.js", k6.archive(scripts.PASSING)).json()
    other = K6Two(k6.emulator, **headers)
    expect_error(other("POST", f"{V6}/validate_options", json={"project_id": 3101, "options": {}}), status)
    expect_error(other.create("other.js", b"x"), status)
    expect_error(other.start(made["id"]), status)
    assert k6.emulator.state()["runs"] == []


def test_upload_stores_and_starts_nothing(k6: K6Two) -> None:
    """`k6 cloud upload` of 2.x: validate and create, no poll."""
    expect_readable(k6.create("script.js", k6.archive(scripts.PASSING)), 201, LOAD_TEST)
    assert k6.emulator.state()["runs"] == []


def test_local_execution_gets_an_error(k6: K6Two) -> None:
    """The emulator has no provisioning: k6 shows the status and ends before any load."""
    made = expect_readable(k6.create("local.js", None), 201, LOAD_TEST)
    body = {"options": k6.options(), "max_vus": 1, "total_duration": 31, "archive_size": 4096, "instances": None}
    path = f"/provisioning/v1/load_tests/{made['id']}/start_local_execution"
    answer = k6("POST", path, json=body, headers={"K6-Idempotency-Key": secrets.token_hex(8)})
    expect_error(answer, 404)
    notify = {"event_type": "script_execution_completed", "error": None}
    expect_error(k6("POST", "/provisioning/v1/test_runs/1/notify", json=notify), 404)
