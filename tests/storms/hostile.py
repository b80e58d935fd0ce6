"""The hostile storm: with any response, the run is stopped or named, in time, and the exit code is not 70."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import binaries
from k6ci.errors import ExitCode
from storms.hostile_answers import JSON, SCRIPTS, TAILS
from storms.hostile_cloud import FIRST_RUN, FOREIGN_ID, PROJECT, STACK, TOKEN, Attack, HostileCloud, hostile_cloud

SCRIPT = (
    "import { check, sleep } from 'k6';\nexport const options = { vus: 1, duration: '1s' };\n"
    "export default function () { check(1, { one: (x) => x === 1 }); sleep(0.1); }\n"
)
# The routes before the start, and from the start on.
_BEFORE = ("GET */limits", "GET */projects/*", "POST */validate_options", "GET */load_tests", "P* */load_tests*")
_AFTER = (
    "POST */start",
    "GET */test_runs/*",
    "GET */load_tests/*/test_runs",
    "POST */abort",
    "PATCH *",
    "GET /cloud/v5/*",
)
TIMEOUT_SECONDS = 6.0
LATE_SECONDS = 10.0  # on a machine that does nothing else
LAST_SECONDS = 260.0
LARGEST_MEGABYTES = 200.0
# Exit codes that are allowed after a start request; 11 is a rejected token.
_ALLOWED = frozenset({0, 11, 97, 98, 99})
_SLOW = ("dripping body", "dripping head", "continue flood", "endless tiny chunks", "no HTTP", "endless body")


@dataclass(frozen=True)
class Round:
    """One process, and the attack on its requests."""

    number: int
    route: str
    kind: str
    count: int | None
    is_long: bool


@dataclass(frozen=True)
class RoundResult:
    """The result of a round; `after_start`: seconds from the start request to the exit, None without one."""

    round: Round
    code: int
    seconds: float
    after_start: float | None
    megabytes: float
    hits: int
    problems: tuple[str, ...]
    text: str


def rounds(seed: int, count: int) -> list[Round]:
    """Return this many rounds; the same for the same seed."""
    return [_round(number, random.Random(f"{seed}/hostile/{number}")) for number in range(count)]


def _round(number: int, rng: random.Random) -> Round:
    where = rng.choices(("before", "after", "script", "tail", "all"), (14, 56, 12, 13, 5))[0]
    routes = {
        "before": _BEFORE,
        "after": _AFTER,
        "script": ("GET */script",),
        "tail": ("GET /tail",),
        "all": ("* /cloud/*",),
    }
    kinds = {"script": SCRIPTS, "tail": TAILS}.get(where, JSON)
    kind = rng.choice(list(kinds))
    count = rng.choices((1, 3, None), (35, 15, 50))[0]
    if where in ("before", "all") and kind in _SLOW:  # each costs minutes when it goes on for ever
        count = 1
    return Round(number, rng.choice(routes[where]), kind, count, is_long=rng.random() < 0.4)


def storm(seed: int, count: int, workers: int, numbers: Sequence[int] | None = None) -> list[RoundResult]:
    """Run all rounds, or those with the given numbers."""
    planned = [one for one in rounds(seed, count) if numbers is None or one.number in numbers]
    todo: SimpleQueue[Round] = SimpleQueue()
    for one in planned:
        todo.put(one)
    found: dict[int, RoundResult] = {}

    def worker() -> None:
        place = tempfile.TemporaryDirectory(prefix="k6ci-hostile-")
        with hostile_cloud() as cloud, place as folder, contextlib.suppress(Empty):
            while True:
                planned = todo.get_nowait()
                found[planned.number] = run_round(cloud, pathlib.Path(folder, str(planned.number)), planned)

    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(worker) for _ in range(workers)]:
            future.result()
    return [found[one.number] for one in planned]


@contextlib.contextmanager
def k6ci_process(
    cloud: HostileCloud, folder: pathlib.Path, planned: Round, timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[subprocess.Popen[bytes]]:
    """Run k6ci against the cloud of a round, its output in a file; it is killed at the end if it still runs."""
    folder.mkdir()
    (folder / "s.js").write_text(SCRIPT)
    act = SCRIPTS[planned.kind] if planned.route == "GET */script" else (JSON | SCRIPTS | TAILS)[planned.kind]
    cloud.begin(Attack(planned.route, planned.kind, act, planned.count), is_long=planned.is_long)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "K6_CLOUD_TOKEN": TOKEN,
        "K6_CLOUD_STACK_ID": str(STACK),
        "K6_CLOUD_PROJECT_ID": str(PROJECT),
        "K6_CLOUD_HOST_V6": f"http://127.0.0.1:{cloud.port}",
        "K6_CLOUD_LOGS_TAIL_URL": f"ws://127.0.0.1:{cloud.port}/tail",
        **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE")},
    }
    options = ["--k6-path", str(binaries.wheel()), "--timeout", f"{timeout_seconds:.0f}s"]
    argv = [sys.executable, "-m", "k6ci", "run", "s.js", *options]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(argv, cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def run_round(
    cloud: HostileCloud,
    folder: pathlib.Path,
    planned: Round,
    timeout_seconds: float = TIMEOUT_SECONDS,
    late_seconds: float = LATE_SECONDS,
) -> RoundResult:
    """Run k6ci against the cloud, to its end, and check the result."""
    problems = []
    begun, megabytes = time.monotonic(), 0.0
    with k6ci_process(cloud, folder, planned, timeout_seconds) as process:
        while process.poll() is None:
            megabytes = max(megabytes, _peak(process.pid))
            if time.monotonic() - begun > LAST_SECONDS:
                problems.append(f"still running after {LAST_SECONDS:.0f} s")
                process.kill()
            time.sleep(0.03)
    ended_at = time.monotonic()
    started_at = min((run.started for run in cloud.runs.values()), default=None)
    after = None if started_at is None else ended_at - started_at
    text = (folder / "output").read_text(errors="replace")
    hits = cloud.attack.hits if cloud.attack else 0
    problems += problems_of(cloud, folder, process.returncode, text, megabytes)
    if after is not None and after - timeout_seconds > late_seconds:
        problems.append(f"{after - timeout_seconds:.1f} s late")
    return RoundResult(planned, process.returncode, ended_at - begun, after, megabytes, hits, tuple(problems), text)


def problems_of(cloud: HostileCloud, folder: pathlib.Path, code: int, text: str, megabytes: float) -> list[str]:
    """Return the problems of a round."""
    found = _problems_of_runs(cloud, code)
    if code not in set(ExitCode) or code == ExitCode.BUG:
        found.append(f"exit code {code}")
    if megabytes > LARGEST_MEGABYTES:
        found.append(f"{megabytes:.0f} MB")
    if "Traceback" in text or TOKEN in text:
        found.append("traceback, or the token, in the output")
    if any(letter in text for letter in ("\x1b", "\u202e")):
        found.append("control letters in the output")
    try:
        report = json.loads((folder / "k6ci-report" / "result.json").read_text())
    except (OSError, ValueError):
        return [*found, "result.json cannot be read"]
    if report["exit_code"] != code:
        found.append(f"result.json says {report['exit_code']}, the process {code}")
    if code == ExitCode.UNKNOWN and not any(word in text for word in ("k6ci abort", str(FIRST_RUN))):
        found.append("98 without how to stop the run")
    return found


def _problems_of_runs(cloud: HostileCloud, code: int) -> list[str]:
    """Return the problems in the server's own record."""
    found = []
    if cloud.runs and code not in _ALLOWED:
        found.append(f"exit code {code} after a start")
    if cloud.active_runs and code != ExitCode.UNKNOWN:
        found.append(f"runs {cloud.active_runs} are active, and exit code {code} does not say so")
    if FOREIGN_ID in cloud.aborts:
        found.append("a run of another load test was stopped")
    if code == 0 and [run.status for run in cloud.runs.values()] != ["completed"]:
        found.append(f"passed, but the runs are {[run.status for run in cloud.runs.values()]}")
    return found


def _peak(process_id: int) -> float:
    """Return the peak memory of a process so far, in MB; Linux only."""
    with contextlib.suppress(OSError, ValueError):
        for line in pathlib.Path(f"/proc/{process_id}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
