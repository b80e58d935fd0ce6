"""The regression gate, simulated: how often it raises a false alarm, and which slowdowns it detects.

Every trial goes through the functions that `k6ci run` calls, with all three metrics of a closed model: the 95th
percentile and the throughput have log-normal noise, and each request fails with a small probability. A slowdown changes
the 95th percentile alone, so that no other metric helps to detect it.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import math
import os
import random
from collections.abc import Callable, Iterator

from k6ci.history.gate import Figures, compare, median_of, overall
from k6ci.results.comparison import ComparisonOutcome

_LIMIT = 0.1
_REQUESTS = 2000
_FAILURES = 0.001
_Z99 = 2.326
# The logarithms of the new run and of two confirmation runs, in units of the spread, after those of the history.
Noise = Callable[[random.Random, int], tuple[list[float], list[float]]]


@dataclasses.dataclass(frozen=True)
class Cell:
    """One row of the table: trials of one kind, and the goal in percent."""

    name: str
    noise: str
    runs: int
    spread: float
    slowdown: float = 0.0
    confirms: bool = False
    trials: int = 20_000
    at_most: float | None = None
    at_least: float | None = None
    near: float | None = None


def _independent(rng: random.Random, runs: int) -> tuple[list[float], list[float]]:
    return [rng.gauss() for _ in range(runs)], [rng.gauss() for _ in range(3)]


def _shared(share: float) -> Noise:
    """The confirmation runs share a part of their variance with the run that they confirm."""

    def noise(rng: random.Random, runs: int) -> tuple[list[float], list[float]]:
        common = rng.gauss() * math.sqrt(share)
        own = math.sqrt(1 - share)
        return [rng.gauss() for _ in range(runs)], [common + own * rng.gauss() for _ in range(3)]

    return noise


def _outliers(rng: random.Random, runs: int) -> tuple[list[float], list[float]]:
    """Every tenth run is slower by three times the spread."""
    values = [rng.gauss() + (3 if rng.random() < 0.1 else 0) for _ in range(runs + 3)]
    return values[:runs], values[runs:]


def _heavy_tails(rng: random.Random, runs: int) -> tuple[list[float], list[float]]:
    """Student's t with three degrees of freedom, scaled to the same standard deviation."""
    values = [rng.gauss() / math.sqrt(rng.gammavariate(1.5, 2) / 3) / math.sqrt(3) for _ in range(runs + 3)]
    return values[:runs], values[runs:]


def _autoregressive(rng: random.Random, runs: int) -> tuple[list[float], list[float]]:
    """Each run shares half of its deviation with the one before it."""
    values = [rng.gauss()]
    for _ in range(runs + 2):
        values.append(0.5 * values[-1] + math.sqrt(0.75) * rng.gauss())
    return values[:runs], values[runs:]


NOISE: dict[str, Noise] = {
    "independent": _independent,
    "shared .5": _shared(0.5),
    "shared .9": _shared(0.9),
    "10 % outliers": _outliers,
    "heavy tails (t3)": _heavy_tails,
    "AR(1) .5": _autoregressive,
}


def _cells() -> Iterator[Cell]:
    for runs in (5, 10, 20):
        yield Cell("false alarms", "independent", runs, 0.10, trials=40_000, at_most=1.0)
    for noise in ("10 % outliers", "heavy tails (t3)", "AR(1) .5"):
        yield Cell("false alarms", noise, 10, 0.10, trials=10_000)
    for noise in NOISE:
        yield Cell("false alarms, confirmed", noise, 10, 0.10, confirms=True, trials=20_000, at_most=1.0)
    yield Cell("caught +20 %", "independent", 10, 0.05, 0.20)
    yield Cell("caught +30 %", "independent", 10, 0.05, 0.30, at_least=95.0)
    yield Cell("caught +30 %", "independent", 10, 0.10, 0.30)
    yield Cell("caught +50 %", "independent", 10, 0.10, 0.50, at_least=80.0)
    yield Cell("caught +50 %, confirmed", "independent", 10, 0.10, 0.50, confirms=True)
    for spread in (0.02, 0.05, 0.10):
        for runs in (5, 10, 20):
            visible = _visible(spread, runs)
            yield Cell(f"caught, printed {100 * visible:+.0f} %", "independent", runs, spread, visible, near=95.0)


def main() -> int:
    """Simulate, print, and tell whether the goals are reached; 1 when they are not."""
    cells = list(_cells())
    with concurrent.futures.ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        shares = list(pool.map(_share, cells, range(len(cells))))
    print(f"{'':24}{'noise':18}{'runs':>5}{'spread':>8}{'trials':>8}{'share':>9}  goal")
    reached = True
    for cell, share in zip(cells, shares, strict=True):
        margin = _Z99 * math.sqrt(max(share * (1 - share), 1e-9) / cell.trials)
        goal, holds = _goal(cell, 100 * share, 100 * margin)
        reached &= holds
        verdict = f"{goal}: {'holds' if holds else 'MISSED'}" if goal else ""
        spread = f"{100 * cell.spread:.0f} %"
        print(f"{cell.name:24}{cell.noise:18}{cell.runs:5}{spread:>8}{cell.trials:8}{100 * share:7.2f} %  {verdict}")
    return 0 if reached else 1


def _goal(cell: Cell, share: float, margin: float) -> tuple[str, bool]:
    """The goal in words, and whether it is reached; percent, `margin` to the upper 99 % limit of the simulation."""
    if cell.at_most is not None:
        upper = share + margin
        return f"at most {cell.at_most} % (upper limit {upper:.2f} %, at most 1.20 %)", upper <= cell.at_most + 0.2
    if cell.at_least is not None:
        return f"at least {cell.at_least:.0f} %", share >= cell.at_least
    if cell.near is not None:
        return f"{cell.near:.0f} % within 2 points", abs(share - cell.near) <= 2
    return "", True


def _share(cell: Cell, seed: int) -> float:
    """The share of trials that end as regressed."""
    rng = random.Random(seed)
    return sum(_is_regressed(cell, rng) for _ in range(cell.trials)) / cell.trials


def _is_regressed(cell: Cell, rng: random.Random) -> bool:
    earlier, new = NOISE[cell.noise](rng, cell.runs)
    history = [_figures(rng, value, cell.spread) for value in earlier]
    runs = [_figures(rng, value, cell.spread, 1 + cell.slowdown) for value in new]
    outcome = _outcome(runs[0], history)
    if cell.confirms and outcome in (ComparisonOutcome.SUSPICIOUS, ComparisonOutcome.REGRESSED):
        outcome = _outcome(median_of(runs), history)
    return outcome is ComparisonOutcome.REGRESSED


def _outcome(new: Figures, history: list[Figures]) -> ComparisonOutcome:
    return overall(compare(new, history, regression_limit=_LIMIT, is_closed=True, shows_power=False))


def _figures(rng: random.Random, deviation: float, spread: float, factor: float = 1.0) -> Figures:
    failures = sum(rng.random() < 0.5 for _ in range(int(2 * _REQUESTS * _FAILURES)))
    throughput = 100 * math.exp(0.02 * rng.gauss())
    return Figures(300 * math.exp(spread * deviation) * factor, _REQUESTS, failures / _REQUESTS, throughput)


def _visible(spread: float, runs: int) -> float:
    """What the report prints for a history of exactly this spread: quantiles of the normal distribution, scaled."""
    deviations = [-1.0 + 2 * number / (runs - 1) for number in range(runs)]
    mean_square = sum(one * one for one in deviations) / (runs - 1)
    scale = spread / math.sqrt(mean_square)
    history = [Figures(300 * math.exp(scale * one), _REQUESTS, _FAILURES, 100.0) for one in deviations]
    shown = compare(history[0], history, regression_limit=_LIMIT, is_closed=True)[0].visible_change
    return shown or math.nan
