"""k6ci run beside bare `k6 cloud run` of the same k6 1.1.0, on one emulator, over runs of uneven length.

Bare k6 1.1.0 speaks the legacy API, whose upload starts the run: three requests beside the polls. k6ci speaks REST v6,
asks before it uploads, and reads back what runs, so that it is held to a number of its own there.
Prints, as medians and ratios: wall time, lag between the end in the cloud and the exit, requests, own CPU time, memory.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from bench._cloud import K6, K6CI, POLLED, ask, emulator
from k6ci.commands.demo_shop import serving_shop

# Seconds; uneven on purpose, so that no polling interval is favoured.
DURATIONS = (5.3, 11.7, 6.9, 8.4, 10.2, 7.6, 9.1, 12.0, 5.8, 10.9)
SCRIPT = """
import http from 'k6/http';
import { check, sleep } from 'k6';
export const options = {
  vus: 2, duration: '%ss', thresholds: { http_req_duration: ['p(95)<500'], checks: ['rate>0.9'] },
};
export default function () {
  check(http.get('%s/products'), { ok: (r) => r.status === 200 });
  sleep(0.1);
}
"""


@dataclasses.dataclass(frozen=True)
class Measured:
    """One run: seconds, megabytes, counts."""

    wall: float
    lag: float
    polls: int
    control: int
    metrics: int
    cpu: float
    rss: float


def main() -> int:
    """Measure, print, and tell whether the goals hold; 1 when they do not."""
    with tempfile.TemporaryDirectory() as folder, serving_shop() as shop, emulator() as environ:
        place = pathlib.Path(folder)
        ours: list[Measured] = []
        theirs: list[Measured] = []
        for number, seconds in enumerate([1.0, *DURATIONS]):
            (place / "load.js").write_text(SCRIPT % (seconds, shop))
            pair = [(_k6ci, ours), (_bare, theirs)]
            for measure, kept in pair if number % 2 else reversed(pair):
                result = measure(place, environ)
                if number:  # the first pair warms the caches and creates the load tests
                    kept.append(result)
            if number:
                print(f"{seconds:5.1f} s: k6ci {_line(ours[-1])}   bare {_line(theirs[-1])}", flush=True)
    return _report(ours, theirs)


def _line(one: Measured) -> str:
    return f"wall {one.wall:6.2f} lag {one.lag:5.2f} polls {one.polls}"


def _report(ours: list[Measured], theirs: list[Measured]) -> int:
    def median(values: list[float]) -> float:
        return statistics.median(values)

    ratio = median([mine.wall / other.wall for mine, other in zip(ours, theirs, strict=True)])
    rows: list[tuple[str, float, float, str, bool]] = [
        ("wall time, median ratio", ratio, 1.0, "at most 1.02", ratio <= 1.02),
    ]

    def row(name: str, field: str, goal: str, limit: float | None) -> None:
        mine, other = (median([getattr(one, field) for one in side]) for side in (ours, theirs))
        rows.append((name, mine, other, goal, limit is None or mine <= limit))

    row("lag after the end, s", "lag", "at most 0.4", 0.4)
    polls, other_polls = (sum(one.polls for one in side) for side in (ours, theirs))
    rows.append(("status polls, all runs", polls, other_polls, "no more", polls <= other_polls))
    control, other_control = (median([one.control - one.polls for one in side]) for side in (ours, theirs))
    rows.append(("requests of a run beside polls", control, other_control, "at most 8", control <= 8))
    row("v5 metric queries, not in bare k6", "metrics", "", None)
    row("own CPU time, s", "cpu", "at most 0.5", 0.5)
    row("peak memory, MB", "rss", "at most 55", 55.0)
    print(f"\n{'':36}{'k6ci':>10}{'bare k6':>10}  goal")
    for name, mine, other, goal, holds in rows:
        print(f"{name:36}{mine:10.2f}{other:10.2f}  {goal}{'' if not goal else ': holds' if holds else ': MISSED'}")
    return 0 if all(holds for *_, holds in rows) else 1


def _k6ci(place: pathlib.Path, environ: Mapping[str, str]) -> Measured:
    usage = place / "usage.json"
    argv = [sys.executable, "-c", K6CI, str(usage), "run", "load.js", "--k6-path", str(K6)]
    wall, ended_at, _ = _timed(argv, place, environ)
    used = json.loads(usage.read_text())
    return _measured(wall, ended_at, environ, used["cpu"], used["rss"])


def _bare(place: pathlib.Path, environ: Mapping[str, str]) -> Measured:
    named = {**environ, "K6_CLOUD_NAME": "bare"}
    wall, ended_at, usage = _timed([str(K6), "cloud", "run", "load.js"], place, named)
    return _measured(wall, ended_at, environ, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _timed(argv: list[str], place: pathlib.Path, environ: Mapping[str, str]) -> tuple[float, float, Any]:
    """Wall seconds, the moment of the exit, and the process's resource usage."""
    ask(environ, "DELETE", "/_emulator/journal")
    started = time.monotonic()
    process = subprocess.Popen(argv, cwd=place, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    wall, now = time.monotonic() - started, time.time()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout:
        process.stdout.close()
    if process.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {output.decode()}")
    return wall, now, usage


def _measured(wall: float, ended_at: float, environ: Mapping[str, str], cpu: float, rss: float) -> Measured:
    entries = [one for one in ask(environ, "GET", "/_emulator/journal")["value"] if "_emulator" not in one["path"]]
    run_ids = [one["id"] for one in ask(environ, "GET", "/_emulator/state")["runs"]]
    record = ask(environ, "GET", f"/_emulator/runs/{max(run_ids)}")
    lag = ended_at - dt.datetime.fromisoformat(record["ended"]).timestamp()
    metrics = sum("/cloud/v5/" in one["path"] for one in entries)
    polls = sum(one["method"] == "GET" and one["path"].split("/")[-2] in POLLED for one in entries)
    return Measured(wall, lag, polls, len(entries) - metrics, metrics, cpu, rss)
