"""The cancel storm: signals in every phase of a run, at random moments. Nothing is left running, nothing hangs."""

from __future__ import annotations

import pathlib
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from k6ci.errors import ExitCode
from storms.workshop import LAST_SECONDS, LONG, SHORT, Left, Workshop, in_workshops, wait_for

PHASES = ("archive", "upload", "start", "queue", "run", "collect")
LONGEST_SECONDS = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Round:
    """One process and its signals: (which, seconds after the one before; the first after the phase has begun)."""

    number: int
    phase: str
    seed: str
    signals: tuple[tuple[signal.Signals, float], ...]


@dataclass(frozen=True)
class Ended:
    """How a round ended. `seconds` from the first signal to the exit; `gave_up`: at the third, and said so."""

    round: Round
    k6: pathlib.Path
    seconds: float
    left: Left
    gave_up: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Phase:
    """How a round gets into its phase: with which k6, how that shows, and how long its effects may lag behind."""

    has_begun: Callable[[], object]
    k6: pathlib.Path | None = None
    lags_seconds: float = 0.0


def rounds(seed: int, each: int) -> list[Round]:
    """So many rounds a phase; the same for the same seed."""
    planned = []
    for number in range(each * len(PHASES)):
        chance = random.Random(f"{seed}/{number}")
        count = chance.choices((1, 2, 3), (60, 25, 15))[0]
        signals = [(chance.choice(SIGNALS), chance.uniform(0.0, 0.5))]
        signals += [(chance.choice(SIGNALS), chance.uniform(0.05, 1.5)) for _ in range(count - 1)]
        planned.append(Round(number, PHASES[number % len(PHASES)], f"{seed}/{number}/phase", tuple(signals)))
    return planned


def storm(
    seed: int, each: int, binaries: Sequence[pathlib.Path], workers: int, phases: Sequence[str] = PHASES
) -> list[Ended]:
    """Every round of these phases with every k6."""
    planned = [one for one in rounds(seed, each) if one.phase in phases]
    return in_workshops(weather, [(k6, one) for k6 in binaries for one in planned], workers)


def weather(shop: Workshop, planned: Round) -> Ended:
    """Bring k6ci into the phase, send the signals, wait for the end, and judge."""
    phase = _PREPARATIONS[planned.phase](shop, random.Random(planned.seed), len(planned.signals))
    with shop.process(k6=phase.k6) as process:
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
    left = shop.left(process)
    gave_up = len(planned.signals) == len(SIGNALS) and left.code == ExitCode.UNKNOWN and "`k6ci abort`" in left.text
    problems = left.problems(shop.emulator.token)
    if gave_up:
        problems += [f"`k6ci abort` left run {run_id} going on" for run_id in shop.second_net().going_on]
    problems += judged(planned, seconds, left, gave_up=gave_up)
    problems += [] if reached else [f"the phase {planned.phase} was not reached"]
    return Ended(planned, shop.k6, seconds, left, gave_up, tuple(problems))


def _send(process: subprocess.Popen[bytes], planned: Round) -> float:
    """Send the signals that the process is still there for; when the first was sent."""
    begun = 0.0
    for number, pause in planned.signals:
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            begun = begun or time.monotonic()
            process.send_signal(number)
    return begun or time.monotonic()


def judged(planned: Round, seconds: float, left: Left, *, gave_up: bool = False) -> list[str]:
    """What is wrong with how a round ended, if anything."""
    first = 128 + planned.signals[0][0]
    found = []
    if left.code != first and not gave_up:
        found.append(f"exit code {left.code} after {planned.signals[0][0].name}")
    if seconds > LONGEST_SECONDS:
        found.append(f"{seconds:.1f} s to the exit")
    found += [f"run {run_id} was left going on" for run_id in left.going_on if not gave_up]
    if len(left.runs) > 1:
        found.append(f"{len(left.runs)} runs for one script")
    if f'"exit_code": {left.code}' not in left.files.get("result.json", ""):
        found.append("result.json has another exit code")
    if left.runs and "run.json" not in left.files:
        found.append("run.json is missing")
    return found


def _archive(shop: Workshop, chance: random.Random, _: int) -> Phase:
    shop.begin(LONG)
    return Phase((shop.folder / "marker").exists, shop.slow_archiver(chance.uniform(0.6, 1.0)))


def _upload(shop: Workshop, chance: random.Random, _: int) -> Phase:
    """Any request between pre-flight and start, before its effect or after it."""
    shop.begin(LONG, keeps_test=chance.random() < 0.5)
    route = chance.choice(("POST */validate_options", "GET */load_tests", "P* */load_tests*"))
    shop.emulator.set_fault(route, chance.choice(("delay", "late")), delay_seconds=chance.uniform(0.6, 1.2))
    return Phase(shop.hits)


def _start(shop: Workshop, chance: random.Random, signals: int) -> Phase:
    """The answer comes late or is lost; where one signal leaves the time for it, much too late."""
    shop.begin(LONG)
    ways = [("delay", 0.5), ("late", 0.5), ("late", 6.0), ("cut_after", 0.4)]
    kind, seconds = chance.choice(ways + ([("delay", 2.5), ("delay", 4.8)] if signals == 1 else []))
    shop.emulator.set_fault("POST */start", kind, delay_seconds=seconds)
    return Phase(shop.hits, lags_seconds=seconds + 0.3 if kind == "delay" else 0.0)


def _queue(shop: Workshop, chance: random.Random, signals: int) -> Phase:
    """The run waits for its load; some clouds take an abort then, others answer 409 until it runs."""
    shop.begin(LONG)
    status, taken = chance.choice(("created", "queued", "initializing")), chance.choice(("created", "running"))
    seconds = chance.uniform(0.6, 1.5) if signals == 1 else chance.uniform(0.4, 0.8)
    shop.emulator.set_run_scenario(hold=status, hold_seconds=seconds, abort_from=taken)
    return Phase(lambda: any(run["status"] == status for run in shop.own_runs()))


def _run(shop: Workshop, chance: random.Random, _: int) -> Phase:
    """The load goes on; the request to stop it may fail at first."""
    shop.begin(LONG)
    if chance.random() < 0.4:
        shop.emulator.set_fault("POST */abort", chance.choice(("status", "cut_before", "cut_after", "malformed")))
    return Phase(lambda: any(run["status"] == "running" for run in shop.own_runs()))


def _collect(shop: Workshop, chance: random.Random, _: int) -> Phase:
    """The run has ended by itself, and its figures are being read."""
    shop.begin(SHORT)
    route = chance.choice(("GET /cloud/v5/*/metrics", "GET /cloud/v5/*query_aggregate*"))
    shop.emulator.set_fault(route, "delay", delay_seconds=chance.uniform(0.8, 1.5), count=None)
    return Phase(shop.hits)


_PREPARATIONS: dict[str, Callable[[Workshop, random.Random, int], Phase]] = {
    "archive": _archive,
    "upload": _upload,
    "start": _start,
    "queue": _queue,
    "run": _run,
    "collect": _collect,
}
