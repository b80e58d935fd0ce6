"""The second of two workflows for pull requests (examples/), run by act: when it runs, and what it makes of a file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from faces import PROJECT, TOOLS, copy_action, linked_programs, machine_environ
from k6ci.render.document import report_json
from sample_reports import hostile_report

pytestmark = pytest.mark.e2e

NAME = "report-pull-request.yml"
DOWNLOAD = """
name: download artifact
description: puts the artifact of this test there
inputs:
  name: {description: which, required: true}
  path: {description: where to, required: true}
  run-id: {description: of which run, required: true}
  github-token: {description: may read, default: ""}
runs:
  using: composite
  steps:
    - shell: bash
      env: {FOLDER: "${{ inputs.path }}", RUN: "${{ inputs.run-id }}"}
      run: test "$RUN" = 42 && mkdir -p "$FOLDER" && cp "$ARTIFACT_OF_THIS_TEST" "$FOLDER/result.json"
"""


def act(folder: Path, *, event: str = "pull_request", conclusion: str, result: str) -> str:
    """Run the workflow for a workflow run that has ended; the log. The repository has no scripts."""
    checkout = folder / "shop"
    (checkout / ".github" / "workflows").mkdir(parents=True)
    shutil.copy(PROJECT / "examples" / "github" / NAME, checkout / ".github" / "workflows")
    (folder / "artifact.json").write_text(result, encoding="utf-8")
    (folder / "download-artifact").mkdir()
    (folder / "download-artifact" / "action.yml").write_text(DOWNLOAD, encoding="utf-8")
    actions = {"k6ci/k6ci": copy_action(folder / "k6ci"), "actions/download-artifact": folder / "download-artifact"}
    run = {"id": 42, "event": event, "conclusion": conclusion, "head_sha": "a" * 40, "head_branch": "topic"}
    payload = {"action": "completed", "workflow_run": run, "repository": {"full_name": "acme/shop", "id": 1}}
    (folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    programs = linked_programs(folder / "bin", "uv", "python3")
    environ = {**machine_environ(folder / "home", programs), "ACT_DISABLE_VERSION_CHECK": "1"}
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("remote", "add", "origin", "https://github.com/acme/shop.git"),
        ("add", "--all"),
        ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first"),
    ):
        subprocess.run(["git", *arguments], cwd=checkout, env=environ, check=True)
    used = re.findall(r"uses: (\S+)@(\S+)", (PROJECT / "examples" / "github" / NAME).read_text(encoding="utf-8"))
    done = subprocess.run(
        [
            *(TOOLS / "act", "workflow_run", "--no-cache-server", "--platform=ubuntu-24.04=-self-hosted"),
            f"--eventpath={folder / 'event.json'}",
            f"--env=ARTIFACT_OF_THIS_TEST={folder / 'artifact.json'}",
            *(f"--local-repository={name}@{ref}={actions[name]}" for name, ref in used),
        ],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    log = re.sub(r"\x1b\[[\d;]*m", "", f"{done.stdout}{done.stderr}")  # act gives its jobs a terminal
    return f"{log}\nexit code of act: {done.returncode}"


@pytest.mark.parametrize("conclusion", ["success", "failure"])
def test_the_result_is_reported_and_its_texts_stay_texts(tmp_path, conclusion):
    log = act(tmp_path, conclusion=conclusion, result=report_json(hostile_report()))
    assert "FAILED (exit code 99) Crossed: <img" in log
    assert "exit code of act: 0" in log
    assert "check failed: ::error file=a.js::forged\\n::add-mask::a" in log
    assert "❗" not in log  # by which act shows an annotation


@pytest.mark.parametrize(
    ("event", "conclusion"), [("pull_request", "cancelled"), ("pull_request", "skipped"), ("push", "success")]
)
def test_without_a_result_of_a_pull_request_nothing_runs(tmp_path, event, conclusion):
    log = act(tmp_path, event=event, conclusion=conclusion, result="{}")
    assert "exit code of act: 0" in log
    assert "k6ci" not in log.replace(str(tmp_path), "").partition("exit code of act")[0].replace("k6ci/k6ci", "")


def test_a_file_that_is_no_report_is_red(tmp_path):
    log = act(tmp_path, conclusion="failure", result="{")
    assert "is not a result.json that this k6ci reads: it is not JSON." in log
    assert "exit code of act: 1" in log
