"""actionlint over our workflows, and over those that users copy from examples/ and docs/."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from faces import PROJECT, TOOLS
from shown_workflows import SHOWN_WORKFLOWS, WORKFLOWS

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_has_nothing_to_say(workflow):
    """It also compares the inputs given to `uses: ./` with action.yml."""
    done = subprocess.run([TOOLS / "actionlint", workflow], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SHOWN_WORKFLOWS)
def test_actionlint_has_nothing_to_say_about_the_docs(name, tmp_path):
    file = tmp_path / "example.yml"
    file.write_text(SHOWN_WORKFLOWS[name], encoding="utf-8")
    done = subprocess.run([TOOLS / "actionlint", file], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shutil.which("shellcheck")  # which actionlint calls for each `run:`
