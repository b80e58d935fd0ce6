"""Events of GitHub and GitLab over clones of a repository, and the scan as their job."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from scan_repository import git, scan

ZERO = "0" * 40


def names(origin: Path) -> list[str]:
    """The commits of main, the oldest first."""
    return git("rev-list", "--reverse", "main", cwd=origin).split()


def clone(origin: Path, *options: str) -> Path:
    target = origin.parent / "clone"
    git("clone", "-q", *options, f"file://{origin}", str(target), cwd=origin.parent)
    return target


def github(folder: Path, event: dict, **more: str) -> subprocess.CompletedProcess[str]:
    """The scan as a step of a workflow: its event, its files of outputs and summary."""
    (folder.parent / "event.json").write_text(json.dumps(event))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(folder.parent / "event.json"),
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary"),
        "GITHUB_OUTPUT": str(folder.parent / "output"),
        "K6CI_REPORT_DIR": str(folder.parent / "report"),
        "K6CI_MODE": "scan",
    }
    return scan(cwd=folder, **{**variables, **more})


def push(before: str, after: str, ref: str = "refs/heads/main") -> dict:
    return {"before": before, "after": after, "ref": ref, "repository": {"default_branch": "main"}}


def outputs(folder: Path) -> dict[str, str]:
    text = (folder.parent / "output").read_text()
    return {name: value for name, _, value in re.findall(r"^([\w-]+)<<(\S+)\n(.*)\n\2$", text, re.MULTILINE)}


def gitlab(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    base = {"GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
    return scan("--ci", cwd=folder, **{**base, "K6CI_REPORT_DIR": str(folder.parent / "report"), **variables})
