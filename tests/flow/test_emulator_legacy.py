"""The API of k6 before 2.0, called by unmodified k6 and by hand: its runs are those of REST v6."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import scripts
from archives import archive
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from legacy_k6 import COUNTING, EACH_OLD, V6, k6, progress, running
from waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.unmeasured


def upload(
    emulator: EmulatorHandle, script: str = scripts.INSTANT, name: str = "a test", **options: Any
) -> httpx.Response:
    """`POST /v1/archive-upload`, as k6 sends it."""
    files = {"file": ("archive.tar", archive(script, options=options), "application/octet-stream")}
    return emulator.api("POST", "/v1/archive-upload", data={"name": name}, files=files)


# One world


def test_legacy_and_v6_show_the_same_runs(emulator: EmulatorHandle) -> None:
    """The same ids, statuses, metrics and scripts through both."""
    reference = upload(emulator, COUNTING, vus=1, iterations=3).json()["reference_id"]
    assert reference.isdecimal()
    run = emulator.wait_for_status(int(reference))
    assert (run["status"], run["result"]) == ("completed", "passed"), run["result_details"]
    assert emulator.value(run["id"], "mine", "increase") == 3
    assert emulator.api("GET", f"{V6}/test_runs/{reference}/script").content == archive(
        COUNTING, options={"vus": 1, "iterations": 3}
    )
    assert [one["name"] for one in emulator.state()["load_tests"]] == ["a test"]
    other = emulator.start_script(scripts.CROSSING, "of v6")
    emulator.wait_for_status(other)
    shown = progress(emulator, other)
    assert shown == {"run_status_text": "Finished", "run_status": 3, "result_status": 1, "progress": 1.0}


@pytest.mark.parametrize("binary", EACH_OLD)
def test_a_run_of_old_k6_is_aborted_through_v6(emulator: EmulatorHandle, tmp_path: Path, binary: Path) -> None:
    """k6 ends with 97 and names the user."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    process = k6(binary, emulator, tmp_path, "cloud", "run", "script.js")
    run = wait_for(lambda: running(emulator))
    assert process.stderr is not None
    assert any('msg="still here"' in line for line in iter(process.stderr.readline, ""))  # until the log tail works
    assert emulator.api("POST", f"{V6}/test_runs/{run['id']}/abort").status_code == 204
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 97, errors
    assert "test status: Aborted (by user)" in output


def test_a_run_of_v6_is_stopped_through_the_legacy_api(emulator: EmulatorHandle) -> None:
    """`POST /v1/tests/{ref}/stop` in any status, also twice and after the end."""
    run_id = emulator.start_script(scripts.ENDLESS)
    for _ in range(2):
        assert emulator.api("POST", f"/v1/tests/{run_id}/stop").status_code == 204
    run = emulator.wait_for_status(run_id)
    assert run["status_details"]["extra"]["by_user"]
    assert progress(emulator, run_id)["run_status"] == 5
    assert emulator.api("POST", f"/v1/tests/{run_id}/stop").status_code == 204


# Statuses


@pytest.mark.parametrize(
    ("ended_by", "number", "words"),
    [
        ("user", 5, "Aborted (by user)"),
        ("system", 6, "Aborted (by system)"),
        ("script", 7, "Aborted (by script error)"),
        ("threshold", 8, "Aborted (by threshold)"),
        ("limit", 9, "Aborted (by limit)"),
    ],
)
def test_every_kind_of_abort_has_a_run_status(emulator: EmulatorHandle, ended_by: str, number: int, words: str) -> None:
    """By another user, the system, the script, a threshold, a limit."""
    emulator.set_run_scenario(ended_by=ended_by)
    reference = upload(emulator, scripts.ENDLESS).json()["reference_id"]
    emulator.wait_for_status(int(reference))
    shown = {"run_status_text": words, "run_status": number, "result_status": 1, "progress": 1.0}
    assert progress(emulator, reference) == shown


def test_a_project_limit_and_a_timeout_have_a_run_status_each() -> None:
    """9 for a run beyond a limit, 4 for one that exceeds its plan."""
    with emulator_in_thread(wheel_config(limit_seconds=-30.0)) as emulator:
        stuck = scripts.script("", "for (;;) {}")
        brief = {"a": {"executor": "shared-iterations", "maxDuration": "1s"}}
        late = upload(emulator, stuck, "stuck", scenarios=brief).json()["reference_id"]
        emulator.wait_for_status(int(late))
        assert progress(emulator, late)["run_status"] == 4
        limits = f"{V6}/projects/{emulator.project_id}/limits"
        emulator.api("PATCH", limits, json={"duration_max_per_test": 1})
        beyond = upload(emulator, scripts.INSTANT, "beyond").json()["reference_id"]
        emulator.wait_for_status(int(beyond))
        assert progress(emulator, beyond)["run_status"] == 9


# How k6 asks


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_same_key_is_the_same_run(emulator: EmulatorHandle, slash: str) -> None:
    """k6 repeats a lost upload with its key, 16 hexadecimal digits, and never starts a second run; `//v1` is `/v1`."""
    key = {"K6-Idempotency-Key": "00112233aabbccdd"}
    files = {"file": ("archive.tar", archive(scripts.INSTANT))}
    seen = set()
    for extra in ({}, {"upload_only": "true"}):
        for _ in range(3):
            headers = {"K6-Idempotency-Key": key["K6-Idempotency-Key"] + ("u" if extra else "")}
            data = {"name": "again", **extra}
            url = f"{emulator.url}{slash}/v1/archive-upload"
            seen.add(emulator.api("POST", url, data=data, files=files, headers=headers).json()["reference_id"])
    assert len(seen) == 2
    assert len(emulator.state()["runs"]) == 1
    for _ in range(2):
        seen.add(emulator.api("POST", "/v1/tests", json={"name": "local"}, headers=key).json()["reference_id"])
    assert len(seen) == 3
    assert upload(emulator).json() != upload(emulator).json()


def test_an_upload_may_come_in_chunks(emulator: EmulatorHandle) -> None:
    """Without a length, as Go sends a body of unknown length."""
    request = httpx.Request(
        "POST", emulator.url, data={"name": "chunked"}, files={"file": ("archive.tar", archive(scripts.INSTANT))}
    )
    body = request.read()

    def pieces() -> Iterator[bytes]:
        for place in range(0, len(body), 700):
            yield body[place : place + 700]

    headers = {"Content-Type": request.headers["content-type"]}
    sent = emulator.api("POST", "/v1/archive-upload", content=pieces(), headers=headers)
    assert emulator.wait_for_status(int(sent.json()["reference_id"]))["result"] == "passed"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/test-progress/1", None, 404, 3),
        ("GET", "/v1/test-progress/x", None, 404, 3),
        ("GET", "/v1/test-progress/" + "9" * 40, None, 404, 3),
        ("POST", "/v1/tests/1/stop", None, 404, 3),
        ("POST", "/v1/tests/1", {"result_status": 0, "run_status": 3}, 404, 3),
        ("POST", "/v1/tests", {"name": ""}, 400, 2),
        ("POST", "/v1/tests", {"name": "x", "vus": -1}, 400, 2),
        ("POST", "/v1/tests", {"name": "x", "vus": True}, 400, 2),
        ("POST", "/v1/tests", {"name": "x", "project_id": 9}, 403, 4),
        ("POST", "/v1/validate-options", {"options": {"vus": "x"}}, 400, 2),
        ("POST", "/v1/validate-options", {"options": {"cloud": {"projectID": 9}}}, 403, 4),
        ("POST", "/v2/metrics/1", None, 404, 3),
    ],
)
def test_errors_have_integer_codes(emulator: EmulatorHandle, method, path, body, status, code) -> None:
    """k6 shows them as `(403/E4) ...`."""
    answer = emulator.api(method, path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_options_beyond_a_project_limit_are_rejected_before_the_upload(emulator: EmulatorHandle) -> None:
    """Code 2, with the limit, as in `validate_options` of v6."""
    emulator.api("PATCH", f"{V6}/projects/{emulator.project_id}/limits", json={"vu_max_per_test": 1})
    answer = emulator.api("POST", "/v1/validate-options", json={"options": {"vus": 2, "duration": "1s"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2)
    assert "the project allows 1" in answer.json()["error"]["message"]
    assert emulator.api("POST", "/v1/validate-options", json={"options": {"vus": 1}}).status_code == 204


@pytest.mark.parametrize("path", ["/v1/archive-upload", "/v1/tests", "/v2/metrics/1", "/v1/validate-options"])
def test_the_legacy_api_checks_token_and_stack(emulator: EmulatorHandle, path: str) -> None:
    """401 with code 5; 403 with code 4 for another stack, which k6 sends from 1.6 on."""
    wrong = emulator.api("POST", path, json={}, headers={"Authorization": "Token wrong"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, 5)
    other = emulator.api("POST", path, json={}, headers={"X-Stack-Id": "8"})
    assert (other.status_code, other.json()["error"]["code"]) == (403, 4)
