"""The cancel storm: signals in every phase of a run, at random moments. No run stays active, no process hangs."""

from __future__ import annotations

import functools
import pathlib
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from k6ci.errors import ExitCode
from storms.worker import LAST_SECONDS, LONG, SHORT, ProcessResult, Worker, run_with_workers, wait_for

PHASES = ("archive", "upload", "start", "queue", "run", "collect")
LONGEST_SECONDS = 10.0  # then GitHub kills; on a machine that does nothing else
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Round:
    """One process and its signals: (signal, seconds after the previous one, or after the phase has begun)."""

    number: int
    phase: str
    seed: str
    signals: tuple[tuple[signal.Signals, float], ...]


@dataclass(frozen=True)
class RoundResult:
    """The result of a round. `seconds`: from the first signal to the exit; `gave_up`: at the third signal, reported."""

    round: Round
    k6: pathlib.Path
    seconds: float
    result: ProcessResult
    gave_up: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Phase:
    """How a round enters its phase: with which k6, when it has begun, and how long its effects may be delayed."""

    has_begun: Callable[[], object]
    k6: pathlib.Path | None = None
    lags_seconds: float = 0.0


def rounds(seed: int, each: int) -> list[Round]:
    """Return this many rounds per phase; the same for the same seed."""
    planned = []
    for number in range(each * len(PHASES)):
        rng = random.Random(f"{seed}/{number}")
        count = rng.choices((1, 2, 3), (60, 25, 15))[0]
        signals = [(rng.choice(SIGNALS), rng.uniform(0.0, 0.5))]
        signals += [(rng.choice(SIGNALS), rng.uniform(0.05, 1.5)) for _ in range(count - 1)]
        planned.append(Round(number, PHASES[number % len(PHASES)], f"{seed}/{number}/phase", tuple(signals)))
    return planned


def storm(
    seed: int,
    each: int,
    binaries: Sequence[pathlib.Path],
    workers: int,
    phases: Sequence[str] = PHASES,
    *,
    longest_seconds: float = LONGEST_SECONDS,
) -> list[RoundResult]:
    """Run the rounds of these phases with every k6."""
    planned = [one for one in rounds(seed, each) if one.phase in phases]
    run = functools.partial(run_round, longest_seconds=longest_seconds)
    return run_with_workers(run, [(k6, one) for k6 in binaries for one in planned], workers)


def run_round(worker: Worker, planned: Round, *, longest_seconds: float = LONGEST_SECONDS) -> RoundResult:
    """Bring k6ci into the phase, send the signals, wait for the end, and check the result."""
    phase = _PREPARATIONS[planned.phase](worker, random.Random(planned.seed), len(planned.signals))
    with worker.process(k6=phase.k6) as process:
        reached = wait_for(phase.has_begun, process)
        effects_until = time.monotonic() + phase.lags_seconds
        begun = _send(process, planned)
        try:
            process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        seconds = time.monotonic() - begun
    time.sleep(max(0.0, effects_until - time.monotonic()))
    result = worker.result_of(process)
    gave_up = len(planned.signals) == len(SIGNALS) and result.code == ExitCode.UNKNOWN and "`k6ci abort`" in result.text
    problems = result.problems(worker.emulator.token)
    if gave_up:
        problems += [f"run {run_id} is active after `k6ci abort`" for run_id in worker.abort_remaining().active_runs]
    problems += problems_of(planned, seconds, result, gave_up=gave_up, longest_seconds=longest_seconds)
    problems += [] if reached else [f"the phase {planned.phase} was not reached"]
    return RoundResult(planned, worker.k6, seconds, result, gave_up, tuple(problems))


def _send(process: subprocess.Popen[bytes], planned: Round) -> float:
    """Send the signals while the process runs; return when the first was sent."""
    begun = 0.0
    for number, pause in planned.signals:
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            begun = begun or time.monotonic()
            process.send_signal(number)
    return begun or time.monotonic()


def problems_of(
    planned: Round,
    seconds: float,
    result: ProcessResult,
    *,
    gave_up: bool = False,
    longest_seconds: float = LONGEST_SECONDS,
) -> list[str]:
    """Return the problems of a round."""
    first = 128 + planned.signals[0][0]
    found = []
    if result.code != first and not gave_up:
        found.append(f"exit code {result.code} after {planned.signals[0][0].name}")
    if seconds > longest_seconds:
        found.append(f"{seconds:.1f} s to the exit")
    found += [f"run {run_id} is still active" for run_id in result.active_runs if not gave_up]
    if len(result.runs) > 1:
        found.append(f"{len(result.runs)} runs for one script")
    if f'"exit_code": {result.code}' not in result.files.get("result.json", ""):
        found.append("result.json has another exit code")
    if result.runs and "run.json" not in result.files:
        found.append("run.json is missing")
    return found


def _archive(worker: Worker, rng: random.Random, _: int) -> Phase:
    worker.begin(LONG)
    return Phase((worker.folder / "marker").exists, worker.slow_archiver(rng.uniform(0.6, 1.0)))


def _upload(worker: Worker, rng: random.Random, _: int) -> Phase:
    """Any request between pre-flight and start, before its effect or after it."""
    worker.begin(LONG, keeps_test=rng.random() < 0.5)
    route = rng.choice(("POST */validate_options", "GET */load_tests", "P* */load_tests*"))
    worker.emulator.set_fault(route, rng.choice(("delay", "late")), delay_seconds=rng.uniform(0.6, 1.2))
    return Phase(worker.hits)


def _start(worker: Worker, rng: random.Random, signals: int) -> Phase:
    """The response is late or lost; much too late where one signal leaves the time for it."""
    worker.begin(LONG)
    ways = [("delay", 0.5), ("late", 0.5), ("late", 6.0), ("cut_after", 0.4)]
    kind, seconds = rng.choice(ways + ([("delay", 2.5), ("delay", 4.8)] if signals == 1 else []))
    worker.emulator.set_fault("POST */start", kind, delay_seconds=seconds)
    return Phase(worker.hits, lags_seconds=seconds + 0.3 if kind == "delay" else 0.0)


def _queue(worker: Worker, rng: random.Random, signals: int) -> Phase:
    """The run waits before its load; some clouds accept an abort then, others respond with 409 until it runs."""
    worker.begin(LONG)
    status, taken = rng.choice(("created", "queued", "initializing")), rng.choice(("created", "running"))
    seconds = rng.uniform(0.6, 1.5) if signals == 1 else rng.uniform(0.4, 0.8)
    worker.emulator.set_run_scenario(hold=status, hold_seconds=seconds, abort_from=taken)
    return Phase(lambda: any(run["status"] == status for run in worker.own_runs()))


def _run(worker: Worker, rng: random.Random, _: int) -> Phase:
    """The load is running; the request that aborts it may fail at first."""
    worker.begin(LONG)
    if rng.random() < 0.4:
        worker.emulator.set_fault("POST */abort", rng.choice(("status", "cut_before", "cut_after", "malformed")))
    return Phase(lambda: any(run["status"] == "running" for run in worker.own_runs()))


def _collect(worker: Worker, rng: random.Random, _: int) -> Phase:
    """The run has ended by itself, and its metrics are being read."""
    worker.begin(SHORT)
    route = rng.choice(("GET /cloud/v5/*/metrics", "GET /cloud/v5/*query_aggregate*"))
    worker.emulator.set_fault(route, "delay", delay_seconds=rng.uniform(0.8, 1.5), count=None)
    return Phase(worker.hits)


_PREPARATIONS: dict[str, Callable[[Worker, random.Random, int], Phase]] = {
    "archive": _archive,
    "upload": _upload,
    "start": _start,
    "queue": _queue,
    "run": _run,
    "collect": _collect,
}
