"""Real, unmodified k6 2.x against the emulator: it takes it for Grafana Cloud and ends with its own exit codes.

For the binaries that `K6CI_TEST_K6` names; without one these tests are skipped. k6 before 2.0: test_real_k6_legacy.py.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import binaries
import scripts
from contract.openapi import Contract, load_document
from emulation import EmulatorHandle, base_environ, emulator_in_thread, wheel_config
from waiting import wait_for

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(load_document())


@pytest.fixture(params=binaries.of_major_2(), ids=binaries.version)
def k6(request: pytest.FixtureRequest) -> Path:
    """Who talks to the emulator."""
    return Path(request.param)


@pytest.fixture(params=binaries.every(), ids=lambda path: f"executes-{binaries.version(path)}")
def emulator(request: pytest.FixtureRequest) -> Iterator[EmulatorHandle]:
    """The emulator, executing with each version: what 2.x uploads must run on 1.1, too."""
    with emulator_in_thread(wheel_config(k6=request.param)) as handle:
        yield handle


def cloud_run(k6: Path, emulator: EmulatorHandle, folder: Path, text: str) -> subprocess.Popen[str]:
    """`k6 cloud run` of that script, as a user would start it."""
    (folder / "script.js").write_text(text, encoding="utf-8")
    environ: Mapping[str, str] = {**base_environ(), "HOME": str(folder), **emulator.environment()}
    argv = [str(k6), "cloud", "run", "script.js"]
    return subprocess.Popen(
        argv, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("text", "exit_code", "status", "result"),
    [
        (scripts.PASSING, 0, "completed", "passed"),
        (scripts.CROSSING, 99, "completed", "failed"),
        (scripts.ABORTING_ON_FAIL, 99, "aborted", "failed"),
        (scripts.ABORTING_ITSELF, 97, "aborted", "error"),
        (scripts.THROWING_IN_SETUP, 97, "aborted", "error"),
    ],
    ids=["passing", "crossing", "abort-on-fail", "aborting-itself", "throwing-in-setup"],
)
def test_k6_cloud_run_ends_as_the_script_did(
    k6: Path,
    emulator: EmulatorHandle,
    contract: Contract,
    tmp_path: Path,
    text: str,
    exit_code: int,
    status: str,
    result: str,
) -> None:
    """k6's own exit codes come out, and each of its requests and our answers is as the document has it."""
    process = cloud_run(k6, emulator, tmp_path, text)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == exit_code, errors
    run = emulator.state()["runs"][-1]
    assert (run["status"], run["result"]) == (status, result)
    assert f"{emulator.emulator.stack_url}/a/k6-app/runs/{run['id']}" in output
    assert contract.check_all(emulator.exchanges) >= 4


def test_k6_cloud_run_shows_what_the_script_says(k6: Path, emulator: EmulatorHandle, tmp_path: Path) -> None:
    """The log tail is a websocket that k6 itself follows."""
    _, errors = cloud_run(k6, emulator, tmp_path, scripts.PASSING).communicate(timeout=60)
    assert 'msg="hello from the script"' in errors
    assert "error while tailing" not in errors


def test_an_interrupt_aborts_the_run(k6: Path, emulator: EmulatorHandle, contract: Contract, tmp_path: Path) -> None:
    """k6 aborts through the API on SIGINT and ends with 97 as soon as the run shows as aborted by a user."""
    process = cloud_run(k6, emulator, tmp_path, scripts.ENDLESS)
    wait_for(emulator.has_running)
    run_id = emulator.state()["runs"][-1]["id"]
    wait_for(lambda: [one for one in emulator.journal(f"/test_runs/{run_id}") if one["method"] == "GET"])
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 97, errors
    assert "Aborted (by user)" in output
    run = emulator.state()["runs"][-1]
    assert run["status_details"]["extra"]["by_user"]
    assert emulator.run_record(run["id"])["exit_code"] == 105
    contract.check_all(emulator.exchanges)


def test_a_second_run_of_the_same_script_replaces_it(
    k6: Path, emulator: EmulatorHandle, contract: Contract, tmp_path: Path
) -> None:
    """k6 answers our 409 on a taken name by finding the load test and putting the new script into it."""
    for text in (scripts.CROSSING, scripts.PASSING):
        process = cloud_run(k6, emulator, tmp_path, text)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(emulator.state()["load_tests"]) == 1
    statuses = [exchange.status for exchange in emulator.exchanges if exchange.method in {"POST", "PUT"}]
    assert 409 in statuses
    assert contract.check_all(emulator.exchanges) >= 8


def test_the_token_that_k6_uploads_is_never_shown(k6: Path, emulator: EmulatorHandle, tmp_path: Path) -> None:
    """k6 writes the token into the archive and the options; neither the run nor the journal gives it away."""
    cloud_run(k6, emulator, tmp_path, scripts.PASSING).communicate(timeout=60)
    uploads = [exchange for exchange in emulator.exchanges if emulator.token.encode() in exchange.request_body]
    assert uploads, "k6 no longer uploads the token: this test has lost its reason"
    runs = emulator.api("GET", "/cloud/v6/test_runs").text
    assert "projectID" in runs
    assert emulator.token not in runs
    assert emulator.token not in json.dumps(emulator.journal())
    assert emulator.token not in json.dumps(emulator.state())


@pytest.mark.parametrize("binary", binaries.every(), ids=lambda path: f"archived-{binaries.version(path)}")
def test_archives_of_all_versions_execute(emulator: EmulatorHandle, tmp_path: Path, binary: Path) -> None:
    """An archive made by `k6 archive` of one version runs on the other, with its own environment in it."""
    text = scripts.script("vus: 1, iterations: 2", "console.log(`zone ${__ENV.ZONE}`);")
    (tmp_path / "script.js").write_text(text, encoding="utf-8")
    argv = [str(binary), "archive", "-e", "ZONE=north", "-O", "archive.tar", "script.js"]
    environ = {**base_environ(), "HOME": str(tmp_path), "K6_NO_USAGE_REPORT": "true"}
    subprocess.run(argv, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=60)
    run_id = emulator.start_script((tmp_path / "archive.tar").read_bytes())
    run = emulator.wait_for_status(run_id)
    assert (run["status"], run["result"]) == ("completed", "passed"), run["result_details"]
    assert emulator.value(run_id, "iterations", "increase") == 2
