"""`python -m storms`: all rounds of the storm tests, with tables and an exit code. `--help` shows how to run fewer."""

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
    """Run the storm tests; 1 when a round had a problem."""
    parser = argparse.ArgumentParser(prog="python -m storms", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--cancel", type=int, default=50 // len(BINARIES), help="rounds per phase and k6 of the cancel storm"
    )
    parser.add_argument("--faults", type=int, default=300, help="rounds of the fault storm")
    parser.add_argument("--hostile", type=int, default=1000, help="rounds of the hostile storm")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--only", choices=cancel.PHASES, help="one phase of the cancel storm")
    args = parser.parse_args()
    begun, problems = time.monotonic(), 0
    if args.cancel:
        phases = (args.only,) if args.only else cancel.PHASES
        problems += _print_cancel_table(
            cancel.storm(args.seed, args.cancel, [*BINARIES.values()], args.workers, phases)
        )
    if args.faults:
        problems += _print_fault_table(faults.storm(args.seed, args.faults, [*BINARIES.values()], 2 * args.workers))
    if args.hostile:
        problems += _print_hostile_table(hostile.storm(args.seed, args.hostile, 2 * args.workers))
    print(f"\nseed {args.seed}, {time.monotonic() - begun:.0f} s, {problems} problems")
    return 1 if problems else 0


def _print_cancel_table(ended: Sequence[cancel.RoundResult]) -> int:
    print(f"\nCancel storm: {len(ended)} rounds\n")
    print("phase    k6        rounds  signals  median s  longest s  still active   gave up  exit codes")
    for phase in cancel.PHASES:
        for name, path in BINARIES.items():
            own = [one for one in ended if one.round.phase == phase and one.k6 == path]
            if not own:
                continue
            seconds = [one.seconds for one in own]
            signals, gave_up = sum(len(one.round.signals) for one in own), sum(one.gave_up for one in own)
            open_runs = sum(len(one.result.active_runs) for one in own if not one.gave_up)
            print(
                f"{phase:<8} {name}  {len(own):>6}  {signals:>7}  {statistics.median(seconds):>8.2f}"
                f"  {max(seconds):>9.2f}  {open_runs:>13}  {gave_up:>7}  {_counts(one.result.code for one in own)}"
            )
    return _print_problems([(f"{one.round.phase} {one.round}", one.problems, one.result.text) for one in ended])


def _print_fault_table(ended: Sequence[faults.RoundResult]) -> int:
    seconds = [one.seconds for one in ended]
    runs = sum(len(one.result.runs) for one in ended)
    hits = collections.Counter(kind for one in ended for kind in one.hit_kinds)
    scenarios = sum(one.round.scenario is not None for one in ended)
    print(f"\nFault storm: {len(ended)} rounds, {runs} runs started, longest round {max(seconds):.1f} s")
    print(f"hits by kind: {', '.join(f'{kind} {count}' for kind, count in sorted(hits.items()))}")
    print(f"rounds without any: {sum(not one.hit_kinds for one in ended)}; with a run scenario: {scenarios}")
    print(f"exit codes: {_counts(one.result.code for one in ended)}")
    return _print_problems([(str(one.round), one.problems, one.result.text) for one in ended])


def _print_hostile_table(ended: Sequence[hostile.RoundResult]) -> int:
    print(f"\nHostile storm: {len(ended)} rounds\n")
    print("route                              rounds  hits  longest s after the start  most MB  exit codes")
    for route in sorted({one.round.route for one in ended}):
        own = [one for one in ended if one.round.route == route]
        longest = max((one.after_start or 0.0 for one in own), default=0.0)
        print(
            f"{route:<34} {len(own):>6}  {sum(bool(one.hits) for one in own):>6}  {longest:>25.1f}"
            f"  {max(one.megabytes for one in own):>7.0f}  {_counts(one.code for one in own)}"
        )
    return _print_problems([(str(one.round), one.problems, one.text) for one in ended])


def _counts(codes: collections.abc.Iterable[int]) -> str:
    return ", ".join(f"{code}: {count}" for code, count in sorted(collections.Counter(codes).items()))


def _print_problems(rounds: Sequence[tuple[str, Sequence[str], str]]) -> int:
    """Print the rounds with problems; return how many there are."""
    bad = [one for one in rounds if one[1]]
    for about, problems, text in bad[:20]:
        print(f"\nPROBLEM {'; '.join(problems)}\n{about}\n{text[-1500:]}")
    return len(bad)


if __name__ == "__main__":
    sys.exit(main())
