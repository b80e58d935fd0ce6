"""The last step of a job concludes the check run that a killed process left."""

from __future__ import annotations

import sys

import anyio
import pytest

from api_stand_in import Fault
from github_deliveries import check_runs, deliver, left_open
from k6ci import cli, publish
from k6ci.publish import check_run
from k6ci.results.model import Verdict
from k6ci.runs.interruption import Interruption

pytestmark = pytest.mark.unmeasured


def test_a_check_run_whose_creation_was_not_confirmed_is_left_to_the_last_step(github, at, tmp_path):
    """It may appear after it was looked for."""
    github.faults = [Fault("", "/check-runs", is_cut=True, times=10)]
    anyio.run(publish.begin, at(), Interruption())
    github.faults = []
    deliver(at(), begins=False)
    assert check_runs(github) == [("completed", "success")]
    assert left_open(tmp_path) == "open"


def test_the_last_step_concludes_what_a_killed_process_left(github, at, tmp_path):
    anyio.run(publish.begin, at(), Interruption())
    anyio.run(publish.begin, at(GITHUB_JOB="other"), Interruption())
    anyio.run(check_run.conclude_unfinished, Verdict.CANCELLED, at())
    assert check_runs(github) == [("completed", "cancelled"), ("in_progress", None)]
    assert "was ended before it could report" in github.check_runs[0]["output"]["summary"]
    assert left_open(tmp_path) == ""


@pytest.mark.parametrize("fault", [None, {"status": 500}, {"status": 403}])
def test_the_command_of_the_last_step_never_fails(github, at, capsys, fault):
    """It also works where a job failed before it had a token of k6, and says what it could not do."""
    destination = at()
    anyio.run(publish.begin, destination, Interruption())
    github.faults = [Fault("PATCH", "", **fault)] if fault else []
    assert cli.main(["conclude", "error"], destination.environ) == 0
    status = "in_progress" if fault else "completed"
    assert check_runs(github) == [(status, None if fault else "failure")]
    assert capsys.readouterr().out.count("::notice title=k6ci::The check run could not be concluded") == bool(fault)
    assert cli.main(["conclude", "green"], destination.environ) == 2


@pytest.mark.parametrize(
    "accident",
    [
        {"GITHUB_API_URL": "https://["},
        {"GITHUB_API_URL": "", "GITHUB_SERVER_URL": "https://github.example"},
        {"GITHUB_OUTPUT": "/nowhere/outputs"},
        {"no": "PyGithub"},
        {"check": "run of another form"},
    ],
)
def test_no_accident_in_the_last_step_fails_a_job_that_passed(github, at, capsys, monkeypatch, accident):
    destination = at()
    anyio.run(publish.begin, destination, Interruption())
    if "no" in accident:
        monkeypatch.delitem(sys.modules, "k6ci.platforms.github.api", raising=False)
        monkeypatch.setitem(sys.modules, "github", None)
    if "check" in accident:
        github.check_runs[0]["external_id"] = 5
    assert cli.main(["conclude", "passed"], {**destination.environ, **accident}) == 0
    said = capsys.readouterr().out
    assert said.count("::notice title=k6ci::The check run could not be concluded: ") == 1
    assert "a bug in k6ci" not in said


def test_the_last_step_does_not_ask_again_whether_a_check_run_is_wanted(github, at, tmp_path, monkeypatch):
    """It does not get the input check-run, which outranks k6ci.toml."""
    destination = at()
    anyio.run(publish.begin, destination, Interruption())
    (tmp_path / "k6ci.toml").write_text("check-run = false\n")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["conclude", "error"], destination.environ) == 0
    assert check_runs(github) == [("completed", "failure")]
