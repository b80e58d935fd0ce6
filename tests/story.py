"""Runs k6ci as a user would, in this process or in one of its own, and reads what it left behind."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

import binaries
import short_pauses
from emulation import EmulatorHandle
from k6ci import cli
from k6ci.clock import SystemClock
from waiting import PATIENCE_SECONDS, wait_for

EACH_K6 = binaries.every_param()

PASSING = """
import { check, sleep } from 'k6';
export const options = { vus: 1, duration: '1s', thresholds: { checks: ['rate>0.9'] } };
export default function () { check(1, { 'one is one': (x) => x === 1 }); sleep(0.1); }
"""
CROSSING = PASSING.replace("rate>0.9", "rate>1.1")
LONG = PASSING.replace("'1s'", "'60s'")
THROWING = """
import { sleep } from 'k6';
export const options = { vus: 1, duration: '1s', thresholds: { http_req_failed: ['rate<0.5'] } };
export default function () { sleep(0.1); throw new Error('boom'); }
"""
ABORTING = """
import exec from 'k6/execution';
import { check, sleep } from 'k6';
export const options = { vus: 1, duration: '20s' };
export default function () { check(1, { a: () => true }); sleep(0.3); exec.test.abort('enough is enough'); }
"""


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it left in its report directory (texts by name), as it was then."""

    code: int
    text: str
    files: dict[str, str]

    @property
    def result(self) -> dict[str, Any]:
        return json.loads(self.files["result.json"])

    @property
    def run(self) -> dict[str, Any]:
        (run,) = self.result["runs"]
        return run

    @property
    def summary(self) -> str:
        return self.files["summary.md"]

    @property
    def run_file(self) -> dict[str, Any]:
        return json.loads(self.files["run.json"])


def told(code: int, text: str, folder: pathlib.Path) -> Told:
    """What a command that ended in `folder` has left there."""
    report_dir = folder / "k6ci-report"
    found = [path for path in report_dir.iterdir() if path.is_file()] if report_dir.is_dir() else []
    return Told(code, text, {path.name: path.read_text(errors="replace") for path in found})


class Teller:
    """Runs k6ci in an empty folder, pointed at an emulator. `program` is what a process of its own executes."""

    def __init__(self, folder: pathlib.Path, capfd: pytest.CaptureFixture[str], program: Sequence[str]) -> None:
        self.folder = folder
        self.program = program
        self._capfd = capfd
        self._earlier: set[int] = set()

    def write(self, **scripts: str) -> None:
        """Scripts by the stem of their names."""
        for name, text in scripts.items():
            (self.folder / f"{name}.js").write_text(text)

    def environ(self, emulator: EmulatorHandle | None, **more: str) -> dict[str, str]:
        environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}
        return environ | (emulator.environment() if emulator else {}) | more

    def __call__(
        self, *argv: str | pathlib.Path, on: EmulatorHandle | None = None, stdin: str = "", **environ: str
    ) -> Told:
        """One command in this process, with something in its standard input."""
        self._capfd.readouterr()
        real, sys.stdin = sys.stdin, io.StringIO(stdin)
        try:
            code = cli.main([str(word) for word in argv], self.environ(on, **environ))
        finally:
            sys.stdin = real
        captured = self._capfd.readouterr()
        return told(code, captured.out + captured.err, self.folder)

    @contextlib.contextmanager
    def process(
        self, *argv: str | pathlib.Path, on: EmulatorHandle | None = None, **environ: str
    ) -> Iterator[subprocess.Popen[str]]:
        """One command in a process of its own, killed at the end if it is still there."""
        passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        self._earlier = {run["id"] for run in on.state()["runs"]} if on is not None else set()
        with subprocess.Popen(
            [*self.program, *map(str, argv)],
            cwd=self.folder,
            env=passed | self.environ(on, **environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def ended(self, process: subprocess.Popen[str]) -> Told:
        """The process, once it has ended by itself; TimeoutExpired after PATIENCE_SECONDS.

        Tests that a process does not wait for something let that something take NEVER_SECONDS.
        """
        text, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return told(process.returncode, text, self.folder)

    def running_id(self, emulator: EmulatorHandle) -> int:
        """The id of the first run whose load goes on, or a run of the process that is over, if it was short."""
        return wait_for(lambda: next(map(int, self._begun(emulator)), None), "a run that has begun")

    def noted_id(self, emulator: EmulatorHandle) -> int:
        """The id of the first run, once its load goes on and k6ci has noted it in its run file: so it can be killed."""
        run_id = self.running_id(emulator)
        path = self.folder / "k6ci-report" / "run.json"
        wait_for(lambda: f'"run_id": {run_id},' in path.read_text(), "the run in run.json")
        return run_id

    def _begun(self, emulator: EmulatorHandle) -> Iterator[int]:
        runs = emulator.state()["runs"]
        yield from (run["id"] for run in runs if run["status"] == "running")
        over = {"processing_metrics", "completed", "aborted"}
        yield from (run["id"] for run in runs if run["status"] in over and run["id"] not in self._earlier)


@pytest.fixture
def k6ci(
    in_folder: pathlib.Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Teller:
    """k6ci in an empty folder. Its pauses are short, unless the test has the mark `real_pauses`."""
    if request.node.get_closest_marker("real_pauses"):
        return Teller(in_folder, capfd, [sys.executable, "-m", "k6ci"])
    monkeypatch.setattr("k6ci.cli.SystemClock", short_pauses.ShortPauseClock)
    return Teller(in_folder, capfd, [sys.executable, "-P", short_pauses.__file__])


class HurriedClock(SystemClock):
    """Hours in seconds, for patience that no test has; connections and processes take their real time all the same."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def monotonic(self) -> float:
        return super().monotonic() * self._factor

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / self._factor)


def spying_k6(folder: pathlib.Path, k6: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A k6 that first writes down its arguments, its environment and all files of the temporary folder."""
    log = folder / "spied"
    log.mkdir()
    spy = folder / "spy-k6"
    spy.write_text(
        "#!/bin/sh\n"
        f'log="{log}/$$"\n'
        'for word in "$@"; do printf "%s\\n" "$word"; done > "$log.argv"\n'
        'tr "\\0" "\\n" < /proc/$$/environ > "$log.env"\n'
        'find "$TMPDIR" -type f -exec cat {} + > "$log.files" 2>/dev/null\n'
        f'"{k6}" "$@"\n'
        "code=$?\n"
        'find "$TMPDIR" -type f -exec cat {} + > "$log.files-after" 2>/dev/null\n'
        "exit $code\n"
    )
    spy.chmod(0o755)
    return spy, log


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> float:
    """Send a signal; when it was sent."""
    process.send_signal(number)
    return time.time()
