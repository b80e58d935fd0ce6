"""One worker: an emulator, a folder and a k6; it runs one k6ci process per round, and reads its results."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from emulation import EmulatorHandle, emulator_in_thread, wheel_config

HEAD = "import { check, sleep } from 'k6';\nimport exec from 'k6/execution';\n"
SHORT = HEAD + (
    "export const options = { vus: 1, iterations: 3, thresholds: { checks: ['rate>0.9'] } };\n"
    "export default function () { check(1, { one: (x) => x === 1 }); sleep(0.1); }\n"
)
LONG = SHORT.replace("iterations: 3", "duration: '60s'")
LAST_SECONDS = 60.0
SETTLED_SECONDS = 3.0
Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True)
class ProcessResult:
    """The results of a process: exit code (as in a shell), output, report files, runs by the emulator's own record."""

    code: int
    text: str
    files: dict[str, str]
    runs: list[dict[str, Any]]

    @property
    def active_runs(self) -> list[int]:
        """The runs that have not ended."""
        return [run["id"] for run in self.runs if run["status"] not in ("completed", "aborted")]

    def problems(self, token: str) -> list[str]:
        """Return the problems that no round may have."""
        found = [
            f"{name} holds the token" for name, text in {**self.files, "output": self.text}.items() if token in text
        ]
        if "Traceback" in self.text:
            found.append("traceback")
        found += [f"{name} is missing" for name in ("result.json", "summary.md") if name not in self.files]
        return found


@dataclass
class Worker:
    """Runs the rounds of one k6 binary; a round sees no runs and no faults of other rounds."""

    emulator: EmulatorHandle
    folder: pathlib.Path
    k6: pathlib.Path
    known_runs: set[int] = field(default_factory=set)

    def begin(self, script: str, *, keeps_test: bool = False) -> None:
        """Delete the faults of the last round; with `keeps_test` keep its load test, whose script is replaced."""
        if not keeps_test:
            self.emulator.reset()
        self.emulator.clear_faults()
        self.emulator.control("DELETE", "run-scenarios")
        self.emulator.set_concurrency(None)
        self.emulator.exchanges.clear()
        self.known_runs = {run["id"] for run in self.emulator.state()["runs"]}
        (self.folder / "s.js").write_text(script)
        (self.folder / "marker").unlink(missing_ok=True)
        for path in (self.folder / "k6ci-report").glob("*"):
            path.unlink()

    def slow_archiver(self, seconds: float) -> pathlib.Path:
        """Return a k6 whose `k6 archive` first writes a marker and waits."""
        path = self.folder / "slow-k6"
        words = [shlex.quote(str(part)) for part in (self.folder / "marker", self.k6)]
        path.write_text(
            f'#!/bin/sh\n[ "$1" = archive ] && {{ : > {words[0]}; sleep {seconds}; }}\nexec {words[1]} "$@"\n'
        )
        path.chmod(0o755)
        return path

    @contextlib.contextmanager
    def process(
        self, *options: str, k6: pathlib.Path | None = None, command: Sequence[str] = ("run", "s.js")
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run k6ci, its output in a file; it is killed at the end of the block if it still runs."""
        own = ["--k6-path", str(k6 or self.k6)] if command[0] == "run" else []
        passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        argv = [sys.executable, "-m", "k6ci", *command, *own, *options]
        with (self.folder / "output").open("wb") as output:
            process = subprocess.Popen(
                argv,
                cwd=self.folder,
                env=passed | environ | self.emulator.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()

    def result_of(self, process: subprocess.Popen[bytes]) -> ProcessResult:
        """Return the results of an ended process, once the emulator has handled its last requests."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while True:
            code = process.returncode if process.returncode >= 0 else 128 - process.returncode
            text = (self.folder / "output").read_text(errors="replace")
            files = {path.name: path.read_text() for path in (self.folder / "k6ci-report").glob("*.*")}
            result = ProcessResult(code, text, files, self.own_runs())
            if not result.active_runs or time.monotonic() > deadline:
                return result
            time.sleep(0.05)

    def abort_remaining(self) -> ProcessResult:
        """Run `k6ci abort`, as both CI systems do after a cancelled job; return the results."""
        with self.process(command=("abort",)) as process:
            process.wait(LAST_SECONDS)
        return self.result_of(process)

    def own_runs(self) -> list[dict[str, Any]]:
        """Return the emulator's record of this round's runs."""
        ids = [run["id"] for run in self.emulator.state()["runs"] if run["id"] not in self.known_runs]
        return [self.emulator.run_record(run_id) for run_id in ids]

    def hits(self) -> int:
        """Return how many requests the faults of this round have hit; a hit counts before its delay."""
        return sum(fault["hits"] for fault in self.emulator.control("GET", "faults")["value"])


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], seconds: float = 20.0) -> bool:
    """Wait for a condition; return whether it became true while the process was running."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def run_with_workers(
    work: Callable[[Worker, Item], Found], items: Sequence[tuple[pathlib.Path, Item]], workers: int
) -> list[Found]:
    """Run a task for all items, each with its k6; return the results in the order of the items."""
    open_items: SimpleQueue[tuple[int, pathlib.Path, Item]] = SimpleQueue()
    for index, (k6, item) in enumerate(items):
        open_items.put((index, k6, item))
    found: dict[int, Found] = {}

    def run_items() -> None:
        with tempfile.TemporaryDirectory(prefix="k6ci-storm-") as folder, contextlib.ExitStack() as stack:
            workers_by_k6: dict[pathlib.Path, Worker] = {}
            while (taken := _next(open_items)) is not None:
                index, k6, item = taken
                if k6 not in workers_by_k6:
                    place = pathlib.Path(folder, f"worker-{len(workers_by_k6)}")
                    place.mkdir()
                    handle = stack.enter_context(emulator_in_thread(wheel_config(k6=k6)))
                    workers_by_k6[k6] = Worker(handle, place, k6)
                found[index] = work(workers_by_k6[k6], item)

    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(run_items) for _ in range(workers)]:
            future.result()
    return [found[index] for index in range(len(items))]


def _next(items: SimpleQueue[Item]) -> Item | None:
    try:
        return items.get_nowait()
    except Empty:
        return None
