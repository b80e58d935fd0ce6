"""One worker's place: an emulator, a folder, a k6; runs one k6ci process a round, and looks at what it left behind."""

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
class Left:
    """What a process left: exit code (as a shell has it), output, report files, runs by the emulator's own record."""

    code: int
    text: str
    files: dict[str, str]
    runs: list[dict[str, Any]]

    @property
    def going_on(self) -> list[int]:
        """Runs that nobody stopped."""
        return [run["id"] for run in self.runs if run["status"] not in ("completed", "aborted")]

    def problems(self, token: str) -> list[str]:
        """What is wrong whatever the round was about."""
        found = [
            f"{name} holds the token" for name, text in {**self.files, "output": self.text}.items() if token in text
        ]
        if "Traceback" in self.text:
            found.append("traceback")
        found += [f"{name} is missing" for name in ("result.json", "summary.md") if name not in self.files]
        return found


@dataclass
class Workshop:
    """Where rounds of one k6 binary take place; rounds do not see each other's runs or faults."""

    emulator: EmulatorHandle
    folder: pathlib.Path
    k6: pathlib.Path
    known_runs: set[int] = field(default_factory=set)

    def begin(self, script: str, *, keeps_test: bool = False) -> None:
        """Lift what the last round ordered; with `keeps_test` its load test stays, so that the script is replaced."""
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
        """The real k6, but `k6 archive` first leaves a marker and takes its time."""
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
        """k6ci, its output in a file; killed at the end of the block if it is still there."""
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

    def left(self, process: subprocess.Popen[bytes]) -> Left:
        """What an ended process left, once the emulator has carried out what it was asked for."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while True:
            code = process.returncode if process.returncode >= 0 else 128 - process.returncode
            text = (self.folder / "output").read_text(errors="replace")
            files = {path.name: path.read_text() for path in (self.folder / "k6ci-report").glob("*.*")}
            left = Left(code, text, files, self.own_runs())
            if not left.going_on or time.monotonic() > deadline:
                return left
            time.sleep(0.05)

    def second_net(self) -> Left:
        """What both faces do after a job that was cancelled: `k6ci abort`. What is left then."""
        with self.process(command=("abort",)) as process:
            process.wait(LAST_SECONDS)
        return self.left(process)

    def own_runs(self) -> list[dict[str, Any]]:
        """The emulator's record of this round's runs."""
        ids = [run["id"] for run in self.emulator.state()["runs"] if run["id"] not in self.known_runs]
        return [self.emulator.run_record(run_id) for run_id in ids]

    def hits(self) -> int:
        """How many requests were hit by the faults of this round; a hit counts before its delay."""
        return sum(fault["hits"] for fault in self.emulator.control("GET", "faults")["value"])


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], seconds: float = 20.0) -> bool:
    """Whether it came to that while the process was there."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def in_workshops(
    work: Callable[[Workshop, Item], Found], items: Sequence[tuple[pathlib.Path, Item]], workers: int
) -> list[Found]:
    """Do all the work in so many workshops at once; each item names its k6. The results, in the order of the items."""
    open_items: SimpleQueue[tuple[int, pathlib.Path, Item]] = SimpleQueue()
    for index, (k6, item) in enumerate(items):
        open_items.put((index, k6, item))
    found: dict[int, Found] = {}

    def worker() -> None:
        with tempfile.TemporaryDirectory(prefix="k6ci-storm-") as folder, contextlib.ExitStack() as stack:
            shops: dict[pathlib.Path, Workshop] = {}
            while (taken := _next(open_items)) is not None:
                index, k6, item = taken
                if k6 not in shops:
                    place = pathlib.Path(folder, f"shop-{len(shops)}")
                    place.mkdir()
                    handle = stack.enter_context(emulator_in_thread(wheel_config(k6=k6)))
                    shops[k6] = Workshop(handle, place, k6)
                found[index] = work(shops[k6], item)

    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(worker) for _ in range(workers)]:
            future.result()
    return [found[index] for index in range(len(items))]


def _next(items: SimpleQueue[Item]) -> Item | None:
    try:
        return items.get_nowait()
    except Empty:
        return None
