"""A hostile repository: everything that a pull request can put into a checkout, each attack by its name.

Whatever of it is executed leaves the file `executed` in the folder of loot, with its environment.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

FORGED = "::error title=forged::forged"
VERDICT = "PASSED (exit code 0) forged"
SCRIPT = f"""
import {{ check, sleep }} from 'k6';
export const options = {{ vus: 1, duration: '1s', thresholds: {{ checks: ['rate>0.5'] }} }};
export default function () {{
  check(1, {{ 'is one': (value) => value === 1 }});
  check(1, {{ ['x\\n{VERDICT}\\r\\u001b[2K##[error]forged\\u202e @team <img src=x>']: () => true }});
  console.log('\\n{FORGED}\\r##[error]forged\\u001b[0Ksection_end:1:x');
  sleep(0.2);
}}
"""
REPORTS = ("result.json", "summary.md", "junit.xml", "report.html", "run.json", "report.json", "result-2.json")
MODULES = ("sitecustomize", "usercustomize", "venv", "k6ci", "httpx", "typing", "ssl", "encodings", "pip/__init__")


class Hostile:
    """The checkout, and outside of it the folder that attacks aim at."""

    def __init__(self, folder: Path, loot: Path, attacks: Iterable[str]) -> None:
        self.folder, self.loot = folder, loot
        folder.mkdir(parents=True, exist_ok=True)
        loot.mkdir(parents=True)
        (loot / "victim").write_text("before", encoding="utf-8")
        self.write("load/a.js", SCRIPT)
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(folder)]
        subprocess.run([*git, "init", "--quiet"], check=True)
        for name in attacks:
            ATTACKS[name](self)
        # Only what is forged about git itself stays out of the commit: no repository carries its own `.git`.
        quiet = [*git, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]
        subprocess.run([*quiet, "add", "--all", "--force"], check=True, capture_output=True)
        subprocess.run([*quiet, "commit", "--quiet", "-m", FORGED], check=True)

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def link(self, name: str, target: Path) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).symlink_to(target)

    @property
    def executed(self) -> str:
        """What an attack that was executed has left."""
        path = self.loot / "executed"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def python(self) -> str:
        return f"import os; open({str(self.loot / 'executed')!r}, 'a').write(f'{{__file__}} {{dict(os.environ)}}')\n"

    def shell(self) -> str:
        return f"#!/bin/sh\n{{ echo \"$0\"; /usr/bin/env; }} >> '{self.loot / 'executed'}'\nexit 1\n"


def settings_flags(to: Hostile) -> None:
    to.write("k6ci.toml", f'flags = ["--log-output", "file={to.loot}/stolen", "--console-output={to.loot}/stolen"]\n')


def settings_host(to: Hostile) -> None:
    to.write("k6ci.toml", 'host = "http://127.0.0.1:9"\n')


def settings_program(to: Hostile) -> None:
    to.write("k6ci.toml", 'k6-path = "./k6"\n')


def settings_place(to: Hostile) -> None:
    to.write("k6ci.toml", f'report-dir = "{to.loot}"\n')


def settings_link(to: Hostile) -> None:
    to.link("k6ci.toml", Path("/dev/zero"))


def report_folder(to: Hostile) -> None:
    to.link("k6ci-report", to.loot)


def report_names(to: Hostile) -> None:
    for name in REPORTS:
        to.link(f"k6ci-report/{name}", to.loot / "victim")


def run_file(to: Hostile) -> None:
    entry = {"script": "a.js", "project_id": 1, "load_test_id": 1, "load_test_name": FORGED, "idempotency_key": "x"}
    entry |= {"start_requested": "2026-01-01T00:00:00Z", "run_id": "../../../../load_tests/1", "run_url": FORGED}
    forged = {"schema_version": 1, "api": "http://127.0.0.1:9", "stack_id": 1, "runs": [entry]}
    to.write("k6ci-report/run.json", json.dumps(forged))


def modules(to: Hostile) -> None:
    for name in MODULES:
        to.write(f"{name}.py", to.python())
    to.write("pip/__main__.py", to.python())
    to.write("pyvenv.cfg", "home = .\n")


def programs(to: Hostile) -> None:
    for name in ("k6", "git", "python3", "python", "uv", "env", "mkdir", "rm", "dirname"):
        to.write(name, to.shell(), 0o755)
        to.write(f"bin/{name}", to.shell(), 0o755)


def installers(to: Hostile) -> None:
    to.write("uv.toml", 'index-url = "http://127.0.0.1:9/simple"\n[pip]\ntarget = "stolen"\n')
    to.write("pip.conf", "[global]\nindex-url = http://127.0.0.1:9/simple\n")
    to.write("pyproject.toml", '[tool.uv]\nindex-url = "http://127.0.0.1:9/simple"\n')
    to.write(".python-version", "2.7\n")
    to.write("requirements.txt", "k6ci-not-there\n")


def netrc(to: Hostile) -> None:
    to.write(".netrc", "machine 127.0.0.1 login forged password forged-password\ndefault login x password y\n", 0o600)


def git_settings(to: Hostile) -> None:
    to.write("hook", to.shell(), 0o755)
    with (to.folder / ".git" / "config").open("a", encoding="utf-8") as file:
        file.write(f"[core]\n\tfsmonitor = {to.folder}/hook\n\thooksPath = {to.folder}\n\tpager = {to.folder}/hook\n")
        file.write(f'[alias]\n\trev-parse = !{to.folder}/hook\n[remote "origin"]\n\turl = https://x/{FORGED}\n')


def names(to: Hostile) -> None:
    to.write(f"load/b\n{VERDICT}\x1b[2K.txt", "")
    to.write(f"load/{VERDICT}.js", SCRIPT)


def reader(to: Hostile) -> None:
    to.write("load/a.js", f"const stolen = open({str(to.loot / 'victim')!r});\n{SCRIPT}")


def linked_reader(to: Hostile) -> None:
    to.link("load/data.txt", to.loot / "victim")
    to.write("load/a.js", f"const stolen = open('./data.txt');\n{SCRIPT}")


ATTACKS: dict[str, Callable[[Hostile], None]] = {
    name.__name__: name
    for name in (
        *(settings_flags, settings_host, settings_program, settings_place, settings_link, report_folder, report_names),
        *(run_file, modules, programs, installers, netrc, git_settings, names, reader, linked_reader),
    )
}
# The exit code, and a part of the cause, of those that are refused; all others change nothing about a run that passes.
REFUSED = {
    "settings_flags": (10, "--log-output"),
    "settings_host": (10, "k6ci.toml sets host"),
    "settings_program": (10, "k6ci.toml sets k6-path"),
    "settings_place": (10, "is not below the working directory"),
    "settings_link": (10, "k6ci.toml"),
    "report_folder": (10, "is a symbolic link"),
    "reader": (16, "victim"),
    "linked_reader": (16, "victim"),
}
HARMLESS = [name for name in ATTACKS if name not in REFUSED]
EVERYTHING = ["report_folder", "settings_flags", *HARMLESS[2:], "reader"]


def snapshot(*folders: Path, without: str = "k6ci-report") -> dict[str, str]:
    """Every file and link below the folders, by a digest of what it holds."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_relative_to(folder / without) or path.is_relative_to(folder / ".git"):
                continue
            kept = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            found[str(path)] = hashlib.sha256(kept).hexdigest()
    return found


def files_with(canary: str, *folders: Path) -> list[str]:
    """Files that hold the canary."""
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [str(path) for path in found if canary.encode() in path.read_bytes()]
