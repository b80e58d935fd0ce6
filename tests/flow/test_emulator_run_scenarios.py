"""Run scenarios: held statuses, early ends, late results, limits."""

from __future__ import annotations

import time

import pytest

import scripts
from emulation import EmulatorHandle

pytestmark = pytest.mark.unmeasured

V6 = "/cloud/v6"


@pytest.mark.parametrize("status", ["created", "queued", "initializing", "running", "processing_metrics"])
def test_a_run_stays_in_a_status_until_it_is_aborted(emulator: EmulatorHandle, status: str) -> None:
    """Before `running` nothing is executed, as with a load zone that is offline."""
    emulator.set_run_scenario(hold=status, abort_from="created")
    run_id = emulator.start_script(scripts.INSTANT)
    emulator.wait_for_status(run_id, status)
    time.sleep(0.3)
    assert emulator.run_record(run_id)["status"] == status
    assert (emulator.run_record(run_id)["exit_code"] is None) == (status in ("created", "queued", "initializing"))
    assert emulator.api("POST", f"{V6}/test_runs/{run_id}/abort").status_code == 204
    run = emulator.wait_for_status(run_id)
    assert (run["status"], run["result"]) == ("aborted", "error")
    assert run["status_details"]["extra"]["by_user"]


@pytest.mark.parametrize("status", ["created", "queued", "initializing", "running", "processing_metrics"])
def test_a_run_stays_in_a_status_for_a_while(emulator: EmulatorHandle, status: str) -> None:
    """Then it goes on to its real end."""
    emulator.set_run_scenario(hold=status, hold_seconds=0.3)
    run_id = emulator.start_script(scripts.INSTANT)
    begun = time.monotonic()
    run = emulator.wait_for_status(run_id)
    assert time.monotonic() - begun > 0.3
    assert (run["status"], run["result"]) == ("completed", "passed")


def test_an_abort_is_accepted_from_the_configured_status(emulator: EmulatorHandle) -> None:
    """Before it is 409, as in the document for runs that are not running."""
    emulator.set_run_scenario(hold="queued")
    emulator.set_run_scenario(hold="initializing", abort_from="initializing")
    strict, lenient = (emulator.start_script(scripts.ENDLESS, name) for name in "ab")
    emulator.wait_for_status(strict, "queued")
    emulator.wait_for_status(lenient, "initializing")
    assert emulator.api("POST", f"{V6}/test_runs/{strict}/abort").status_code == 409
    assert emulator.api("POST", f"{V6}/test_runs/{lenient}/abort").status_code == 204


@pytest.mark.parametrize(
    ("ended_by", "result", "words"),
    [
        ("user", "error", "aborted by someone.else@example.com"),
        ("system", "error", "by the system"),
        ("script", "error", "script aborted"),
        ("threshold", "failed", "abortOnFail"),
        ("limit", "error", "limit of the subscription"),
    ],
)
def test_a_run_is_ended_as_configured(emulator: EmulatorHandle, ended_by: str, result: str, words: str) -> None:
    """Status, result, reason and code match who ended it."""
    emulator.set_run_scenario(ended_by=ended_by, after_seconds=0.2)
    run_id = emulator.start_script(scripts.ENDLESS)
    run = emulator.wait_for_status(run_id)
    assert (run["status"], run["result"]) == ("aborted", result)
    assert words in run["result_details"]["message"]
    assert run["status_details"]["extra"]["code"] is not None
    assert bool(run["status_details"]["extra"]["by_user"]) == (ended_by == "user")
    assert emulator.run_record(run_id)["abort_requested"] is False


@pytest.mark.parametrize("polls", [0, 1, 3, None])
def test_a_result_is_late_by_a_number_of_polls(emulator: EmulatorHandle, polls: int | None) -> None:
    """Null is legal in the document: the result is not known yet, or never."""
    emulator.set_run_scenario(result_late_polls=polls)
    run_id = emulator.start_script(scripts.INSTANT)
    emulator.wait_for_status(run_id)
    results = [emulator.api("GET", f"{V6}/test_runs/{run_id}").json()["result"] for _ in range(4)]
    late = 4 if polls is None else max(0, polls - 1)
    assert results == [None] * late + ["passed"] * (4 - late)


def test_the_first_polls_show_the_configured_statuses(emulator: EmulatorHandle) -> None:
    """Unknown ones, or known ones in another order; then the real status."""
    emulator.set_run_scenario(shown_statuses=["hibernating", "completed", ""])
    run_id = emulator.start_script(scripts.INSTANT)
    shown = [emulator.api("GET", f"{V6}/test_runs/{run_id}").json() for _ in range(3)]
    assert [run["status"] for run in shown] == ["hibernating", "completed", ""]
    assert [run["result"] for run in shown] == [None] * 3
    assert shown[0]["status_details"]["type"] == shown[0]["status_history"][-1]["type"] == "hibernating"
    assert emulator.wait_for_status(run_id)["result"] == "passed"


def test_run_scenarios_are_used_in_order_and_deleted(emulator: EmulatorHandle) -> None:
    """`skip` omits runs, `count` limits them; a scenario may be for one load test only."""
    emulator.set_run_scenario(ended_by="system", skip=1, count=1)
    emulator.set_run_scenario(ended_by="user", load_test_id=1, count=None)
    runs = [emulator.start_script(scripts.INSTANT, name) for name in "abc"]
    assert [emulator.wait_for_status(run)["status"] for run in runs] == ["completed", "aborted", "completed"]
    met, waiting = emulator.control("GET", "run-scenarios")["value"]
    assert (met["left"], met["skip"], met["ended_by"]) == (0, 0, "system")
    assert (waiting["left"], waiting["load_test_id"]) == (None, 1)
    emulator.control("DELETE", "run-scenarios")
    assert emulator.control("GET", "run-scenarios")["value"] == []
    for order in ({"hold": "completed"}, {"ended_by": "magic"}, {"count": 0}, {"fate": 1}):
        assert emulator.api("POST", "/_emulator/run-scenarios", json=order).status_code == 400


@pytest.mark.parametrize("status", [403, 409, 429])
def test_starts_beyond_the_concurrency_limit_fail_until_a_slot_is_free(emulator: EmulatorHandle, status: int) -> None:
    """With `Retry-After` if configured; a repeated start (idempotency key) is no second run."""
    emulator.set_concurrency(1, status=status, retry_after_seconds=3)
    first = emulator.start_script(scripts.ENDLESS, "first")
    home = f"{V6}/projects/{emulator.project_id}/load_tests"
    test_id = emulator.api("POST", home, files={"name": (None, "b"), "script": scripts.INSTANT}).json()["id"]
    key = {"K6-Idempotency-Key": "0123456789abcdef"}
    refused = emulator.api("POST", f"{V6}/load_tests/{test_id}/start", headers=key)
    assert (refused.status_code, refused.headers["retry-after"]) == (status, "3")
    assert "allows 1 concurrent" in refused.json()["error"]["message"]
    emulator.wait_for_status(first, "running")
    emulator.api("POST", f"{V6}/test_runs/{first}/abort")
    emulator.wait_for_status(first)
    started = emulator.api("POST", f"{V6}/load_tests/{test_id}/start", headers=key)
    assert started.status_code == 200
    assert emulator.api("POST", f"{V6}/load_tests/{test_id}/start", headers=key).json()["id"] == started.json()["id"]
    emulator.set_concurrency(None)
    assert emulator.start_script(scripts.INSTANT, "free") > started.json()["id"]


def test_the_monthly_limit_counts_used_vuh(emulator: EmulatorHandle) -> None:
    """Options stay valid, a run is `created`, then `aborted` with the reason."""
    project = emulator.project_id
    emulator.api("PATCH", f"{V6}/projects/{project}/limits", json={"vuh_max_per_month": 2}).raise_for_status()
    options = {"project_id": project, "options": {"vus": 10, "duration": "5m"}}
    assert emulator.api("POST", f"{V6}/validate_options", json=options).json()["vuh_usage"] == 1.0
    emulator.control("POST", "spent", json={"project_id": project, "vuh": 1.5})
    run_id = emulator.start_script(scripts.script("vus: 10, duration: '5m'", ""))
    run = emulator.wait_for_status(run_id)
    assert [entry["type"] for entry in run["status_history"]] == ["created", "aborted"]
    assert "1.5 of 2 are spent this month" in run["result_details"]["message"]
