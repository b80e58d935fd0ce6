"""The protocol of everything that can run a test, and what the runs of a suite share."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Protocol

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import TestRun
from k6ci.runs.interruption import Interruption
from k6ci.runs.logtail import Tail
from k6ci.runs.request import RunRequest
from k6ci.runs.result import RunResult
from k6ci.runs.run_file import RunFile
from k6ci.runs.run_note import Job, Revision


class Runner(Protocol):
    """Runs one script, and leaves no run behind that is not said."""

    async def run(self, request: RunRequest, started: Callable[[TestRun], None] | None = None) -> RunResult:
        """Run the script to its end; what goes wrong is in the result.

        `started` is called with the run as soon as it exists.

        Raises:
            Exception: a bug, before a start was requested.
        """


@dataclasses.dataclass(frozen=True)
class RunServices:
    """What the runs of a suite share.

    Attributes:
        client: for the stack.
        clock: time and sleep.
        run_file: where runs are written down before they start.
        interruption: signals, and the time that they leave.
        announce: called as soon as a run exists and the run file has it.
        tail: the log of a run; None if it is not shown.
        job: the job of the CI system, written into the notes of runs; None outside of CI.
        revision: the branch and the commit, written into the notes, too.
        redact: masks secrets in what the run file has of a script.
    """

    client: CloudClient
    clock: Clock
    run_file: RunFile
    interruption: Interruption
    announce: Callable[[], Awaitable[None]]
    tail: Tail | None = None
    job: Job | None = None
    revision: Revision = dataclasses.field(default_factory=Revision)
    redact: Callable[[str], str] = str
