"""Workflows, our own and those of examples/, pin what they use, ask for little, and pass the linters."""

from __future__ import annotations

import re
import shutil

import pytest

from faces import PROJECT
from k6ci.results.model import Verdict
from linters import check_schema, run_linter
from shown_workflows import ACTION, EXAMPLES, WORKFLOWS, check_with_zizmor, load

# Scripts of ours that a shell runs.
SHELL_SCRIPTS = [
    *(PROJECT / ".ci").iterdir(),
    *(PROJECT / ".github").rglob("*.sh"),
    *(PROJECT / "action").glob("*.sh"),
]
# Every other job of every workflow gets `contents: read`, and nothing more.
PERMISSIONS = {
    ("release.yml", "attest"): {"attestations": "write", "id-token": "write"},
    ("release.yml", "pypi"): {"id-token": "write"},
    ("release.yml", "github"): {"contents": "write"},
    ("k6-pins.yml", "pins"): {"contents": "write", "pull-requests": "write"},
    ("release.yml", "image"): {"contents": "read", "packages": "write"},
    ("load-test.yml", "load-test"): {"contents": "read", "pull-requests": "write", "checks": "write"},
    ("report-pull-request.yml", "report"): {"actions": "read", "checks": "write", "pull-requests": "write"},
}
# Not steps that prepare a target: every job of these runs one target of the Makefile, or the script that it runs.
COMMANDS = {
    "ci.yml": {"make": "make", "releases": "make releases"},
    "wheel.yml": {"build": "make dist", "installed": "python tools/check_installed.py dist --download-k6"},
    "self-test.yml": {"self-test": "make --silent emulator"},
    "release.yml": {"build": "make release", "image": 'make image IMAGE="$IMAGE:${TAG#v}"'},
    "k6-pins.yml": {"pins": "make pins"},
}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_pin_what_they_use_and_ask_for_little(path):
    """Whoever copies an example copies its permissions."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == PERMISSIONS.get((path.name, name), {"contents": "read"})
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            use = step.get("uses", "./")
            assert use == "./" or use.startswith("k6ci/k6ci@") or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use)
            if use.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_needs_no_action_for_k6(path):
    """One `uses:` of ours in each job, and beside it actions of GitHub only."""
    for job in load(path)["jobs"].values():
        used = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
        assert sum(use in ("./", "k6ci/k6ci") for use in used) == 1
        assert all(use in ("./", "k6ci/k6ci") or use.startswith("actions/") for use in used)


def test_a_workflow_that_uses_a_secret_on_pull_requests_keeps_forks_out():
    """Their pull requests get no secrets; the job is then shown as skipped, which nobody takes for passed."""
    found = []
    for path in WORKFLOWS:
        workflow = load(path)
        triggers = workflow[True]  # YAML 1.1 reads the key `on` so
        assert "pull_request_target" not in triggers
        if "pull_request" in triggers and "secrets." in path.read_text(encoding="utf-8"):
            found.append(path.name)
            for job in workflow["jobs"].values():
                is_skipped = "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]
                skips = any(step.get("with", {}).get("fork-policy") == "skip" for step in job["steps"])
                assert is_skipped or skips, path.name
    assert found == ["check.yml", "load-test.yml", "test-pull-request.yml"]


def test_the_job_that_may_write_executes_nothing_of_the_pull_request():
    """And it waits for the workflow that keeps the result."""
    test, report = (load(PROJECT / "examples" / "github" / f"{name}-pull-request.yml") for name in ("test", "report"))
    assert report[True] == {"workflow_run": {"workflows": [test["name"]], "types": ["completed"]}}
    (job,) = report["jobs"].values()
    assert [step["uses"].partition("@")[0] for step in job["steps"]] == ["actions/download-artifact", "k6ci/k6ci"]
    assert not any("run" in step for step in job["steps"])
    assert "secrets." not in (PROJECT / "examples" / "github" / "report-pull-request.yml").read_text(encoding="utf-8")
    kept = [step["with"] for step in test["jobs"]["load-test"]["steps"] if "upload" in step["uses"]]
    assert kept[0]["name"] == job["steps"][0]["with"]["name"]


@pytest.mark.parametrize(("file", "jobs"), COMMANDS.items())
def test_each_job_is_a_target_that_developers_can_run(file, jobs):
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    workflow = load(PROJECT / ".github" / "workflows" / file)
    for job, command in jobs.items():
        scripts = [step["run"] for step in workflow["jobs"][job]["steps"] if "run" in step]
        assert any(script.startswith(command) for script in scripts)
        for target in re.findall(r"^make (?:--silent )?(\w+)", command):
            assert f"\n{target}: " in makefile
    for target in load(PROJECT / ".github" / "workflows" / "ci.yml")["jobs"]["make"]["strategy"]["matrix"]["target"]:
        assert f"\n{target}: " in makefile


def test_the_wheel_is_tested_on_each_python_that_it_supports():
    matrix = load(PROJECT / ".github" / "workflows" / "wheel.yml")["jobs"]["installed"]["strategy"]["matrix"]
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)", project)
    assert f'requires-python = ">={matrix["python"][0]}"' in project
    assert {name.split("-")[0] for name in matrix["system"]} == {"ubuntu", "macos", "windows"}


def test_updates_wait_for_a_cool_down():
    updates = load(PROJECT / ".github" / "dependabot.yml")["updates"]
    assert {one["package-ecosystem"] for one in updates} == {"github-actions", "pip", "npm", "gomod"}
    assert all(one["cooldown"]["default-days"] >= 7 for one in updates)


def test_the_types_of_the_action_name_its_inputs_and_outputs():
    """The format: https://github.com/typesafegithub/github-actions-typing."""
    action, types = load(ACTION), load(PROJECT / "action-types.yml")
    assert list(types["inputs"]) == list(action["inputs"])
    assert list(types["outputs"]) == list(action["outputs"])
    keys = {"list": {"separator", "list-item"}, "enum": {"allowed-values"}}
    for one in [*types["inputs"].values(), *types["outputs"].values()]:
        assert one["type"] in ("string", "boolean", "integer", "float", "list", "enum")
        assert set(one) == {"type"} | keys.get(one["type"], set())
    assert set(types["outputs"]["result"]["allowed-values"]) == {verdict.value for verdict in Verdict}


def test_zizmor_reports_nothing():
    check_with_zizmor("--persona", "pedantic", ACTION, PROJECT / ".github" / "dependabot.yml", *WORKFLOWS)


def test_github_knows_every_key_that_is_used():
    check_schema("vendor.github-actions", ACTION)
    check_schema("vendor.github-workflows", *WORKFLOWS)
    check_schema("custom.github-workflows-require-timeout", *WORKFLOWS)
    check_schema("vendor.dependabot", PROJECT / ".github" / "dependabot.yml")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_reports_nothing(tmp_path):
    run_linter("shellcheck", *SHELL_SCRIPTS)
    for step in load(ACTION)["runs"]["steps"]:
        script = tmp_path / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        run_linter("shellcheck", "--shell=bash", script)
