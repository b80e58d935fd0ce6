"""The action's private environment: which Python makes it, how it is filled, and what it does when that fails."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from faces import PROJECT, RECORDER, VENV_PROGRAMS, copy_action, machine_environ, program_folder, write_wheel
from github_runner.files import parse_pairs

PYTHON = Path(sys.executable).resolve()


class Setup:
    """One action, one machine: `run` is the action's first step."""

    def __init__(self, action: Path, temporary: Path, environ: dict[str, str]) -> None:
        self.action = action
        self.temporary = temporary
        self.outputs = temporary / "outputs"
        self.environ = {**environ, "RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(self.outputs)}

    def run(self, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", str(self.action / "action" / "setup.sh")],
            env={**self.environ, **changes},
            cwd=self.temporary,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    @property
    def python(self) -> Path:
        return Path(parse_pairs(self.outputs.read_text(encoding="utf-8"))["python"])


def write_shoelace(folder: Path) -> str:
    """A small package; gives the hash of its wheel."""
    wheel = write_wheel(folder, "shoelace", "1.0", {"shoelace.py": "LENGTH = 7\n"})
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.fixture
def setup(tmp_path):
    """A machine with this Python and no uv, and an action whose lock is empty."""
    programs = program_folder(tmp_path / "programs", python3=f'exec {PYTHON} "$@"')
    environ = machine_environ(tmp_path / "home", programs)
    temporary = tmp_path / "runner temp"
    temporary.mkdir()
    return Setup(copy_action(tmp_path / "the action", source=RECORDER, lock=""), temporary, environ)


def lock_wheel(setup: Setup, wheels: Path, digest: str) -> dict[str, str]:
    """Lock the home-made wheel; gives the variables that keep every installer off the network."""
    lock = setup.action / "requirements" / "github.txt"
    lock.write_text(f"shoelace==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(wheels)}


def imports(python: Path, statement: str) -> bool:
    return subprocess.run([python, "-I", "-c", statement], capture_output=True, check=False, timeout=60).returncode == 0


def test_a_python_that_only_opens_the_store_is_skipped(setup, tmp_path):
    """Windows answers `python3 -V` with nothing and exit 0; an old Python answers with its version."""
    store = program_folder(tmp_path / "store", python3="exit 0", python="echo Python 3.9.2")
    newer = program_folder(tmp_path / "newer", **{"python3.12": f'exec {PYTHON} "$@"'})
    done = setup.run(PATH=f"{store}:{newer}:/usr/bin:/bin")
    assert done.returncode == 0, done.stdout + done.stderr
    assert imports(setup.python, "import k6ci")


def test_a_python_of_the_tool_cache_will_do(setup, tmp_path):
    """ubuntu-22.04 has Python 3.10 on its PATH, and newer ones where only actions/setup-python looks."""
    names = ("python3", "python", "python3.11", "python3.12", "python3.13", "python3.14")
    old = program_folder(tmp_path / "old", **dict.fromkeys(names, "echo Python 3.10.12"))
    program_folder(tmp_path / "cache" / "Python" / "3.12.4" / "x64" / "bin", python3=f'exec {PYTHON} "$@"')
    done = setup.run(PATH=f"{old}:/usr/bin:/bin", RUNNER_TOOL_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_machine_without_a_recent_python_hears_what_to_add(setup, tmp_path):
    names = ("python3", "python", "python3.11", "python3.12", "python3.13", "python3.14")
    old = program_folder(tmp_path / "old", **{**dict.fromkeys(names, "exit 9"), "python3": "echo Python 3.10.12"})
    done = setup.run(PATH=f"{old}:/usr/bin:/bin")
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=k6ci set-up::k6ci needs Python 3.11 or later on this runner (found")
    assert "python3: Python 3.10.12" in done.stdout
    assert "actions/setup-python" in done.stdout


def test_an_action_without_its_source_is_one_error_and_no_traceback(setup):
    """bootstrap.py needs `k6ci.ci` to escape a message, so this one is constant."""
    (setup.action / "src" / "k6ci" / "ci" / "github.py").unlink()
    done = setup.run()
    assert done.returncode == 2
    assert done.stdout.startswith(
        "::error title=k6ci set-up::The action's folder is incomplete: src/k6ci is missing.%0A"
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_setting_up_imports_nothing_of_the_callers_checkout(setup, tmp_path):
    """A pull request may bring a package `k6ci`, or put one on PYTHONPATH."""
    trap = tmp_path / "checkout" / "k6ci"
    trap.mkdir(parents=True)
    (trap / "__init__.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n", encoding="utf-8")
    (setup.temporary / "k6ci").symlink_to(trap)  # the working directory of the step
    done = setup.run(PYTHONPATH=str(trap.parent), GITHUB_WORKSPACE=str(trap.parent))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("programs", [(), (VENV_PROGRAMS,)], ids=["pip", "uv"])
def test_a_locked_wheel_is_installed_beside_k6ci(setup, tmp_path, programs):
    environ = lock_wheel(setup, tmp_path / "wheels", write_shoelace(tmp_path / "wheels"))
    path = ":".join([setup.environ["PATH"], *map(str, programs)])
    done = setup.run(**environ, PATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"installed with {'uv' if programs else 'pip'}" in done.stdout
    assert imports(setup.python, "import k6ci, shoelace")
    assert setup.python.is_relative_to(setup.temporary)


def test_a_wheel_with_another_hash_is_refused_by_every_installer(setup, tmp_path):
    """The lock is what says that these are the files that were looked at."""
    write_shoelace(tmp_path / "wheels")
    environ = lock_wheel(setup, tmp_path / "wheels", "0" * 64)
    done = setup.run(**environ, PATH=f"{setup.environ['PATH']}:{VENV_PROGRAMS}")
    assert done.returncode == 2
    assert all(f"%0A{name}: " in done.stdout for name in ("uv", "pip", "ensurepip")), done.stdout
    assert "hash" in done.stdout.lower()
    assert not setup.outputs.exists()
    assert list(setup.temporary.glob("k6ci-*")) == [], "nothing half-made is left"


def test_an_sdist_is_not_built(setup, tmp_path):
    """Building would run code of the package, with a build backend that no lock names."""
    (tmp_path / "wheels").mkdir()
    archive = tmp_path / "wheels" / "shoelace-1.0.tar.gz"
    archive.write_bytes(b"never opened")
    environ = lock_wheel(setup, tmp_path / "wheels", hashlib.sha256(archive.read_bytes()).hexdigest())
    done = setup.run(**environ, PATH=f"{setup.environ['PATH']}:{VENV_PROGRAMS}")
    assert done.returncode == 2
    assert "shoelace" in done.stdout


def test_a_uv_that_fails_is_followed_by_pip_and_sees_no_secret(setup, tmp_path):
    """uv trusts no system certificates by default and fails behind an inspecting proxy, where pip works."""
    seen = tmp_path / "seen"
    broken = program_folder(tmp_path / "broken", uv=f"/usr/bin/env > {seen}; echo invalid peer certificate; exit 2")
    token = secrets.token_hex(32)
    given = {
        "K6_CLOUD_TOKEN": token,
        "K6CI_ENV": f"KEY={token}",
        "GRAFANA_API_KEY": token,
        "PIP_INDEX_URL": "http://[::1]:9/",
    }
    done = setup.run(**given, PATH=f"{broken}:{setup.environ['PATH']}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "installed with pip" in done.stdout
    assert token not in seen.read_text(encoding="utf-8")
    assert "PIP_INDEX_URL=http://[::1]:9/" in seen.read_text(encoding="utf-8"), "where packages come from stays"


@pytest.mark.thorough
def test_settings_of_the_caller_do_not_lead_the_installers_astray(setup, tmp_path):
    environ = lock_wheel(setup, tmp_path / "wheels", write_shoelace(tmp_path / "wheels"))
    (tmp_path / "home" / ".config" / "pip").mkdir(parents=True)
    settings = "[global]\nuser = true\nrequire-virtualenv = true\n"
    (tmp_path / "home" / ".config" / "pip" / "pip.conf").write_text(settings, encoding="utf-8")
    astray = {"PIP_TARGET": str(tmp_path / "target"), "PYTHONHOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    done = setup.run(**environ, **astray, PIP_USER="1", UV_SYSTEM_PYTHON="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert imports(setup.python, "import k6ci, shoelace")
    assert not (tmp_path / "target").exists()


@pytest.mark.thorough
def test_a_broken_environment_is_made_anew(setup):
    setup.run()
    first = setup.python
    first.unlink()
    done = setup.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no longer works" in done.stdout
    assert setup.python == first
    assert imports(first, "import k6ci")


@pytest.mark.thorough
def test_an_unfinished_environment_is_made_anew(setup):
    setup.run()
    (setup.python.parent.parent / "complete").unlink()
    done = setup.run()
    assert "installed with pip" in done.stdout


@pytest.mark.thorough
def test_two_versions_of_the_action_in_one_job_do_not_share(setup):
    setup.run()
    first = setup.python
    (setup.action / "requirements" / "github.txt").write_text("# another lock\n", encoding="utf-8")
    setup.run()
    assert setup.python != first
    assert imports(first, "import k6ci")


def test_the_real_lock_has_all_that_k6ci_imports(tmp_path):
    """What is published: the locked requirements, from the registry, and k6ci's own source beside them."""
    temporary = tmp_path / "temp"
    temporary.mkdir()
    environ = machine_environ(tmp_path / "home", VENV_PROGRAMS)
    setup = Setup(copy_action(tmp_path / "action"), temporary, environ)
    done = setup.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert imports(setup.python, "import k6ci.commands.run, k6ci.platforms.github.check_runs")
    packages = {
        path.name.partition("-")[0] for path in setup.python.parent.parent.glob("lib/*/site-packages/*.dist-info")
    }
    lock = (PROJECT / "requirements" / "github.txt").read_text(encoding="utf-8")
    locked = {
        line.partition("==")[0] for line in lock.splitlines() if "==" in line and "sys_platform == 'win32'" not in line
    }
    assert packages == {name.replace("-", "_") for name in locked}
    assert os.access(setup.python, os.X_OK)
