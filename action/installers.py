"""Installs the locked packages into the action's private environment: with uv, or with pip.

Standard library only, beside `ci` and `errors` of k6ci. No child process sees a k6 or Grafana secret.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from k6ci.ci.system import workspaces_of
from k6ci.errors import ExitCode, K6ciError

INSTALL_TIMEOUT_SECONDS = 600
# pip parses the pages of the index, and waits for the answers, one package after the other. The page of pydantic-core,
# with its 15,000 files, takes as long as 20 other packages.
PIP_PROCESSES = min(max(os.cpu_count() or 1, 2), 4)
PIP_COSTS = {"pydantic-core": 20}
SHOWN_LINES = 15
LOCKED = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
# k6ci's own inputs may hold secrets (`env`), and installing packages needs none of them.
SECRET_PREFIXES = ("K6_", "K6CI_", "GRAFANA_", "GCX_")
# Settings of the caller that would put packages elsewhere, or take other ones. Indexes, proxies and certificates stay.
MISLEADING = frozenset(
    """
    PIP_BREAK_SYSTEM_PACKAGES PIP_CONSTRAINT PIP_DRY_RUN PIP_NO_BINARY PIP_PREFIX PIP_PYTHON PIP_REPORT PIP_REQUIREMENT
    PIP_ROOT PIP_TARGET UV_BREAK_SYSTEM_PACKAGES UV_CONSTRAINT UV_BUILD_CONSTRAINT UV_EXCLUDE UV_EXCLUDE_NEWER
    UV_NO_BINARY UV_OVERRIDE UV_PROJECT UV_PYTHON UV_SYSTEM_PYTHON UV_WORKING_DIRECTORY VIRTUAL_ENV CONDA_PREFIX
    __PYVENV_LAUNCHER__
    """.split()  # noqa: SIM905 -- names are read as words
)


class SetupError(K6ciError):
    """The environment cannot be created."""

    exit_code = ExitCode.USAGE


class Installer(NamedTuple):
    """One way to fill the environment: the commands of a batch run at the same time, batches one after the other."""

    name: str
    batches: tuple[tuple[tuple[str, ...], ...], ...]


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without secrets and without what would mislead an installer."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith((*SECRET_PREFIXES, "PYTHON")) and name.upper() not in MISLEADING
    }
    for workspace in workspaces_of(environ):
        kept = {name: value for name, value in kept.items() if not is_of_checkout(name, value, workspace)}
    # A pip.conf may say `user = true` or `require-virtualenv = true`: neither works with `pip --python`.
    return kept | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def is_of_checkout(name: str, value: str, workspace: str) -> bool:
    """Whether a setting of an installer names a path in the checkout: a pull request could fill a cache there."""
    if not name.upper().startswith(("PIP_", "UV_")):
        return False
    path = Path(workspace, value)
    return path.resolve().is_relative_to(Path(workspace).resolve()) and (Path(value).is_absolute() or path.exists())


def list_installers(lock: Path, home: Path, python: Path, environ: Mapping[str, str]) -> Iterator[Installer]:
    """The available installers, the fastest first: uv, the pip of this Python, a pip inside the environment."""
    pip_install = ("install", "--quiet", "--no-input", "--no-compile", *LOCKED, "-r")
    entries = [entry for entry in environ.get("PATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    uv = shutil.which("uv", path=os.pathsep.join(entries)) if entries else None
    if uv:
        uv_install = (uv, "--no-config", "pip", "install", "--quiet", "--python", str(python), *LOCKED, "-r", str(lock))
        yield Installer("uv", ((uv_install,),))
    if importlib.util.find_spec("pip"):
        pip = (sys.executable, "-I", "-m", "pip")
        commands = [(*pip, *pip_install, str(part), "--target", str(target)) for part, target in parts_of(home).items()]
        yield Installer("pip", (tuple(commands),))
    if importlib.util.find_spec("ensurepip"):
        add_pip = (str(python), "-I", "-m", "ensurepip", "--default-pip")
        install = (str(python), "-I", "-m", "pip", *pip_install, str(lock))
        yield Installer("ensurepip", ((add_pip,), (install,)))


def parts_of(home: Path) -> dict[Path, Path]:
    """The parts of the lock that pip installs at the same time, each with the folder that its packages go to."""
    return {home / f"part-{number}.txt": home / f"part-{number}" for number in range(PIP_PROCESSES)}


def split_lock(lock: Path, home: Path) -> None:
    """Write the parts of the lock, which take pip about the same time.

    A requirement begins at the start of a line; lines with its hashes follow.
    """
    text = re.sub(r"(?m)^\s*#.*\n", "", lock.read_text(encoding="utf-8"))
    contents: dict[Path, list[str]] = {part: [] for part in parts_of(home)}
    costs = dict.fromkeys(contents, 0)
    for requirement in sorted(re.findall(r"(?m)^\S.*(?:\n[ \t].*)*", text), key=_cost, reverse=True):
        part = min(costs, key=lambda one: costs[one])
        contents[part].append(requirement)
        costs[part] += _cost(requirement)
    for part, requirements in contents.items():
        part.write_text("\n".join([*requirements, ""]), encoding="utf-8")


def _cost(requirement: str) -> int:
    return PIP_COSTS.get(requirement.partition("==")[0], 1)


def run_together(commands: Sequence[Sequence[str]], *, environ: Mapping[str, str], folder: Path) -> list[str]:
    """Run commands at the same time and return their outputs. They run in `folder`, so that none reads a uv.toml.

    Raises:
        SetupError: a command failed, or they took longer than INSTALL_TIMEOUT_SECONDS.
    """
    deadline = time.monotonic() + INSTALL_TIMEOUT_SECONDS
    processes: list[subprocess.Popen[str]] = []
    try:
        processes.extend(_started(argv, environ, folder) for argv in commands)
        return [_output_of(argv, process, deadline) for argv, process in zip(commands, processes, strict=True)]
    finally:  # after a failure or a signal, no other process goes on installing
        for process in processes:
            process.kill()
            process.communicate()


def _started(argv: Sequence[str], environ: Mapping[str, str], folder: Path) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            argv,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise SetupError(f"{Path(argv[0]).name} cannot be started: {error}", "See the lines above.") from error


def _output_of(argv: Sequence[str], process: subprocess.Popen[str], deadline: float) -> str:
    name = Path(argv[0]).name
    try:
        output, _ = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"{name} did not finish: {error}", "See the lines above.") from error
    if process.returncode != 0:
        shown = "\n".join(output.splitlines()[-SHOWN_LINES:])
        raise SetupError(f"{name} ended with {process.returncode}:\n{shown}", "See the lines above.")
    return output
