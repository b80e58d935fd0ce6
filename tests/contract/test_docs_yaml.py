"""The YAML in the docs: each block is valid for the program that reads it, and uses inputs that exist."""

from __future__ import annotations

import re
import textwrap

import pytest
import yaml

from faces import PROJECT, VENV_PROGRAMS
from linters import check_schema, run_linter
from shown_workflows import ACTION, BLOCKS, SHOWN_WORKFLOWS, WORKFLOWS, as_workflow, check_with_zizmor, kind, load


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
        run_linter(VENV_PROGRAMS / "pre-commit", "validate-config", file)
        return
    check_schema(f"vendor.{read_by}", file)
    if read_by == "github-workflows":
        check_with_zizmor(file)
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
