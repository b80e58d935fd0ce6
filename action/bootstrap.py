"""Create the action's private environment: a venv below RUNNER_TEMP, with the locked packages and k6ci's own source.

Runs before anything is installed: of k6ci it imports `ci` and `errors` only, which need the standard library alone.
Reads RUNNER_TEMP and GITHUB_OUTPUT; writes the step output `python`, the interpreter that runs k6ci. Nothing is built,
nothing reaches the caller's own Python, and no child process sees a k6 or Grafana secret.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import time
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ACTION_ROOT = Path(__file__).resolve().parent.parent
# k6ci's source and this folder; `-I` (setup.sh) keeps the caller's folders and PYTHONPATH out of the imports.
sys.path[:0] = [str(ACTION_ROOT / "src"), str(ACTION_ROOT / "action")]
try:
    from installers import (
        Installer,
        SetupError,
        child_environ,
        list_installers,
        parts_of,
        run_together,
        split_lock,
    )

    from k6ci.ci import github
    from k6ci.errors import ExitCode
except ImportError:  # without `ci` nothing can be escaped: a constant message
    print(
        "::error title=k6ci set-up::The action's folder is incomplete: src/k6ci is missing.%0A  -> Use the action by "
        "`uses:` with a tag or a commit of its repository, not a copy of some of its files."
    )
    sys.exit(2)


@dataclass(frozen=True)
class Plan:
    """Where things are. `home` is named after everything that it is made from, so that later steps can reuse it."""

    lock: Path
    source: Path
    home: Path

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        """A file that is written last: an environment without it is incomplete."""
        return self.home / "complete"


def plan_environment(action_root: Path, temporary: Path, mode: str = "run") -> Plan:
    """Name the environment after lock, source and interpreter; SetupError without a lock. Scans have their own."""
    lock = action_root / "requirements" / ("scan.txt" if mode == "scan" else "github.txt")
    source = action_root / "src"
    if not lock.is_file():
        raise SetupError(
            f"The action's folder {action_root} is incomplete: requirements/{lock.name} is missing.",
            "Use the action by `uses:` with a tag or a commit of its repository, not a copy of some of its files.",
        )
    made_from = "\0".join((str(source), sys.executable, sys.version)).encode("utf-8", "surrogateescape")
    fingerprint = hashlib.sha256(lock.read_bytes() + b"\0" + made_from).hexdigest()[:16]
    return Plan(lock=lock, source=source, home=temporary / f"k6ci-{fingerprint}")


def read_version(plan: Plan, environ: Mapping[str, str]) -> str:
    """The version of k6ci in the environment, which proves that the environment works."""
    argv = (str(plan.python), "-I", "-X", "utf8", "-c", "import k6ci; print(k6ci.__version__)")
    return run_together([argv], environ=environ, folder=plan.home)[0].strip()


def fill_environment(plan: Plan, installer: Installer, environ: Mapping[str, str]) -> None:
    """Create the environment from scratch, install the lock, and put k6ci's source on its path."""
    shutil.rmtree(plan.home, ignore_errors=True)
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(plan.home)
    split_lock(plan.lock, plan.home)
    for batch in installer.batches:
        run_together(batch, environ=environ, folder=plan.home)
    packages = sysconfig.get_path("purelib", "venv", {"base": str(plan.home)})
    folders = [plan.source, *parts_of(plan.home).values()]
    Path(packages, "k6ci.pth").write_text("".join(f"{folder}\n" for folder in folders), encoding="utf-8")


def prepare_environment(plan: Plan, environ: Mapping[str, str]) -> str:
    """Reuse the environment of an earlier step, or create it; return a line that says what happened.

    Raises:
        SetupError: no installer is available, or none could install the lock.
    """
    started = time.monotonic()
    children = child_environ(environ)
    if plan.stamp.is_file():
        try:
            return f"k6ci {read_version(plan, children)} is ready: installed by an earlier step of this job."
        except SetupError:
            print("The environment of an earlier step no longer works; creating it again.", flush=True)
    print(f"Creating k6ci's environment in {plan.home}", flush=True)
    failures = []
    for installer in list_installers(plan.lock, plan.home, plan.python, children):
        try:
            fill_environment(plan, installer, children)
            version = read_version(plan, children)
        except (SetupError, OSError) as error:
            failures.append(f"{installer.name}: {error}")
            continue
        plan.stamp.write_text(f"{installer.name}\n", encoding="utf-8")
        return f"k6ci {version} is ready: installed with {installer.name} in {time.monotonic() - started:.1f} s."
    shutil.rmtree(plan.home, ignore_errors=True)
    if not failures:
        raise SetupError(
            f"The Python of this runner ({sys.executable}) has neither pip nor ensurepip, and uv is not on the PATH.",
            "Put a step with actions/setup-python (or astral-sh/setup-uv) before this one.",
        )
    raise SetupError(
        "Could not install k6ci's locked requirements.\n" + "\n".join(failures),
        "Check that the runner reaches a package index (PIP_INDEX_URL, UV_INDEX_URL, HTTPS_PROXY, SSL_CERT_FILE).",
    )


def find_temporary_folder(environ: Mapping[str, str]) -> Path:
    """The runner's temporary folder; SetupError outside of a GitHub job."""
    temporary = environ.get("RUNNER_TEMP")
    if not temporary or not environ.get(github.OUTPUTS):
        raise SetupError(
            "RUNNER_TEMP or GITHUB_OUTPUT is not set: this is a part of the GitHub Action.",
            "Elsewhere, install the package k6ci[cloud] and call `k6ci run`.",
        )
    return Path(temporary)


def report_failure(message: str) -> int:
    """Show the message as an error of the step; return the exit code."""
    print(github.annotation(message, title="k6ci set-up"), end="", flush=True)
    return SetupError.exit_code


def main(environ: Mapping[str, str], action_root: Path) -> int:
    """Prepare the environment, write its interpreter to the step outputs, and return the exit code."""
    try:
        plan = plan_environment(action_root, find_temporary_folder(environ), environ.get("K6CI_MODE", "run"))
        print(prepare_environment(plan, environ), flush=True)
    except SetupError as error:
        return report_failure(error.explain())
    except Exception as error:  # noqa: BLE001 -- a traceback could hold foreign text, which the runner would obey
        return report_failure(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:  # from the runner; `subprocess.run` has already ended the installer
        print("Cancelled while setting up k6ci: no run was started.", flush=True)
        return ExitCode.SIGINT
    github.append(environ, github.OUTPUTS, github.output("python", str(plan.python)))
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ, ACTION_ROOT))
