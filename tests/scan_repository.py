"""A real git repository and `k6ci scan` called in it, as a user or a hook does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scan_values import Values

TOKEN = Values(11).token()
LINE = f"K6_CLOUD_TOKEN={TOKEN}\n"
UNCLEAN = ("CI", "COVERAGE", "GIT", "K6", "PRE_COMMIT")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(UNCLEAN)}


def scan(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "k6ci", "scan", *arguments]
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return subprocess.run(
        argv, cwd=cwd, env=CLEAN | measured | variables, capture_output=True, text=True, timeout=60, check=False
    )


def git(*arguments: str, cwd: Path) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]
    argv = ["git", *identity, *arguments]
    return subprocess.run(
        argv, cwd=cwd, env=CLEAN, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def commit(root: Path, files: dict[str, str], message: str = "more") -> str:
    """Write the files, commit all, and give the commit's name."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git("add", ".", cwd=root)
    git("commit", "-qm", message, cwd=root)
    return git("rev-parse", "HEAD", cwd=root)


def found(done: subprocess.CompletedProcess[str]) -> list[tuple[str, int, str]]:
    return [(one["path"], one["line"], one["rule"]) for one in json.loads(done.stdout)["findings"]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and nothing to find."""
    root = tmp_path / "repository"
    root.mkdir()
    git("init", "-q", cwd=root)
    commit(root, {"load.js": "export default function () {}\n"}, "first")
    return root


@pytest.fixture
def origin(repository) -> Path:
    """What is pushed to: three commits on main, the second of which has a token that the third removes."""
    commit(repository, {".env": LINE})
    commit(repository, {".env": "K6_CLOUD_TOKEN=\n"})
    return repository
