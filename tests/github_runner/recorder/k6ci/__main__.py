"""Appends how it was called to recorded.jsonl, then plays the part that the input `flags` names, or passes."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 60


def record(**event: object) -> None:
    folder = os.environ.get("GITHUB_WORKSPACE") or os.environ["CI_PROJECT_DIR"]
    with Path(folder, "recorded.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(event) + "\n")


def give_outputs(**outputs: str) -> None:
    if "GITHUB_OUTPUT" not in os.environ:
        return
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as lines:
        lines.writelines(f"{name.replace('_', '-')}={value}\n" for name, value in outputs.items())


def pass_the_test() -> int:
    give_outputs(
        run_url="https://example.org/runs/7",
        result="passed",
        result_file="k6ci-report/result.json",
        report_file="k6ci-report/report.html",
        vuh="1.5",
    )
    if "GITHUB_STEP_SUMMARY" in os.environ:
        Path(os.environ["GITHUB_STEP_SUMMARY"]).write_text("## passed\n", encoding="utf-8")
    return 0


def cross_a_threshold() -> int:
    give_outputs(result="failed")
    return 99


def crash() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def say_waiting() -> None:
    """Signals are handled from now on."""
    (Path(os.environ["K6CI_REPORT_DIR"] or "k6ci-report") / "waiting").touch()
    print("waiting", flush=True)


def wait_for_signal() -> int:
    def leave(number: int, _frame: object) -> None:
        record(signal=signal.Signals(number).name)
        give_outputs(result="cancelled")
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    say_waiting()
    time.sleep(PATIENCE_SECONDS)
    return 0


def ignore_signals() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: record(signal=signal.Signals(number).name))
    say_waiting()
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(0.05)
    return 0


PARTS = {
    "cross": cross_a_threshold,
    "crash": crash,
    "wait": wait_for_signal,
    "ignore": ignore_signals,
}


def main() -> int:
    record(argv=sys.argv[1:], environ=dict(os.environ), path=sys.path, encoding=sys.stdout.encoding, pid=os.getpid())
    if sys.argv[1] == "abort":
        return 0
    report = Path(os.environ["K6CI_REPORT_DIR"] or "k6ci-report")
    report.mkdir(exist_ok=True)
    (report / "run.json").write_text("{}", encoding="utf-8")
    give_outputs(run_id="7")
    return PARTS.get(os.environ.get("K6CI_FLAGS", ""), pass_the_test)()


if __name__ == "__main__":
    sys.exit(main())
