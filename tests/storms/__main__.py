"""`python -m storms`: the storms in full, their tables, and an exit code. `--help` shows how to have less of them."""

from __future__ import annotations

import argparse
import collections
import statistics
import sys
import time
from collections.abc import Sequence

import binaries
from storms import cancel, faults, hostile

BINARIES = {f"k6 {binaries.version(path)}": path for path in binaries.every()}


def main() -> int:
    """Raise the storms; 1 when a round had a problem."""
    parser = argparse.ArgumentParser(prog="python -m storms", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--cancel", type=int, default=50 // len(BINARIES), help="rounds per phase and k6 of the cancel storm"
    )
    parser.add_argument("--faults", type=int, default=300, help="rounds of the fault storm")
    parser.add_argument("--hostile", type=int, default=1000, help="rounds of the hostile storm")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--only", choices=cancel.PHASES, help="one phase of the cancel storm")
    asked = parser.parse_args()
    begun, problems = time.monotonic(), 0
    if asked.cancel:
        phases = (asked.only,) if asked.only else cancel.PHASES
        problems += _cancelled(cancel.storm(asked.seed, asked.cancel, [*BINARIES.values()], asked.workers, phases))
    if asked.faults:
        problems += _faulted(faults.storm(asked.seed, asked.faults, [*BINARIES.values()], 2 * asked.workers))
    if asked.hostile:
        problems += _hostile(hostile.storm(asked.seed, asked.hostile, 2 * asked.workers))
    print(f"\nseed {asked.seed}, {time.monotonic() - begun:.0f} s, {problems} problems")
    return 1 if problems else 0


def _cancelled(ended: Sequence[cancel.Ended]) -> int:
    print(f"\nCancel storm: {len(ended)} rounds\n")
    print("phase    k6        rounds  signals  median s  longest s  left going on  gave up  exit codes")
    for phase in cancel.PHASES:
        for name, path in BINARIES.items():
            own = [one for one in ended if one.round.phase == phase and one.k6 == path]
            if not own:
                continue
            seconds = [one.seconds for one in own]
            signals, gave_up = sum(len(one.round.signals) for one in own), sum(one.gave_up for one in own)
            open_runs = sum(len(one.left.going_on) for one in own if not one.gave_up)
            print(
                f"{phase:<8} {name}  {len(own):>6}  {signals:>7}  {statistics.median(seconds):>8.2f}"
                f"  {max(seconds):>9.2f}  {open_runs:>13}  {gave_up:>7}  {_counted(one.left.code for one in own)}"
            )
    return _complained([(f"{one.round.phase} {one.round}", one.problems, one.left.text) for one in ended])


def _faulted(ended: Sequence[faults.Ended]) -> int:
    seconds = [one.seconds for one in ended]
    runs = sum(len(one.left.runs) for one in ended)
    struck = collections.Counter(kind for one in ended for kind in one.struck)
    scenarios = sum(one.round.scenario is not None for one in ended)
    print(f"\nFault storm: {len(ended)} rounds, {runs} runs started, longest round {max(seconds):.1f} s")
    print(f"faults that struck: {', '.join(f'{kind} {count}' for kind, count in sorted(struck.items()))}")
    print(f"rounds without any: {sum(not one.struck for one in ended)}; with a run scenario: {scenarios}")
    print(f"exit codes: {_counted(one.left.code for one in ended)}")
    return _complained([(str(one.round), one.problems, one.left.text) for one in ended])


def _hostile(ended: Sequence[hostile.Ended]) -> int:
    print(f"\nHostile storm: {len(ended)} rounds\n")
    print("route                              rounds  struck  longest s after the start  most MB  exit codes")
    for route in sorted({one.round.route for one in ended}):
        own = [one for one in ended if one.round.route == route]
        longest = max((one.after_start or 0.0 for one in own), default=0.0)
        print(
            f"{route:<34} {len(own):>6}  {sum(bool(one.struck) for one in own):>6}  {longest:>25.1f}"
            f"  {max(one.megabytes for one in own):>7.0f}  {_counted(one.code for one in own)}"
        )
    return _complained([(str(one.round), one.problems, one.text) for one in ended])


def _counted(codes: collections.abc.Iterable[int]) -> str:
    return ", ".join(f"{code}: {count}" for code, count in sorted(collections.Counter(codes).items()))


def _complained(rounds: Sequence[tuple[str, Sequence[str], str]]) -> int:
    """Say what was wrong with which rounds; how many there were."""
    bad = [one for one in rounds if one[1]]
    for about, problems, text in bad[:20]:
        print(f"\nPROBLEM {'; '.join(problems)}\n{about}\n{text[-1500:]}")
    return len(bad)


if __name__ == "__main__":
    sys.exit(main())
