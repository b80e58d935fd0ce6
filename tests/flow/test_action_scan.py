"""`mode: scan` of the whole action on a stand-in runner: its own small lock, k6ci itself, real git; no token, no k6."""

from __future__ import annotations

import json

import pytest

from faces import VENV_PROGRAMS, copy_action, machine_environ, program_folder
from github_runner import Job
from scan_repository import LINE, TOKEN, commit, git


@pytest.fixture(scope="module")
def action(tmp_path_factory):
    return copy_action(tmp_path_factory.mktemp("actions") / "k6ci")


@pytest.fixture(scope="module")
def runner_temp(tmp_path_factory):
    """One for all tests: the locked requirements are installed once."""
    return tmp_path_factory.mktemp("runner temp")


@pytest.fixture
def use(action, runner_temp, repository, tmp_path):
    """The action in a job of an event, on a machine that has uv and neither k6 nor a token."""
    programs = program_folder(tmp_path / "programs", uv=f'exec {VENV_PROGRAMS}/uv "$@"')
    environ = machine_environ(tmp_path / "home", programs)

    def use_action(event, **inputs):
        (tmp_path / "event.json").write_text(json.dumps(event))
        named = {"event_path": str(tmp_path / "event.json"), "event_name": "push"}
        with Job(workspace=repository, temporary=runner_temp, environ=environ, github=named) as job:
            return job.use(action, inputs={"mode": "scan", **inputs})

    return use_action


def push(repository, before: str, after: str) -> dict:
    return {"before": before, "after": after, "ref": "refs/heads/main", "repository": {"default_branch": "main"}}


def test_a_secret_that_was_pushed_is_red_at_its_line(use, repository):
    first = git("rev-parse", "HEAD", cwd=repository)
    last = commit(repository, {"ci/load test.env": f"A=1\n{LINE}"})
    report = use(push(repository, first, last), **{"report-dir": "out"})
    assert (report.outcome, report.step("run").exit_code) == ("failure", 1), report.log
    (annotation,) = report.annotations
    assert annotation.properties["file"] == "ci/load test.env"
    assert (annotation.properties["line"], annotation.properties["title"]) == ("2", "k6ci: k6 Cloud token")
    assert (report.outputs["result"], report.outputs["result-file"]) == ("failed", "out/scan.json")
    assert json.loads((repository / "out" / "scan.sarif").read_text())["version"] == "2.1.0"
    assert "1 secret found" in report.summary
    assert report.step("Stop the cloud run").outcome == "skipped"
    assert TOKEN not in report.raw_log + report.summary


def test_a_push_without_secrets_is_green(use, repository, runner_temp):
    first = git("rev-parse", "HEAD", cwd=repository)
    last = commit(repository, {"ci.yml": "token: ${{ secrets.K6_CLOUD_TOKEN }}\n"})
    report = use(push(repository, first, last))
    assert (report.outcome, report.annotations, report.outputs["result"]) == ("success", (), "passed"), report.log
    assert not [*runner_temp.rglob("httpx"), *runner_temp.rglob("pydantic")], "the environment of a scan is a small one"


def test_a_clone_that_lacks_the_range_is_red_and_says_what_to_set(use, repository, tmp_path):
    last = commit(repository, {"x.js": "// x\n"})
    git("clone", "-q", "--depth=1", f"file://{repository}", str(tmp_path / "shallow"), cwd=tmp_path)
    (repository / ".git").rename(tmp_path / "whole.git")
    (tmp_path / "shallow" / ".git").rename(repository / ".git")
    report = use(push(repository, "a" * 40, last))
    assert (report.step("run").exit_code, report.outputs["result"]) == (10, "error"), report.log
    assert "fetch-depth: 0" in report.annotations[0].message
