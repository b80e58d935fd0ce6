"""The action on a stand-in runner, with a recorder where k6ci stands: what reaches k6ci, and what comes back."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

import pytest
import yaml

from faces import PROJECT, RECORDER, copy_action, machine_environ, program_folder, recorded
from github_runner import Cancellation, Job, Ladder
from waiting import PATIENCE_SECONDS, wait_for

PATIENT, HURRIED = Ladder(interrupt_seconds=PATIENCE_SECONDS), Ladder(interrupt_seconds=0.6, terminate_seconds=0.4)
INPUTS = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))["inputs"]


@pytest.fixture(scope="module")
def action(tmp_path_factory):
    """Without locked requirements, so that nothing has to be installed."""
    return copy_action(tmp_path_factory.mktemp("an action") / "k6ci", source=RECORDER, lock="")


@pytest.fixture(scope="module")
def runner_temp(tmp_path_factory):
    """One for all tests: the environment that the first makes is used by the others."""
    return tmp_path_factory.mktemp("runner temp")


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "my shop"
    folder.mkdir()
    return folder


@pytest.fixture
def ladder():
    """How soon the runner insists; no signal comes too late for a k6ci that reacts."""
    return PATIENT


@pytest.fixture
def job(workspace, runner_temp, tmp_path, ladder):
    environ = machine_environ(tmp_path / "home")
    with Job(workspace=workspace, temporary=runner_temp, environ=environ, ladder=ladder) as job:
        yield job
    assert job.orphans == []


def test_every_input_reaches_k6ci_as_a_variable_of_its_own_name(action, job, workspace):
    """Composite steps get no INPUT_* from the real runner: an input that action.yml forgets to map is lost."""
    values = {name: f"value of {name}" for name in INPUTS if name not in {"mode", "flags"}}
    report = job.use(action, inputs={**values, "mode": "check"})
    (call,) = recorded(workspace)
    assert report.outcome == "success"
    assert call["argv"] == ["check"]
    assert {name: call["environ"][f"K6CI_{name.upper().replace('-', '_')}"] for name in values} == values
    assert not [name for name in call["environ"] if name.startswith("INPUT_")]


def test_an_input_without_value_arrives_empty(action, job, workspace):
    """k6ci takes an empty variable as unset; a default written here would overrule k6ci.toml."""
    job.use(action)
    (call,) = recorded(workspace)
    named = {name: call["environ"][f"K6CI_{name.upper().replace('-', '_')}"] for name in INPUTS}
    assert named == {name: "run" if name == "mode" else "" for name in INPUTS}


def test_outputs_and_summary_come_back(action, job):
    report = job.use(action)
    assert report.outputs == {
        "run-id": "7",
        "run-url": "https://example.org/runs/7",
        "result": "passed",
        "result-file": "k6ci-report/result.json",
        "report-file": "k6ci-report/report.html",
        "vuh": "1.5",
    }
    assert report.summary == "## passed\n"
    assert report.step("Stop the cloud run").outcome == "skipped"


@pytest.mark.parametrize("name", sorted(set(INPUTS) - {"mode", "flags"}))
def test_no_input_is_code(action, job, workspace, name):
    """Inputs may come from a pull request's title or a file of its branch."""
    hostile = 'a\'; touch hacked; echo "$(touch hacked)" `touch hacked` ${{ github.sha }}\n::error::forged\n$K6CI_MODE'
    report = job.use(action, inputs={name: hostile})
    (call,) = recorded(workspace)
    assert call["environ"][f"K6CI_{name.upper().replace('-', '_')}"] == hostile
    assert not (workspace / "hacked").exists()
    assert report.annotations == ()


@pytest.mark.parametrize("mode", ["soak", "run; touch hacked", "--help", "run\n"])
def test_a_mode_that_does_not_exist_is_refused_before_anything_is_installed(action, job, workspace, mode):
    report = job.use(action, inputs={"mode": mode})
    assert report.step("setup").exit_code == 10
    assert [note.message for note in report.annotations] == [
        "The input 'mode' of the action must be 'run', 'check', 'scan' or 'report'."
    ]
    assert recorded(workspace) == []
    assert not (workspace / "hacked").exists()


def test_an_empty_mode_is_run(action, job, workspace):
    """`mode: ${{ inputs.mode }}` of a caller's own workflow may be empty, which counts as unset like everywhere."""
    job.use(action, inputs={"mode": ""})
    assert recorded(workspace)[0]["argv"] == ["run"]


def test_the_exit_code_of_k6ci_is_that_of_the_step_and_a_verdict_needs_no_abort(action, job, workspace):
    report = job.use(action, inputs={"flags": "cross"})
    assert (report.outcome, report.step("run").exit_code, report.outputs["result"]) == ("failure", 99, "failed")
    assert [call["argv"] for call in recorded(workspace)] == [["run"]]


def test_the_token_reaches_k6ci_and_not_the_step_that_installs(action, workspace, runner_temp, tmp_path):
    token = secrets.token_hex(32)
    environ = machine_environ(tmp_path / "home")
    # bash reads BASH_ENV before each script: it shows what every step of the action sees.
    watcher = tmp_path / "watch.sh"
    watcher.write_text(f'echo "${{K6_CLOUD_TOKEN:-none}}" >> {str(tmp_path / "seen")!r}\n', encoding="utf-8")
    with Job(workspace=workspace, temporary=runner_temp, environ={**environ, "BASH_ENV": str(watcher)}) as job:
        report = job.use(action, environ={"K6_CLOUD_TOKEN": token})
    seen = (tmp_path / "seen").read_text(encoding="utf-8").split()
    assert recorded(workspace)[0]["environ"]["K6_CLOUD_TOKEN"] == token
    assert seen == ["none", "none", token], "setup step, setup.sh, run step"
    assert token not in report.raw_log


def test_the_callers_python_settings_and_files_do_not_get_in(action, workspace, runner_temp, tmp_path):
    """A checkout with a module named k6ci, json or site must not run in the place of the real one."""
    for folder in (workspace, tmp_path / "lib"):
        folder.mkdir(exist_ok=True)
        for name in ("k6ci", "json", "venv", "sitecustomize", "subprocess"):
            (folder / f"{name}.py").write_text("raise SystemExit('the caller got in')\n", encoding="utf-8")
    environ = {
        **machine_environ(tmp_path / "home"),
        "PYTHONPATH": str(tmp_path / "lib"),
        "PYTHONHOME": str(tmp_path),
        "PYTHONSTARTUP": str(workspace / "k6ci.py"),
        "PYTHONIOENCODING": "ascii",
        "VIRTUAL_ENV": str(tmp_path / "venv"),
    }
    with Job(workspace=workspace, temporary=runner_temp, environ=environ) as job:
        report = job.use(action)
    (call,) = recorded(workspace)
    assert report.outcome == "success", report.log
    assert call["encoding"] == "utf-8"
    assert not {str(workspace), str(tmp_path / "lib"), ""} & set(call["path"])


def test_a_cancel_reaches_k6ci_itself_and_the_net_is_spread_below_it(action, job, workspace):
    """bash would keep the signal to itself: `exec` is what makes k6ci the process that the runner signals."""
    report = job.use(
        action, inputs={"flags": "wait"}, cancellation=Cancellation(on_line=lambda line: line == "waiting")
    )
    calls = recorded(workspace)
    assert (report.outcome, report.step("run").exit_code, report.step("run").signals) == ("cancelled", 130, ("SIGINT",))
    assert calls[1] == {"signal": "SIGINT"}
    assert calls[2]["argv"] == ["abort"]
    assert report.outputs["run-id"] == "7", "known although the step was cancelled"


@pytest.mark.parametrize("ladder", [HURRIED], ids=["hurried"])
def test_a_k6ci_that_had_to_be_killed_is_followed_by_abort(action, job, workspace):
    report = job.use(
        action, inputs={"flags": "ignore"}, cancellation=Cancellation(on_line=lambda line: line == "waiting")
    )
    assert report.step("run").signals == ("SIGINT", "SIGTERM", "SIGKILL")
    assert report.step("Stop the cloud run").outcome == "success"
    assert [call.get("argv") or call["signal"] for call in recorded(workspace)] == [
        ["run"],
        "SIGINT",
        "SIGTERM",
        ["abort"],
    ]


def test_a_crash_without_a_verdict_is_followed_by_abort(action, job, workspace):
    """The out-of-memory killer cancels no job, and the load would go on."""
    report = job.use(action, inputs={"flags": "crash", "stack": "acme", "project-id": "3", "report-dir": "out put"})
    abort = recorded(workspace)[-1]
    assert (report.outcome, report.step("Stop the cloud run").outcome) == ("failure", "success")
    assert abort["argv"] == ["abort"]
    assert {name: abort["environ"][name] for name in ("K6CI_STACK", "K6CI_PROJECT_ID", "K6CI_REPORT_DIR")} == {
        "K6CI_STACK": "acme",
        "K6CI_PROJECT_ID": "3",
        "K6CI_REPORT_DIR": "out put",
    }


def test_nothing_is_aborted_when_setting_up_failed_or_was_cancelled(tmp_path, workspace):
    """There is no k6ci to call then, and no run to stop."""
    broken = copy_action(tmp_path / "broken", source=RECORDER, lock="")
    (broken / "requirements" / "github.txt").unlink()
    for cancellation in (Cancellation(), Cancellation(on_line=lambda line: "is incomplete" in line)):
        with Job(workspace=workspace, temporary=tmp_path, environ=machine_environ(tmp_path / "home")) as job:
            report = job.use(broken, cancellation=cancellation)
        assert [step.outcome for step in report.steps][1:] == ["skipped"] * 3
        assert "is incomplete" in report.annotations[0].message
    assert recorded(workspace) == []


def test_a_cancel_while_setting_up_ends_the_installer_too(tmp_path, workspace):
    """The longest part of a first use: the runner should neither wait for it nor have to kill it."""
    action = copy_action(tmp_path / "action", source=RECORDER, lock="")
    started = tmp_path / "started"
    slow = program_folder(tmp_path / "slow", uv=f"touch {started}; exec sleep 40.125")
    environ = machine_environ(tmp_path / "home", slow)
    cancellation = Cancellation()
    watcher = threading.Thread(target=cancel_when, args=(started, cancellation))
    watcher.start()
    with Job(workspace=workspace, temporary=tmp_path, environ=environ, ladder=PATIENT) as job:
        report = job.use(action, cancellation=cancellation)
    watcher.join()
    assert (report.outcome, report.step("setup").signals) == ("cancelled", ("SIGINT",)), report.log
    assert job.orphans == []
    assert [step.outcome for step in report.steps][1:] == ["skipped"] * 3


def test_a_second_use_in_one_job_takes_the_same_environment(action, job):
    first, second = job.use(action), job.use(action)
    assert first.step("setup").outputs["python"] == second.step("setup").outputs["python"]
    assert "installed by an earlier step of this job" in second.log


def cancel_when(exists: Path, cancellation: Cancellation) -> None:
    wait_for(exists.exists)
    cancellation.request()
