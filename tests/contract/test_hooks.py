"""The manifest of the hooks and this repository's own configuration are what pre-commit and prek want them to be."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from faces import PROJECT, VENV_PROGRAMS

MANIFEST = PROJECT / ".pre-commit-hooks.yaml"
CONFIGURATION = PROJECT / ".pre-commit-config.yaml"


@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
@pytest.mark.parametrize(("what", "path"), [("manifest", MANIFEST), ("config", CONFIGURATION)])
def test_both_runners_accept_it(runner, what, path, tmp_path):
    environ = {"PATH": str(VENV_PROGRAMS), "HOME": str(tmp_path)}
    argv = [VENV_PROGRAMS / runner, f"validate-{what}", path]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warn" not in (done.stdout + done.stderr).lower()


def test_this_repository_uses_the_hooks_that_it_offers():
    """The same commands, so that whoever works here meets what users meet."""
    offered = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text())}
    (own,) = yaml.safe_load(CONFIGURATION.read_text())["repos"]
    assert {hook["id"] for hook in own["hooks"]} == set(offered) == {"k6ci-secrets", "k6ci-secrets-range"}
    for hook in own["hooks"]:
        assert hook["entry"] == f".venv/bin/python -m {offered[hook['id']]['entry']}"
        assert hook.get("args") == offered[hook["id"]].get("args")
    assert offered["k6ci-secrets"]["types"] == ["file"], "archives and files without a suffix have to arrive"


def test_make_and_ci_scan_this_repository():
    assert re.search(r"^lint:(?:.*\n)+?\t\$\(BIN\)/k6ci scan --all$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    jobs = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    steps = jobs["scan"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    assert steps[1] == {"uses": "./", "with": {"mode": "scan"}}


def test_the_documentation_names_every_hook():
    text = (PROJECT / "docs" / "pre-commit.md").read_text()
    assert all(f"id: {hook['id']}" in text for hook in yaml.safe_load(MANIFEST.read_text()))
