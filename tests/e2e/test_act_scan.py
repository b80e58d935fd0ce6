"""The workflow of examples/github that scans, run by act over a real history of two commits."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from faces import PROJECT, TOOLS, VENV_PROGRAMS, copy_action, machine_environ, program_folder
from scan_repository import LINE, TOKEN, commit, git

pytestmark = pytest.mark.e2e

TIMEOUT_SECONDS = 110
WORKFLOW = PROJECT / "examples" / "github" / "secret-scan.yml"


@pytest.fixture
def act(repository, tmp_path):
    """Runs the example as a push from one commit to another; gives exit code, log and outputs."""
    workflows = repository / ".github" / "workflows"
    workflows.mkdir(parents=True)
    shutil.copy(WORKFLOW, workflows)
    commit(repository, {})
    git("remote", "add", "origin", "https://github.com/acme/shop.git", cwd=repository)
    programs = program_folder(
        tmp_path / "bin", uv=f'exec {VENV_PROGRAMS}/uv "$@"', python3=f'exec {VENV_PROGRAMS}/python3 "$@"'
    )
    environ = {**machine_environ(tmp_path / "home", programs), "ACT_DISABLE_VERSION_CHECK": "1"}
    (reference,) = re.findall(r"uses: (k6ci/k6ci@\S+)", WORKFLOW.read_text(encoding="utf-8"))
    action = copy_action(tmp_path / "actions" / "k6ci")

    def run(before: str, after: str):
        event = {"before": before, "after": after, "ref": "refs/heads/main", "repository": {"default_branch": "main"}}
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        argv = [TOOLS / "act", "push", "--json", "--no-cache-server", "--platform=ubuntu-24.04=-self-hosted"]
        argv += [f"--eventpath={tmp_path / 'event.json'}", f"--local-repository={reference}={action}"]
        done = subprocess.run(
            argv, cwd=repository, env=environ, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        outputs = {line["name"]: line["arg"] for line in lines if line.get("command") == "set-output"}
        return done.returncode, "\n".join(line["msg"] for line in lines) + done.stderr, outputs

    return run


def test_the_workflow_finds_what_a_later_commit_removed(act, repository):
    first = git("rev-parse", "HEAD", cwd=repository)
    commit(repository, {"ci/.env": LINE})
    last = commit(repository, {"ci/.env": "K6_CLOUD_TOKEN=\n"})
    code, log, outputs = act(first, last)
    assert (code, outputs["result"]) == (1, "failed"), log
    assert "k6-cloud-token" in log
    assert TOKEN not in log


def test_the_workflow_is_green_without_secrets(act, repository):
    first = git("rev-parse", "HEAD", cwd=repository)
    last = commit(repository, {"k6.yml": "env:\n  K6_CLOUD_TOKEN: ${{ secrets.K6_CLOUD_TOKEN }}\n"})
    code, log, outputs = act(first, last)
    assert (code, outputs["result"]) == (0, "passed"), log
