"""pre-commit and prek on a machine without a network: the hooks are a repository here, the packages files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from faces import PROJECT, VENV_PROGRAMS, machine_environ
from scan_repository import git

TIMEOUT_SECONDS = 280
PART_OF_THE_PACKAGE = (
    "requirements",
    "src",
    "examples/demo",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".pre-commit-hooks.yaml",
)
# Where no namespace can be made (a container without the right to), every socket of Python is closed instead.
CLOSED_SOCKETS = """
import socket

def refuse(self, address):
    raise OSError(f"this test is offline: {address}")

for name in ("connect", "connect_ex"):
    setattr(socket.socket, name, refuse)
"""
_PLACE = re.compile(r"^\s*(?P<path>\S.*?):(?P<line>\d+):\d+: [^\n\[]*\[(?P<rule>[a-z0-9-]+)\]", re.MULTILINE)


@cache
def namespace() -> tuple[str, ...]:
    """The command that runs another one without network interfaces; empty where this machine does not allow it."""
    for prefix in (("unshare", "--user", "--map-root-user", "--net"), ("unshare", "--net")):
        if (
            shutil.which("unshare")
            and subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0
        ):
            return prefix
    return ()


def hook_repository(folder: Path) -> Path:
    """What `repo:` names: the package and its manifest, committed."""
    folder.mkdir()
    for name in PART_OF_THE_PACKAGE:
        source, target = PROJECT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    git("init", "-q", cwd=folder)
    git("add", ".", cwd=folder)
    git("commit", "-qm", "a release", cwd=folder)
    return folder


def wheels(folder: Path) -> Path:
    """What installing the hook needs, fetched before the network goes away."""
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    packages = ("hatchling", "editables", "detect-secrets")
    subprocess.run([*argv, "--dest", str(folder), *packages], check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    return folder


@dataclass(frozen=True)
class Runner:
    """pre-commit or prek, with a home of its own that keeps the hook's environment."""

    name: str
    hooks: Path
    environ: dict[str, str]

    def call(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """The runner itself, offline."""
        return self.offline(str(VENV_PROGRAMS / self.name), *arguments, cwd=cwd)

    def offline(self, *argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Any command without a network; git calls the installed hooks with the environment that it has itself."""
        return subprocess.run(
            [*namespace(), *argv],
            cwd=cwd,
            env=self.environ,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def git(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """A git command of the user, whose hooks are installed."""
        return self.offline("git", "-c", "user.name=t", "-c", "user.email=t@localhost", *arguments, cwd=cwd)

    def install(self, folder: Path, others: str = "") -> None:
        """Write the configuration, with other hooks too, and install both hooks and their environment."""
        rev = git("rev-parse", "HEAD", cwd=self.hooks)
        ids = "[{id: k6ci-secrets}, {id: k6ci-secrets-range}]"
        (folder / ".pre-commit-config.yaml").write_text(
            "default_install_hook_types: [pre-commit, pre-push]\n"
            f"repos:\n- repo: {self.hooks}\n  rev: {rev}\n  hooks: {ids}\n{others}"
        )
        git("add", ".pre-commit-config.yaml", cwd=folder)
        git("commit", "-qm", "hooks", cwd=folder)
        for arguments in (("install",), ("install-hooks",)):
            done = self.call(*arguments, cwd=folder)
            assert done.returncode == 0, done.stdout + done.stderr


def runner(name: str, home: Path, hooks: Path, packages: Path) -> Runner:
    """A machine whose only package index is a folder."""
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    index |= {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(packages), "UV_OFFLINE": "1", "UV_CACHE_DIR": str(home / "uv")}
    homes = {"PRE_COMMIT_HOME": str(home / "pre-commit"), "PREK_HOME": str(home / "prek")}
    environ = {**machine_environ(home, VENV_PROGRAMS), **index, **homes, "GIT_CONFIG_GLOBAL": "/dev/null"}
    if not namespace():
        (home / "closed").mkdir()
        (home / "closed" / "sitecustomize.py").write_text(CLOSED_SOCKETS)
        environ["PYTHONPATH"] = str(home / "closed")
    return Runner(name, hooks, environ)


def places(text: str) -> set[tuple[str, int, str]]:
    """Path, line and rule of each finding that a report for people shows."""
    return {(match["path"], int(match["line"]), match["rule"]) for match in _PLACE.finditer(text)}
