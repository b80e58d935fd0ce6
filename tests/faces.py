"""What the tests of the GitHub Action and the GitLab template share: copies of both, and machines to run them on."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pwd
import re
import shutil
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
INPUT = re.compile(r"\$\[\[ inputs\.([\w-]+) \]\]")
RECORDER = PROJECT / "tests" / "github_runner" / "recorder"
TOOLS = PROJECT / ".tools"
VENV_PROGRAMS = Path(sysconfig.get_path("scripts"))
# What only a GitLab job has: the action gets its own from the workflow and from its own folder.
OF_THE_JOB = {"package", "image", "stage", "job-name", "resource-group", "interruptible"}
# What a machine behind a proxy gives to every job: where packages come from and which certificates to trust.
MACHINE_VARIABLES = (
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ),
    *("PIP_CERT", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_DEFAULT_TIMEOUT", "PIP_CACHE_DIR", "REQUESTS_CA_BUNDLE"),
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CACHE_DIR", "NODE_EXTRA_CA_CERTS"),
)


def machine_environ(home: Path, *programs: Path) -> dict[str, str]:
    """The environment of a fresh machine: its own home, the system's programs, what leads to the registries."""
    home.mkdir(parents=True, exist_ok=True)
    inherited = {name: os.environ[name] for name in MACHINE_VARIABLES if name in os.environ}
    # The caches of the real user, whatever HOME says: a test that installs packages should not fetch them again.
    cache = Path(pwd.getpwuid(os.getuid()).pw_dir, ".cache")
    caches = {"UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip")}
    path = ":".join([*map(str, programs), "/usr/local/bin", "/usr/bin", "/bin"])
    return {**caches, **inherited, "HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}


def copy_action(destination: Path, *, source: Path = PROJECT / "src", lock: str | None = None) -> Path:
    """The action as a runner has it after the download; `lock` replaces the locked requirements."""
    shutil.copytree(PROJECT / "action", destination / "action", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(source, destination / "src", ignore=shutil.ignore_patterns("__pycache__"))
    if source == RECORDER:  # what bootstrap.py imports is real in every action
        package = PROJECT / "src" / "k6ci"
        shutil.copytree(
            package / "ci", destination / "src" / "k6ci" / "ci", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("errors.py", "lines.py"):
            shutil.copy(package / name, destination / "src" / "k6ci")
    shutil.copy(PROJECT / "action.yml", destination)
    (destination / "requirements").mkdir()
    if lock is None:
        for name in ("github.txt", "scan.txt"):
            shutil.copy(PROJECT / "requirements" / name, destination / "requirements")
    else:
        for name in ("github.txt", "scan.txt"):
            (destination / "requirements" / name).write_text(lock, encoding="utf-8")
    return destination


def program_folder(folder: Path, **scripts: str) -> Path:
    """A folder of small bash programs, to be put first on a PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in scripts.items():
        program = folder / name
        program.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
    return folder


def linked_programs(folder: Path, *names: str, **others: Path) -> Path:
    """A folder for a PATH with these programs of the virtual environment, and with others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, program in ({name: VENV_PROGRAMS / name for name in names} | others).items():
        (folder / name).symlink_to(program)
    return folder


def with_default_inputs(template: str) -> str:
    """The jobs of a GitLab template, with the default of each input where it stands."""
    specification, _, jobs = template.partition("\n---\n")
    inputs = yaml.safe_load(specification)["spec"]["inputs"]
    return INPUT.sub(lambda found: text_of(inputs[found[1]]["default"]), jobs)


def text_of(value: object) -> str:
    """An input of a GitLab template inside of a text."""
    return value if isinstance(value, str) else json.dumps(value)


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """A wheel made on the spot, so that installing it needs neither registry nor build."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    information = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: hashlib.sha256(text.encode()).digest() for path, text in contents.items()}
    lines = [f"{path},sha256={base64.urlsafe_b64encode(d).rstrip(b'=').decode()}," for path, d in digests.items()]
    contents[f"{information}/RECORD"] = "\n".join([*lines, f"{information}/RECORD,,", ""])
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in contents.items():
            archive.writestr(path, text)
    return wheel


def script_that_measures(seconds: float = 1.0, limit: int = 5) -> str:
    """A k6 script with one metric of its own; `-e WORK=9` crosses its threshold. It also forges a workflow command."""
    return f"""
import {{ sleep }} from 'k6';
import {{ Trend }} from 'k6/metrics';
const work = new Trend('work');
export const options = {{ vus: 1, duration: '{seconds}s', thresholds: {{ work: ['p(95)<{limit}'] }} }};
export default function () {{
  work.add(Number(__ENV.WORK || 3));
  console.log('::error::forged by the script');
  sleep(0.2);
}}
"""


def recorded(workspace: Path) -> list[dict[str, Any]]:
    """What the recorder wrote down, call by call."""
    path = workspace / "recorded.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
