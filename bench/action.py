"""The action's start: seconds from its first line to the start request, and the size of what GitHub downloads.

The packages of the lock are in the cache of uv or pip, and k6 is in the tool cache, as in later jobs of a self-hosted
runner. The action, as GitHub delivers the last commit, and its private environment are new each time. The cloud is an
emulator. The best of ROUNDS counts, before all other processes of the machine where that is allowed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import gzip
import hashlib
import http.server
import io
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping

from bench._cloud import K6, ask, emulator

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROUNDS = 5
GOAL_SECONDS = {"uv": 1.5, "pip": 4.0}
GOAL_KILOBYTES = 700
VERSION = "1.1.0"
SCRIPT = """
import { check } from 'k6';
export const options = { vus: 1, iterations: 1 };
export default function () { check(1, { one: (x) => x === 1 }); }
"""


@dataclasses.dataclass(frozen=True)
class Start:
    """Seconds of one start: of the step that sets up, and from k6ci's first line to the start request."""

    setup: float
    run: float

    @property
    def total(self) -> float:
        """Both."""
        return self.setup + self.run


def main() -> int:
    """Measure and print; 1 if a goal is missed."""
    with contextlib.suppress(PermissionError):  # inherited by all children, the emulator among them
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    archive = _archive()
    size = len(gzip.compress(archive)) / 1000
    with tempfile.TemporaryDirectory() as folder, emulator() as cloud, _mirror() as (url, sha256):
        place = pathlib.Path(folder)
        (place / "checkout").mkdir()
        (place / "checkout" / "a.js").write_text(SCRIPT)
        k6 = {"K6CI_K6_MIRROR": url, "K6CI_K6_SHA256": sha256, "K6CI_K6_VERSION": VERSION}
        found = {}
        for installer in GOAL_SECONDS:
            environ = {**cloud, **k6, **_machine(place, installer)}
            starts = [_start(place, archive, environ) for _ in range(ROUNDS + 1)][1:]  # the first one fills the caches
            found[installer] = min(starts, key=lambda one: one.total)
    print(f"load average of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{'seconds, the best of ' + str(ROUNDS):28}{'set-up':>8}{'k6ci':>8}{'total':>8}{'goal':>8}")
    for installer, start in found.items():
        goal = GOAL_SECONDS[installer]
        missed = "" if start.total <= goal else "  MISSED"
        print(f"{'with ' + installer:28}{start.setup:8.2f}{start.run:8.2f}{start.total:8.2f}{goal:8.1f}{missed}")
    print(f"{'download, kB':28}{size:24.0f}{GOAL_KILOBYTES:8}{'' if size <= GOAL_KILOBYTES else '  MISSED'}")
    is_fast = all(start.total <= GOAL_SECONDS[installer] for installer, start in found.items())
    return 0 if is_fast and size <= GOAL_KILOBYTES else 1


def _archive() -> bytes:
    argv = ["git", "archive", "HEAD"]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, check=True).stdout


def _machine(place: pathlib.Path, installer: str) -> dict[str, str]:
    """The environment of a runner with Python, and with uv if it is the installer."""
    programs = place / f"programs of {installer}"
    programs.mkdir()
    base = pathlib.Path(sys.base_prefix) / "bin" / "python3"
    # A link would be followed to its own environment; on a runner, python3 is a system's or that of setup-python.
    (programs / "python3").write_text(f'#!/bin/sh\nexec "{base}" "$@"\n')
    (programs / "python3").chmod(0o755)
    if installer == "uv":
        (programs / "uv").symlink_to(pathlib.Path(sys.executable).parent / "uv")
    inherited = {name: value for name, value in os.environ.items() if name.upper().startswith(("PIP_", "UV_", "SSL_"))}
    cache = pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir, ".cache")
    return {
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        **inherited,
        "PATH": f"{programs}:/usr/bin:/bin",
        "RUNNER_TOOL_CACHE": str(place / "tools"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(place / "checkout"),
        "CI": "true",
        "K6CI_SCRIPT": "a.js",
    }


def _start(place: pathlib.Path, archive: bytes, environ: Mapping[str, str]) -> Start:
    """Do what the action's two steps do, in a new temporary folder."""
    checkout, temporary = place / "checkout", place / "temp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    action = temporary / "action"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(action, filter="data")
    named = {**environ, "RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(temporary / "output")}
    ask(environ, "DELETE", "/_emulator/journal")
    began = time.time()
    _step(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(action / "action" / "setup.sh")], checkout, named
    )
    is_set_up = time.time()
    python = (temporary / "output").read_text().splitlines()[1]
    _step([python, "-I", "-X", "utf8", "-u", "-m", "k6ci", "run"], checkout, named)
    started = next(one["time"] for one in ask(environ, "GET", "/_emulator/journal")["value"] if _is_start(one))
    return Start(is_set_up - began, dt.datetime.fromisoformat(started).timestamp() - is_set_up)


def _is_start(entry: Mapping[str, str]) -> bool:
    return entry["method"] == "POST" and entry["path"].endswith("/start")


def _step(argv: list[str], folder: pathlib.Path, environ: Mapping[str, str]) -> None:
    done = subprocess.run(argv, cwd=folder, env=dict(environ), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def _mirror() -> Iterator[tuple[str, str]]:
    """A server on loopback with k6 packed as in its releases, and the SHA-256 of that archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1) as tar:
        tar.add(K6, f"k6-v{VERSION}-linux-amd64/k6")
    archive = content.getvalue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(archive)))
            self.end_headers()
            self.wfile.write(archive)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", hashlib.sha256(archive).hexdigest()
    finally:
        server.shutdown()
        server.server_close()
