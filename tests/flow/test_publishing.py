"""Deliveries that cannot be made, in whole runs: warnings, in bounded time, and the exit code of the run."""

from __future__ import annotations

import os
import time

from emulation import EmulatorHandle
from story import PASSING, Teller


def test_pipes_that_nobody_reads_delay_a_job_and_do_not_block_it(k6ci: Teller, emulator: EmulatorHandle):
    """A thread that waits for a reader cannot be ended: the process ends without it."""
    k6ci.write(a=PASSING)
    pipes = {name: k6ci.folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for path in pipes.values():
        os.mkfifo(path)
    environ = {name: str(path) for name, path in pipes.items()}
    begun = time.monotonic()
    with k6ci.process("run", "a.js", on=emulator, GITHUB_ACTIONS="true", **environ) as process:
        told = k6ci.ended(process, within_seconds=60)
    assert told.code == 0, told.text
    assert time.monotonic() - begun < 30
    assert "warning: the job's summary could not be written: it took too long." in told.text
    assert "warning: the outputs could not be written: it took too long." in told.text
    assert told.result["verdict"] == "passed"
