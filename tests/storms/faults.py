"""The fault storm: random faults and run scenarios. No unjustified pass, no second run, no crash."""

from __future__ import annotations

import json
import pathlib
import random
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from k6ci.errors import ExitCode
from storms.worker import HEAD, LAST_SECONDS, LONG, SHORT, ProcessResult, Worker, run_with_workers

SCRIPTS = {
    "passing": SHORT,
    "crossing": SHORT.replace("rate>0.9", "rate>1.1"),
    "throwing": f"{HEAD}export const options = {{ vus: 1, iterations: 2 }};\n"
    "export default function () { throw new Error('boom'); }\n",
    "aborting": f"{HEAD}export default function () {{ check(1, {{ a: () => true }}); exec.test.abort('enough'); }}\n",
    "long": LONG,
}
# The routes of faults, in the order of a run's requests.
ROUTES = (
    "GET */projects/*",
    "POST */validate_options",
    "GET */load_tests",
    "P* */load_tests*",
    "POST */start",
    "GET */test_runs/*",
    "GET */test_runs/*/script",
    "GET */load_tests/*/test_runs",
    "POST */abort",
    "GET /cloud/v5/*",
    "GET /api/v1/tail",
    "* /cloud/*",
)
KINDS = ("status", "delay", "late", "cut_before", "cut_after", "malformed", "content_type", "missing_keys")
STATUSES = (400, 401, 402, 403, 404, 406, 409, 413, 422, 429, 500, 502, 503, 504)
HOLDS = ("created", "queued", "initializing", "running", "processing_metrics")
SHOWN_STATUSES = ("", "completed!", "COMPLETED", "passed", "hibernating", "running", "queued", "finished", "\u202e")
RESULTS = ("passed", "failed", "error", "splendid", None)
TIMEOUT_OPTIONS = ("--timeout", "6s", "--queue-timeout", "4s", "--concurrency-timeout", "3s")
# After these exit codes a run may be active; the output then has its URL, or how to find it.
CODES_OF_ACTIVE_RUNS = (ExitCode.UNKNOWN, ExitCode.CREDENTIALS)


@dataclass(frozen=True)
class Round:
    """One process: its script, and the faults and settings of its cloud."""

    number: int
    script: str
    faults: tuple[dict[str, Any], ...]
    scenario: dict[str, Any] | None
    concurrency: dict[str, Any] | None
    is_replaced: bool


@dataclass(frozen=True)
class RoundResult:
    """The result of a round; `hit_kinds` are the kinds of the faults that hit a request."""

    round: Round
    k6: pathlib.Path
    seconds: float
    result: ProcessResult
    hit_kinds: tuple[str, ...]
    problems: tuple[str, ...]


def rounds(seed: int, count: int) -> list[Round]:
    """Return this many rounds; the same for the same seed."""
    return [_round(number, random.Random(f"{seed}/fault/{number}")) for number in range(count)]


def _round(number: int, rng: random.Random) -> Round:
    faults = tuple(_fault(rng) for _ in range(rng.choices((0, 1, 2, 3, 4), (10, 35, 30, 15, 10))[0]))
    script = rng.choices(tuple(SCRIPTS), (50, 15, 10, 10, 15))[0]
    scenario = _scenario(rng) if rng.random() < 0.35 else None
    concurrency = {"limit": 0, "status": rng.choice((403, 409, 429))} if rng.random() < 0.05 else None
    return Round(number, script, faults, scenario, concurrency, is_replaced=rng.random() < 0.05)


def _fault(rng: random.Random) -> dict[str, Any]:
    kind = rng.choices(KINDS, (40, 8, 8, 10, 10, 8, 8, 8))[0]
    fault: dict[str, Any] = {"route": rng.choice(ROUTES), "kind": kind}
    fault["count"] = rng.choices((1, 2, 3, 6, None), (40, 20, 10, 10, 20))[0]
    fault["skip"] = rng.choices((0, 1, 2, 5), (75, 10, 10, 5))[0]
    fault["probability"] = rng.choice((1.0, 1.0, 0.5))
    fault["when_status"] = rng.choices((None, "queued", "running", "completed"), (75, 5, 15, 5))[0]
    if kind == "status":
        fault |= {"status": rng.choice(STATUSES), "retry_after_seconds": rng.choice((None, None, 0, 1))}
    if kind in ("delay", "late"):
        fault["delay_seconds"] = rng.uniform(0.1, 1.5)
    return fault


def _scenario(rng: random.Random) -> dict[str, Any]:
    kind = rng.choices(("hold", "ended_by", "late", "lost", "words"), (25, 35, 15, 3, 22))[0]
    if kind == "hold":
        seconds = rng.choice((0.5, 1.5, None))
        return {
            "hold": rng.choice(HOLDS),
            "hold_seconds": seconds,
            "abort_from": rng.choice(("created", "running")),
        }
    if kind == "ended_by":
        ended_by = rng.choice(("user", "system", "script", "threshold", "limit"))
        return {"ended_by": ended_by, "after_seconds": rng.uniform(0, 0.5)}
    if kind == "words":
        return {"shown_statuses": [rng.choice(SHOWN_STATUSES) for _ in range(rng.randint(1, 4))]}
    return {"result_late_polls": rng.randint(1, 3) if kind == "late" else None}


def storm(seed: int, count: int, binaries: Sequence[pathlib.Path], workers: int) -> list[RoundResult]:
    """Run all rounds, each with one of the binaries in turn."""
    planned = rounds(seed, count)
    return run_with_workers(run_round, [(binaries[one.number % len(binaries)], one) for one in planned], workers)


def run_round(worker: Worker, planned: Round) -> RoundResult:
    """Set up faults and scenario, run k6ci to its end, and check the result."""
    worker.begin(SCRIPTS[planned.script])
    for fault in planned.faults:
        worker.emulator.set_fault(**fault)
    if planned.scenario is not None:
        worker.emulator.set_run_scenario(**planned.scenario)
    if planned.concurrency is not None:
        worker.emulator.set_concurrency(**planned.concurrency)
    if planned.is_replaced:
        worker.emulator.replace_script(SCRIPTS["crossing"])
    begun, problems = time.monotonic(), []
    with worker.process(*TIMEOUT_OPTIONS) as process:
        try:
            process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            problems.append(f"still running after {LAST_SECONDS:.0f} s")
            process.kill()
            process.wait()
        seconds = time.monotonic() - begun
    hit_kinds = [fault["kind"] for fault in worker.emulator.control("GET", "faults")["value"] if fault["hits"]]
    result = worker.result_of(process)
    problems += [*result.problems(worker.emulator.token), *problems_of(planned, result)]
    return RoundResult(planned, worker.k6, seconds, result, tuple(hit_kinds), tuple(problems))


def problems_of(planned: Round, result: ProcessResult) -> list[str]:
    """Return the problems of a round."""
    found = []
    if result.code not in set(ExitCode) or result.code == ExitCode.BUG:
        found.append(f"exit code {result.code}")
    if len(result.runs) > 1:
        found.append(f"{len(result.runs)} runs for one script")
    if result.active_runs and result.code not in CODES_OF_ACTIVE_RUNS:
        found.append(f"runs {result.active_runs} are active, and exit code {result.code} does not say so")
    try:
        report = json.loads(result.files["result.json"])
    except (KeyError, ValueError):
        return [*found, "result.json cannot be read"]
    if report["exit_code"] != result.code:
        found.append(f"result.json says {report['exit_code']}, the process {result.code}")
    if result.code == ExitCode.PASSED and not _has_passed(planned, result, report):
        found.append(f"passed, but the emulator's record is {result.runs}")
    return found


def _has_passed(planned: Round, result: ProcessResult, report: dict[str, Any]) -> bool:
    """Return whether the emulator's record shows one run: ours, completed, passed, executed to its end by k6."""
    if len(result.runs) != 1 or planned.script not in ("passing", "throwing") or planned.is_replaced:
        return False
    (record,) = result.runs
    is_reported = [run["run_id"] for run in report["runs"]] == [record["id"]]
    return is_reported and (record["status"], record["result"], record["exit_code"]) == ("completed", "passed", 0)
