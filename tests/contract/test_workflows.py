"""Workflows, our own and those of examples/ and docs/, pin what they use, ask for little, and pass the linters."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from faces import PROJECT
from k6ci.results.model import Verdict

OWN = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((PROJECT / "examples" / "github").glob("*.yml"))
WORKFLOWS = [*OWN, *EXAMPLES]
ACTION = PROJECT / "action.yml"
ZIZMOR_SETTINGS = PROJECT / ".github" / "zizmor.yml"
PROGRAMS = Path(sysconfig.get_path("scripts"))
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


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def run(*argv: str | Path, cwd: Path = PROJECT) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


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
    audited = [ACTION, PROJECT / ".github" / "dependabot.yml", *WORKFLOWS]
    run(PROGRAMS / "zizmor", "--offline", "--persona", "pedantic", "--config", ZIZMOR_SETTINGS, *audited)


def test_github_knows_every_key_that_is_used():
    check = (PROGRAMS / "check-jsonschema", "--builtin-schema")
    run(*check, "vendor.github-actions", ACTION)
    run(*check, "vendor.github-workflows", *WORKFLOWS)
    run(*check, "custom.github-workflows-require-timeout", *WORKFLOWS)
    run(*check, "vendor.dependabot", PROJECT / ".github" / "dependabot.yml")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_reports_nothing(tmp_path):
    run("shellcheck", *SHELL_SCRIPTS)
    for step in load(ACTION)["runs"]["steps"]:
        script = tmp_path / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        run("shellcheck", "--shell=bash", script)


# --- the YAML in the docs ---

DOCUMENTS = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")]
JOB = {"runs-on": "ubuntu-24.04", "timeout-minutes": 60, "permissions": {"contents": "read"}}
FRAME = """
name: example
on:
  push:
    branches: [main]
permissions: {}
concurrency:
  group: example
  cancel-in-progress: false
"""


def blocks() -> Iterator[tuple[str, str]]:
    """The YAML blocks of all documents, with a name."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"^```ya?ml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
            yield f"{path.name}:{text[: found.start()].count(chr(10)) + 1}", found[1]


def kind(document: object) -> str:
    """Which program reads a block."""
    if isinstance(document, list) or "jobs" in document or True in document:
        return "circle-ci" if not isinstance(document, list) and document.get("version") == 2.1 else "github-workflows"
    if "pool" in document:
        return "azure-pipelines"
    return "pre-commit" if "repos" in document else "gitlab-ci"


def as_workflow(text: str) -> str:
    """A whole workflow around what a document shows of one: steps or jobs. Comments stay: zizmor reads them."""
    document = yaml.safe_load(text)
    if isinstance(document, list):
        job = yaml.safe_dump({"jobs": {"example": {"name": "example"} | JOB}}, sort_keys=False)
        text = f"{job}    steps:\n{textwrap.indent(text, ' ' * 6)}"
    return text if "on:" in text.splitlines() else f"{FRAME}{text}"


BLOCKS = dict(blocks())
SHOWN_WORKFLOWS = {
    name: as_workflow(text) for name, text in BLOCKS.items() if kind(yaml.safe_load(text)) == "github-workflows"
}


def test_each_block_is_of_a_kind_that_is_checked():
    assert {kind(yaml.safe_load(text)) for text in BLOCKS.values()} == {
        *("azure-pipelines", "circle-ci", "github-workflows", "gitlab-ci", "pre-commit")
    }
    assert len(SHOWN_WORKFLOWS) >= 7


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_in_the_docs_is_valid(name, tmp_path):
    text = BLOCKS[name]
    read_by = kind(yaml.safe_load(text))
    # Of this name, .github/zizmor.yml allows the trigger.
    file = tmp_path / ("report-pull-request.yml" if "workflow_run:" in text else "example.yml")
    file.write_text(SHOWN_WORKFLOWS.get(name, text), encoding="utf-8")
    if read_by == "pre-commit":
        run(PROGRAMS / "pre-commit", "validate-config", file)
        return
    transform = ["--data-transform", "gitlab-ci"] if read_by == "gitlab-ci" else []
    run(PROGRAMS / "check-jsonschema", "--builtin-schema", f"vendor.{read_by}", *transform, file)
    if read_by == "github-workflows":
        run(PROGRAMS / "zizmor", "--offline", "--config", ZIZMOR_SETTINGS, file)
        used = re.findall(r"uses: (\S+)@", text)
        assert all(use.startswith(("actions/", "k6ci/", "platform/")) for use in used)


def migrated() -> str:
    """The workflow that the diff of docs/github.md leads to."""
    text = (PROJECT / "docs" / "github.md").read_text(encoding="utf-8")
    diff = re.search(r"^```diff\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)[1]
    return as_workflow(textwrap.dedent("".join(f" {line[1:]}\n" for line in diff.splitlines() if line[0] != "-")))


USES = {path.name: path.read_text(encoding="utf-8") for path in WORKFLOWS} | SHOWN_WORKFLOWS | {"diff": migrated()}


@pytest.mark.parametrize("name", USES)
def test_every_input_that_is_shown_exists(name):
    """actionlint compares them for `uses: ./` only."""
    known = load(ACTION)["inputs"]
    for job in yaml.safe_load(USES[name])["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith(("./", "k6ci/", "platform/")):
                assert set(step.get("with", {})) <= set(known), name
                assert "K6_CLOUD_TOKEN" not in job.get("env", {})


def test_the_diff_from_run_k6_action_has_one_action_for_k6():
    (job,) = yaml.safe_load(USES["diff"])["jobs"].values()
    (step,) = job["steps"]
    assert step["uses"].startswith("k6ci/k6ci@")
    assert {"script", "stack", "project-id", "k6-version"} <= set(step["with"])
