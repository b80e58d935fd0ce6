"""Runs GitLab pipelines with gitlab-ci-local: a repository in, what each job did out."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from faces import PROJECT, TOOLS

PROGRAM = TOOLS / "node_modules" / ".bin" / "gitlab-ci-local"
TEMPLATE = PROJECT / "ci_templates" / "k6-cloud.gitlab-ci.yml"
TIMEOUT_SECONDS = 110


@dataclass(frozen=True)
class Pipeline:
    """How gitlab-ci-local ended. `log` holds the output of all jobs."""

    exit_code: int
    log: str
    folder: Path


class Repository:
    """A git repository with one commit, as gitlab-ci-local wants it, and the machine that its jobs run on."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = dict(environ)
        folder.mkdir(parents=True)

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def add_template(self) -> None:
        target = self.folder / "ci_templates"
        target.mkdir(exist_ok=True)
        shutil.copy(TEMPLATE, target)

    def commit(self) -> None:
        for arguments in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", "https://gitlab.example.com/acme/shop.git"),
            ("add", "--all"),
            ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first"),
            ("update-ref", "refs/remotes/origin/main", "HEAD"),
            ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"),
        ):
            subprocess.run(["git", *arguments], cwd=self.folder, env=self.environ, check=True, capture_output=True)

    def ask(self, *arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Call gitlab-ci-local. Nothing secret goes through `variables`: they are on its command line."""
        # NOTE: gitlab-ci-local names a folder of the container here when the job has an image, shell executor or not.
        everything = {"CI_PROJECT_DIR": str(self.folder), **(variables or {})}
        given = [f"--variable={name}={value}" for name, value in everything.items()]
        return subprocess.run(
            [PROGRAM, "--force-shell-executor", "--no-artifacts-to-source", *given, *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def run(self, *jobs: str, variables: Mapping[str, str] | None = None) -> Pipeline:
        done = self.ask(*jobs, variables=variables)
        return Pipeline(done.returncode, done.stdout + done.stderr, self.folder)

    def jobs(self, **variables: str) -> list[str]:
        """The names of the jobs that the rules let into a pipeline with these variables."""
        done = self.ask("--list-json", variables=variables)
        if done.returncode != 0:
            pytest.fail(done.stdout + done.stderr)
        listed = json.loads(done.stdout[done.stdout.index("\n[\n") :])  # warnings come first
        return [job["name"] for job in listed if job["when"] != "never"]
