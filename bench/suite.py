"""A suite of 100 scripts, 20 at a time: `k6ci run` beside 100 bare `k6 cloud run` of k6 1.1.0, on one emulator.

Prints wall time, CPU time and memory of k6ci itself (and with its k6 processes), and requests; a single run beside it
shows that polls per run do not grow. The emulator executes on the same machine, which is where most of the time goes.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping

from bench._cloud import K6, K6CI, POLLED, ask, emulator

SCRIPTS = 100
AT_ONCE = 20
SCRIPT = """
import { check, sleep } from 'k6';
export const options = { vus: 1, duration: '3s', thresholds: { checks: ['rate>0.9'] } };
export default function () { check(%d, { 'it is': (x) => x >= 0 }); sleep(0.2); }
"""


@dataclasses.dataclass(frozen=True)
class Used:
    """Seconds, megabytes and requests of one side; polls by run."""

    wall: float
    cpu: float
    rss: float
    requests: int
    metrics: int
    polls: tuple[int, ...]


def main() -> int:
    """Measure, print, and tell whether the goals hold; 1 when they do not."""
    with tempfile.TemporaryDirectory() as folder, emulator() as environ:
        place = pathlib.Path(folder)
        for number in range(SCRIPTS):
            (place / f"load{number:03}.js").write_text(SCRIPT % number)
        (place / "alone.js").write_text(SCRIPT % 0)
        alone, _ = _k6ci(place, environ, "alone.js")
        ours, whole_cpu = _k6ci(place, environ, "load*.js", "--max-parallel", str(AT_ONCE))
        theirs = _bare(place, environ)
    return _report(ours, theirs, alone, whole_cpu)


def _report(ours: Used, theirs: Used, alone: Used, whole_cpu: float) -> int:
    print(f"{SCRIPTS} scripts of 3 s, {AT_ONCE} at a time{'':22}{'k6ci':>10}{'bare k6':>10}  goal")
    most, other_most = max(ours.polls), max(theirs.polls)
    goals = {
        "peak memory, MB (k6ci alone; sum of 20 bare)": (ours.rss, theirs.rss, "at most 150", ours.rss <= 150),
        "wall time, s": (ours.wall, theirs.wall, "at most 1.05 of bare k6", ours.wall <= 1.05 * theirs.wall),
        "CPU time, s (k6ci alone; all bare together)": (ours.cpu, theirs.cpu, "", True),
        "CPU time, s, with the k6 that archive": (whole_cpu, theirs.cpu, "", True),
        "requests to run (API, tail)": (ours.requests, theirs.requests, "", True),
        "v5 metric queries, not in bare k6": (ours.metrics, theirs.metrics, "", True),
        "polls a run, mean": (statistics.mean(ours.polls), statistics.mean(theirs.polls), "", True),
        "polls a run, most": (most, other_most, "no more than bare k6", most <= other_most),
    }
    for name, (mine, other, goal, holds) in goals.items():
        print(f"{name:46}{mine:10.2f}{other:10.2f}  {goal}{'' if not goal else ': holds' if holds else ': MISSED'}")
    print(f"{'polls of a run that is alone':46}{alone.polls[0]:10.2f}")
    print(f"{'peak memory of a run that is alone, MB':46}{alone.rss:10.2f}")
    return 0 if all(holds for *_, holds in goals.values()) else 1


def _k6ci(place: pathlib.Path, environ: Mapping[str, str], *words: str) -> tuple[Used, float]:
    """What k6ci itself used, and the CPU seconds with its children."""
    usage = place / "usage.json"
    argv = [sys.executable, "-c", K6CI, str(usage), "run", *words, "--k6-path", str(K6), "--no-show-logs"]
    ask(environ, "DELETE", "/_emulator/journal")
    began = time.monotonic()
    process = subprocess.Popen(argv, cwd=place, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout:
        process.stdout.close()
    if process.returncode != 0:
        raise RuntimeError(f"k6ci ended with {process.returncode}: {output.decode()[-2000:]}")
    own = json.loads(usage.read_text())
    requests, metrics, polls = _requests(environ)
    return Used(wall, own["cpu"], own["rss"], requests, metrics, polls), used.ru_utime + used.ru_stime


def _bare(place: pathlib.Path, environ: Mapping[str, str]) -> Used:
    ask(environ, "DELETE", "/_emulator/journal")

    def run(script: pathlib.Path) -> tuple[float, float]:
        argv = [str(K6), "cloud", "run", "--show-logs=false", script.name]
        named = {**environ, "K6_CLOUD_NAME": f"bare {script.name}"}
        process = subprocess.Popen(argv, cwd=place, env=named, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"bare k6 ended with {process.returncode}")
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        used = list(pool.map(run, sorted(place.glob("load*.js"))))
    wall = time.monotonic() - began
    memory = sum(sorted((rss for _, rss in used), reverse=True)[:AT_ONCE])
    return Used(wall, sum(cpu for cpu, _ in used), memory, *_requests(environ))


def _requests(environ: Mapping[str, str]) -> tuple[int, int, tuple[int, ...]]:
    """Requests to run, metric queries, and polls by run."""
    paths = [
        (one["method"], one["path"].split("?")[0])
        for one in ask(environ, "GET", "/_emulator/journal")["value"]
        if "_emulator" not in one["path"]
    ]
    metrics = sum("/cloud/v5/" in path for _, path in paths)
    polls = Counter(path for method, path in paths if method == "GET" and path.split("/")[-2] in POLLED)
    return len(paths) - metrics, metrics, tuple(polls.values())
