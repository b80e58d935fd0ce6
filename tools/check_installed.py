"""Checks the wheel in a folder as users get it: installed from the locks, on this system and Python.

`make installed` runs it. It needs Python and pip, and imports nothing of this repository.

    python tools/check_installed.py dist [--download-k6]
"""

from __future__ import annotations

import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from typing import Final

ROOT: Final = pathlib.Path(__file__).resolve().parents[1]
_COMMANDS: Final = ("run", "check", "abort", "report", "scan", "install-k6", "doctor")


class Installed:
    """An environment with the packages of a lock and the wheel."""

    def __init__(self, folder: pathlib.Path, lock: str, wheel: pathlib.Path) -> None:
        self._folder = folder
        venv.EnvBuilder(with_pip=True).create(folder)
        self._programs = folder / ("Scripts" if os.name == "nt" else "bin")
        pip = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input")
        locked = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
        self.python(0, *pip, *locked, "-r", str(ROOT / "requirements" / lock))
        self.python(0, *pip, "--no-deps", "--no-index", str(wheel))

    def python(self, code: int, *argv: str) -> str:
        """Run the environment's Python; its output."""
        return self._run(code, self._programs / "python", *argv)

    def k6ci(self, code: int, *argv: str, **environ: str) -> str:
        """Run the installed program, and compare its exit code; its output."""
        return self._run(code, self._programs / "k6ci", *argv, environ=environ)

    def _run(self, code: int, program: pathlib.Path, *argv: str, environ: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [str(program), *argv],
            cwd=self._folder,
            env={**os.environ, "PYTHONUTF8": "1", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=600,
            check=False,
        )
        if done.returncode != code:
            raise SystemExit(f"{program.name} {' '.join(argv)}: exit code {done.returncode}, not {code}\n{done.stdout}")
        return done.stdout


def expect(text: str, *, within: str) -> None:
    """End with an error if a text is missing."""
    if text not in within:
        raise SystemExit(f"{text!r} is missing in:\n{within}")


def check_scan(installed: Installed, folder: pathlib.Path) -> None:
    """A secret is found, a clean file passes."""
    (folder / "clean.js").write_text("export default function () {}\n", encoding="utf-8")
    installed.k6ci(0, "scan", str(folder / "clean.js"))
    token = f"glsa_{secrets.token_urlsafe(24).replace('-', 'x').replace('_', 'y')}_{secrets.token_hex(4)}"
    (folder / "secret.js").write_text(f"const token = '{token}';\n", encoding="utf-8")
    found = installed.k6ci(1, "scan", str(folder / "secret.js"))
    expect("secret.js:1", within=found)
    if token in found:
        raise SystemExit("the scan prints the token")


def check_report(installed: Installed, folder: pathlib.Path) -> None:
    """A report is read and shown, and characters beyond ASCII survive."""
    document = {
        "schema_version": 1,
        "verdict": "failed",
        "exit_code": 99,
        "reason": "Schwellen überschritten ✓",
        "remedy": "",
        "emulated": False,
        "warnings": [],
        "runs": [],
    }
    path = folder / "result.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    expect("FAILED (exit code 99) Schwellen überschritten ✓", within=installed.k6ci(0, "report", str(path)))


def main(argv: list[str]) -> int:
    """Check the wheel; the exit code is 1 with the first thing that is wrong."""
    (wheel,) = pathlib.Path(argv[0]).resolve().glob("k6ci-*.whl")
    version = wheel.name.split("-")[1]
    with tempfile.TemporaryDirectory(prefix="k6ci installed ") as name:
        folder = pathlib.Path(name)
        base = Installed(folder / "base", "scan.txt", wheel)
        check_scan(base, folder)
        expect("pip install 'k6ci[cloud]'", within=base.k6ci(2, "run", "a.js"))
        cloud = Installed(folder / "cloud", "cloud.txt", wheel)
        cloud.python(0, "-c", "import k6ci.platforms.github.api, k6ci.platforms.gitlab.api")
        for host in ("github", "gitlab"):
            smaller = Installed(folder / host, f"{host}.txt", wheel)
            smaller.python(0, "-c", f"import k6ci.platforms.{host}.api")
            check_report(smaller, folder)
        expect(f"k6ci {version}", within=cloud.k6ci(0, "--version"))
        shown = cloud.k6ci(0, "--help", COLUMNS="200")
        for command in _COMMANDS:
            expect(f" {command} ", within=shown)
        check_scan(cloud, folder)
        check_report(cloud, folder)
        expect("K6_CLOUD_TOKEN", within=cloud.k6ci(11, "check", "a.js", CI="true", K6_CLOUD_TOKEN=""))
        if "--download-k6" in argv:
            home = {"RUNNER_TOOL_CACHE": str(folder / "tools"), "XDG_CACHE_HOME": str(folder / "cache")}
            print(cloud.k6ci(0, "install-k6", "--k6-version", "latest-known", **home).strip())
    print(f"k6ci {version} works with Python {sys.version.split()[0]} on {sys.platform}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
