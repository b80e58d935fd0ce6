"""actionlint and shellcheck over what users copy and what the action runs."""

from __future__ import annotations

import subprocess

import pytest

from faces import PROJECT, TOOLS

pytestmark = pytest.mark.e2e

WORKFLOWS = sorted(
    [*(PROJECT / "examples" / "github").glob("*.yml"), *(PROJECT / ".github" / "workflows").glob("*.yml")]
)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_has_nothing_to_say(workflow):
    """It also compares the inputs given to `uses: ./` with action.yml."""
    done = subprocess.run([TOOLS / "actionlint", workflow], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_shellcheck_has_nothing_to_say():
    script = PROJECT / "action" / "setup.sh"
    done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
