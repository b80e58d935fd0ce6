"""Runs GitLab pipelines with gitlab-ci-local: a repository in, what each job did out."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from faces import INPUT, PROJECT, RECORDER, TOOLS, text_of, write_wheel

PROGRAM = TOOLS / "node_modules" / ".bin" / "gitlab-ci-local"
TEMPLATE = PROJECT / "ci_templates" / "k6-cloud.gitlab-ci.yml"
TIMEOUT_SECONDS = 280
SPECIFICATION, JOBS = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
INPUTS = SPECIFICATION["spec"]["inputs"]


@dataclass(frozen=True)
class Pipeline:
    """How gitlab-ci-local ended. `log` holds the output of all jobs."""

    exit_code: int
    log: str
    folder: Path


def build_package(folder: Path, extra: str = "") -> str:
    """This tree as a package, locks included: what pip installs."""
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    (wheel,) = folder.glob("*.whl")
    return f"k6ci{extra} @ file://{wheel}"


def recorder_package(folder: Path) -> str:
    """The recorder as a package, so that the template's own way of installing is used."""
    files = {f"k6ci/{path.name}": path.read_text(encoding="utf-8") for path in (RECORDER / "k6ci").glob("*.py")}
    return f"k6ci @ file://{write_wheel(folder, 'k6ci', '0.0.0', files)}"


def assert_posix_shell(lines: list[str], folder: Path) -> None:
    """The shell of an image may be busybox."""
    script = folder / "script.sh"
    script.write_text("\n".join(["#!/bin/sh", "set -e", *lines, ""]), encoding="utf-8")
    checked = subprocess.run(["shellcheck", "--shell=sh", script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


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

    def set_variables(self, variables: Mapping[str, str]) -> None:
        """A project's CI/CD variables: gitlab-ci-local reads them from a file, so they are on no command line."""
        path = Path(self.environ["HOME"], ".gitlab-ci-local", "variables.yml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"global": dict(variables)}), encoding="utf-8")

    @property
    def artifacts(self) -> Path:
        """A folder with one for each job."""
        return self.folder / ".gitlab-ci-local" / "artifacts"

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

    def commit_nothing_more(self) -> None:
        """The remote that gitlab-ci-local asks for, for a repository that has its commit already."""
        for arguments in (
            ("branch", "--force", "--move", "main"),
            ("remote", "add", "origin", "https://gitlab.example.com/acme/shop.git"),
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


class ShellExecutor:
    """GitLab's shell executor, as far as a cancel shows it: SIGTERM to the process group, then a new shell.

    gitlab-ci-local forwards no signals. Source: gitlab-runner 19.4, shells/bash.go and executors/shell.
    """

    def __init__(self, folder: Path, environ: dict[str, str], inputs: dict[str, str]) -> None:
        base, job = JOBS[".k6ci-base"], JOBS["$[[ inputs.job-name ]]"]
        values = {name: inputs.get(name, entry["default"]) for name, entry in INPUTS.items()}
        variables = {
            name: INPUT.sub(lambda found: text_of(values[found[1]]), value) for name, value in job["variables"].items()
        }
        self.folder = folder
        self.environ = {**environ, **variables, "CI_PROJECT_DIR": str(folder), "CI_JOB_ID": "81"}
        self.script = "\n".join(["set -eo pipefail", "trap 'exit 1' TERM", *base["before_script"], *base["script"]])
        self.after_script = "\n".join(["set -eo pipefail", *base["after_script"]])

    def begin(self, has_begun: Callable[[], bool]) -> subprocess.Popen[bytes]:
        """Start the job and wait until it has come so far; the caller ends it."""
        process = self.start()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not has_begun():
            if process.poll() is not None or time.monotonic() > deadline:
                self.end(process)
                pytest.fail("the job ended before it had begun its work")
            time.sleep(0.05)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """The runner's last word: nothing of the process group is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start(self) -> subprocess.Popen[bytes]:
        shell = ["/bin/bash", "-c", self.script]
        return subprocess.Popen(shell, cwd=self.folder, env=self.environ, start_new_session=True)

    def finish(self, status: str) -> None:
        environ = {**self.environ, "CI_JOB_STATUS": status}
        shell = ["/bin/bash", "-c", self.after_script]
        subprocess.run(shell, cwd=self.folder, env=environ, check=True, timeout=60)
