"""The fault storm: random faults and run scenarios. Never green without cause, never two runs, never a mess."""

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
from storms.workshop import HEAD, LAST_SECONDS, LONG, SHORT, Left, Workshop, in_workshops

SCRIPTS = {
    "passing": SHORT,
    "crossing": SHORT.replace("rate>0.9", "rate>1.1"),
    "throwing": f"{HEAD}export const options = {{ vus: 1, iterations: 2 }};\n"
    "export default function () { throw new Error('boom'); }\n",
    "aborting": f"{HEAD}export default function () {{ check(1, {{ a: () => true }}); exec.test.abort('enough'); }}\n",
    "long": LONG,
}
# Where a fault can strike, by the step of the story.
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
WORDS = ("", "completed!", "COMPLETED", "passed", "hibernating", "running", "queued", "finished", "\u202e")
RESULTS = ("passed", "failed", "error", "splendid", None)
# A run that may go on after one of these was told so: with its URL, or how to find it.
PATIENCE = ("--timeout", "6s", "--queue-timeout", "4s", "--concurrency-timeout", "3s")
TOLD_OPEN = (ExitCode.UNKNOWN, ExitCode.CREDENTIALS)


@dataclass(frozen=True)
class Round:
    """One process, what its script does, and what the cloud does to it."""

    number: int
    script: str
    faults: tuple[dict[str, Any], ...]
    scenario: dict[str, Any] | None
    concurrency: dict[str, Any] | None
    is_replaced: bool


@dataclass(frozen=True)
class Ended:
    """How a round ended; `struck` are the kinds of the faults that hit a request."""

    round: Round
    k6: pathlib.Path
    seconds: float
    left: Left
    struck: tuple[str, ...]
    problems: tuple[str, ...]


def rounds(seed: int, count: int) -> list[Round]:
    """So many rounds; the same for the same seed."""
    return [_round(number, random.Random(f"{seed}/fault/{number}")) for number in range(count)]


def _round(number: int, chance: random.Random) -> Round:
    faults = tuple(_fault(chance) for _ in range(chance.choices((0, 1, 2, 3, 4), (10, 35, 30, 15, 10))[0]))
    script = chance.choices(tuple(SCRIPTS), (50, 15, 10, 10, 15))[0]
    scenario = _scenario(chance) if chance.random() < 0.35 else None
    concurrency = {"limit": 0, "status": chance.choice((403, 409, 429))} if chance.random() < 0.05 else None
    return Round(number, script, faults, scenario, concurrency, is_replaced=chance.random() < 0.05)


def _fault(chance: random.Random) -> dict[str, Any]:
    kind = chance.choices(KINDS, (40, 8, 8, 10, 10, 8, 8, 8))[0]
    fault: dict[str, Any] = {"route": chance.choice(ROUTES), "kind": kind}
    fault["count"] = chance.choices((1, 2, 3, 6, None), (40, 20, 10, 10, 20))[0]
    fault["skip"] = chance.choices((0, 1, 2, 5), (75, 10, 10, 5))[0]
    fault["probability"] = chance.choice((1.0, 1.0, 0.5))
    fault["when_status"] = chance.choices((None, "queued", "running", "completed"), (75, 5, 15, 5))[0]
    if kind == "status":
        fault |= {"status": chance.choice(STATUSES), "retry_after_seconds": chance.choice((None, None, 0, 1))}
    if kind in ("delay", "late"):
        fault["delay_seconds"] = chance.uniform(0.1, 1.5)
    return fault


def _scenario(chance: random.Random) -> dict[str, Any]:
    kind = chance.choices(("hold", "ended_by", "late", "lost", "words"), (25, 35, 15, 3, 22))[0]
    if kind == "hold":
        seconds = chance.choice((0.5, 1.5, None))
        return {
            "hold": chance.choice(HOLDS),
            "hold_seconds": seconds,
            "abort_from": chance.choice(("created", "running")),
        }
    if kind == "ended_by":
        ended_by = chance.choice(("user", "system", "script", "threshold", "limit"))
        return {"ended_by": ended_by, "after_seconds": chance.uniform(0, 0.5)}
    if kind == "words":
        return {"shown_statuses": [chance.choice(WORDS) for _ in range(chance.randint(1, 4))]}
    return {"result_late_polls": chance.randint(1, 3) if kind == "late" else None}


def storm(seed: int, count: int, binaries: Sequence[pathlib.Path], workers: int) -> list[Ended]:
    """All rounds, the binaries in turn."""
    planned = rounds(seed, count)
    return in_workshops(weather, [(binaries[one.number % len(binaries)], one) for one in planned], workers)


def weather(shop: Workshop, planned: Round) -> Ended:
    """Order everything, run k6ci to its end, and judge."""
    shop.begin(SCRIPTS[planned.script])
    for fault in planned.faults:
        shop.emulator.set_fault(**fault)
    if planned.scenario is not None:
        shop.emulator.set_run_scenario(**planned.scenario)
    if planned.concurrency is not None:
        shop.emulator.set_concurrency(**planned.concurrency)
    if planned.is_replaced:
        shop.emulator.replace_script(SCRIPTS["crossing"])
    begun, problems = time.monotonic(), []
    with shop.process(*PATIENCE) as process:
        try:
            process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            problems.append(f"still there after {LAST_SECONDS:.0f} s")
            process.kill()
            process.wait()
        seconds = time.monotonic() - begun
    struck = [fault["kind"] for fault in shop.emulator.control("GET", "faults")["value"] if fault["hits"]]
    left = shop.left(process)
    problems += [*left.problems(shop.emulator.token), *judged(planned, left)]
    return Ended(planned, shop.k6, seconds, left, tuple(struck), tuple(problems))


def judged(planned: Round, left: Left) -> list[str]:
    """What is wrong with what a round left, if anything."""
    found = []
    if left.code not in set(ExitCode) or left.code == ExitCode.BUG:
        found.append(f"exit code {left.code}")
    if len(left.runs) > 1:
        found.append(f"{len(left.runs)} runs for one script")
    if left.going_on and left.code not in TOLD_OPEN:
        found.append(f"runs {left.going_on} go on, and exit code {left.code} does not say so")
    try:
        report = json.loads(left.files["result.json"])
    except (KeyError, ValueError):
        return [*found, "result.json cannot be read"]
    if report["exit_code"] != left.code:
        found.append(f"result.json says {report['exit_code']}, the process {left.code}")
    if left.code == ExitCode.PASSED and not _has_passed(planned, left, report):
        found.append(f"green, but the emulator's record is {left.runs}")
    return found


def _has_passed(planned: Round, left: Left, report: dict[str, Any]) -> bool:
    """By the emulator's own record: one run, ours, completed, passed, executed to its end by a k6 that was content."""
    if len(left.runs) != 1 or planned.script not in ("passing", "throwing") or planned.is_replaced:
        return False
    (record,) = left.runs
    is_reported = [run["run_id"] for run in report["runs"]] == [record["id"]]
    return is_reported and (record["status"], record["result"], record["exit_code"]) == ("completed", "passed", 0)
