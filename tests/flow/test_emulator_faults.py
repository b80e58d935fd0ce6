"""Control routes that change requests and runs: faults, overrides, script replacement, reset."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import scripts
from emulation import EmulatorHandle
from examples import pairs
from waiting import NEVER_SECONDS, wait_for

pytestmark = pytest.mark.unmeasured


V6 = "/cloud/v6"


CREATE = "POST /cloud/v6/projects/*/load_tests"


def create(emulator: EmulatorHandle, name: str, **options: Any) -> httpx.Response:
    """Create a load test without a script, which the fault CREATE hits."""
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    return emulator.api("POST", home, files={"name": (None, name)}, **options)


@pytest.mark.parametrize(
    ("status", "order"),
    [(401, {}), (403, {}), (404, {}), (409, {}), (429, {"retry_after_seconds": 7}), (500, {}), (503, {})],
)
def test_a_status_fault_hits_once_and_has_no_effect(
    shared_emulator: EmulatorHandle, status: int, order: dict[str, int]
) -> None:
    """The request gets the error response instead; the next one works."""
    name = f"test {status}"
    shared_emulator.set_fault(CREATE, status=status, **order)
    refused = create(shared_emulator, name)
    assert refused.status_code == status
    assert refused.headers.get("retry-after") == (str(order["retry_after_seconds"]) if order else None)
    assert isinstance(refused.json()["error"]["code"], str)
    assert create(shared_emulator, name).status_code == 201


def test_a_cut_before_loses_the_request(emulator: EmulatorHandle) -> None:
    """No response, no effect; the journal has an entry."""
    emulator.set_fault(CREATE, "cut_before")
    with pytest.raises(httpx.TransportError):
        create(emulator, "lost")
    assert emulator.state()["load_tests"] == []
    (entry,) = emulator.journal("/load_tests")
    assert (entry["status"], entry["fault"]) == (None, "cut_before")


def test_a_cut_after_loses_the_response_only(emulator: EmulatorHandle) -> None:
    """The request has its effect, so a client must check before it retries."""
    emulator.set_fault(CREATE, "cut_after")
    with pytest.raises(httpx.TransportError):
        create(emulator, "done")
    assert [load_test["name"] for load_test in emulator.state()["load_tests"]] == ["done"]


# Every route with an effect that a load test's story uses: request, and how the effect shows.
EFFECTS = {
    "create": lambda e, ids: e.api("POST", ids["home"], files={"name": (None, "b"), "script": scripts.INSTANT}),
    "upload": lambda e, ids: e.api("PUT", f"{ids['test']}/script", content=scripts.CROSSING, headers=STREAM),
    "start": lambda e, ids: e.api("POST", f"{ids['test']}/start"),
    "abort": lambda e, ids: e.api("POST", f"{V6}/test_runs/{ids['run']}/abort"),
    "note": lambda e, ids: e.api("PATCH", f"{V6}/test_runs/{ids['run']}", json={"note": "seen"}),
    "limits": lambda e, ids: e.api("PATCH", f"{V6}/projects/{e.project_id}/limits", json={"vu_max_per_test": 7}),
    "schedule": lambda e, ids: e.api("POST", f"{ids['test']}/schedule", json={"starts": "2030-01-01T00:00:00Z"}),
}


STREAM = {"Content-Type": "application/octet-stream"}


def effects(emulator: EmulatorHandle, ids: dict[str, str]) -> dict[str, object]:
    """Return the state that the requests above change."""
    run = emulator.api("GET", f"{V6}/test_runs/{ids['run']}").json()
    return {
        "create": len(emulator.state()["load_tests"]),
        "upload": emulator.api("GET", f"{ids['test']}/script").text,
        "start": len(emulator.state()["runs"]),
        "abort": emulator.run_record(int(ids["run"]))["abort_requested"],
        "note": run["note"],
        "limits": emulator.api("GET", f"{V6}/projects/{emulator.project_id}/limits").json()["vu_max_per_test"],
        "schedule": emulator.api("GET", f"{ids['test']}/schedule").status_code,
    }


@pytest.mark.parametrize(("what", "kind"), pairs(list(EFFECTS), ["cut_before", "cut_after", "late"]))
def test_a_response_is_lost_before_or_after_the_effect_on_every_route(
    emulator: EmulatorHandle, what: str, kind: str
) -> None:
    """Exactly one value changes with `cut_after` and `late`, none with `cut_before`."""
    run_id = emulator.start_script(scripts.ENDLESS)
    emulator.wait_for_status(run_id, "running")
    test_id = emulator.state()["load_tests"][0]["id"]
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    ids = {"run": str(run_id), "test": f"{V6}/load_tests/{test_id}", "home": home}
    before = effects(emulator, ids)
    emulator.set_fault("* /cloud/*", kind, delay_seconds=0.2 if kind == "late" else 0.0)
    begun = time.monotonic()
    if kind == "late":
        assert EFFECTS[what](emulator, ids).is_success
        assert time.monotonic() - begun >= 0.2
    else:
        with pytest.raises(httpx.TransportError):
            EFFECTS[what](emulator, ids)
    after = effects(emulator, ids)
    assert {name for name in before if before[name] != after[name]} == (set() if kind == "cut_before" else {what})


def test_a_late_response_has_its_effect_at_once(emulator: EmulatorHandle) -> None:
    """Other clients see the effect before the response."""
    emulator.set_fault(CREATE, "late", delay_seconds=NEVER_SECONDS)
    with pytest.raises(httpx.ReadTimeout):
        create(emulator, "early", timeout=0.5)
    assert wait_for(lambda: [load_test["name"] for load_test in emulator.state()["load_tests"]]) == ["early"]


def test_keys_can_be_missing(emulator: EmulatorHandle) -> None:
    """The given keys, also in nested objects and lists; else a random key, the same for the same seed."""
    for keys in (["name", "nonsense.deep"], ["value.id", "value.labels.x"], [], []):
        emulator.set_fault("GET /cloud/v6/projects*", "missing_keys", keys=keys)
    whole = emulator.project_id
    named = emulator.api("GET", f"{V6}/projects/{whole}").json()
    assert "name" not in named
    assert named["id"] == whole
    assert all(
        "id" not in project and "name" in project for project in emulator.api("GET", f"{V6}/projects").json()["value"]
    )
    drawn = [set(named) | {"name"}] * 2
    lost = [known - emulator.api("GET", f"{V6}/projects/{whole}").json().keys() for known in drawn]
    assert [len(keys) for keys in lost] == [1, 1]
    assert emulator.api("GET", f"{V6}/projects/{whole}").json().keys() == drawn[0]


@pytest.mark.parametrize("when", ["running", "completed"])
def test_a_fault_waits_for_a_status(emulator: EmulatorHandle, when: str) -> None:
    """A token that is revoked during a run: every response is 401 from then on; old runs do not count."""
    old = emulator.start_script(scripts.INSTANT, "old")
    emulator.wait_for_status(old)
    emulator.set_fault("* *", status=401, count=None, when_status=when)
    run_id = emulator.start_script(scripts.PASSING, "new")
    wait_for(lambda: emulator.api("GET", f"{V6}/test_runs/{run_id}").status_code != 200)
    reached = [status for status, _ in emulator.run_record(run_id)["status_history"]]
    assert when in reached
    assert emulator.api("GET", f"{V6}/projects").status_code == 401


def test_a_fault_can_begin_after_some_requests(emulator: EmulatorHandle) -> None:
    """The token is revoked after the second request."""
    emulator.set_fault("* *", status=401, skip=2, count=None)
    assert [emulator.api("GET", f"{V6}/projects").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_responses_can_be_malformed(emulator: EmulatorHandle) -> None:
    """No JSON, or JSON with the content type of HTML; the status stays."""
    emulator.set_fault("GET /cloud/v6/projects", "malformed")
    emulator.set_fault("GET /cloud/v6/projects", "content_type")
    malformed, mistyped = (emulator.api("GET", f"{V6}/projects") for _ in range(2))
    assert malformed.status_code == mistyped.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        malformed.json()
    assert mistyped.headers["content-type"].startswith("text/html")


def test_a_delay_holds_up_one_request_only(emulator: EmulatorHandle) -> None:
    """Other requests are handled meanwhile."""
    emulator.set_fault("GET /cloud/v6/projects", "delay", delay_seconds=2.0)
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as beside:
        slow = beside.submit(emulator.api, "GET", f"{V6}/projects")
        wait_for(emulator.has_met_a_fault)
        assert emulator.api("GET", f"{V6}/load_zones").status_code == 200
        is_answered_before = not slow.done()
        assert slow.result().status_code == 200
    assert is_answered_before
    assert time.monotonic() - begun >= 2.0


def test_faults_are_listed_cleared_and_checked(emulator: EmulatorHandle) -> None:
    """Faults can be listed and deleted; invalid ones are rejected."""
    emulator.set_fault("* /cloud/*", status=500, count=None)
    assert emulator.api("GET", f"{V6}/projects").status_code == 500
    (fault,) = emulator.control("GET", "faults")["value"]
    assert (fault["route"], fault["hits"], fault["left"]) == ("* /cloud/*", 1, None)
    emulator.clear_faults()
    assert emulator.api("GET", f"{V6}/projects").status_code == 200
    for order in ({"route": "x", "kind": "magic"}, {"route": "x", "status": 200}, {"kind": "delay"}):
        assert emulator.api("POST", "/_emulator/faults", json=order).status_code == 400
