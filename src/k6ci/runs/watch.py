"""Follows a run to its end: polls at the pacer's times, survives short outages, and gives up at its deadlines."""

from __future__ import annotations

import datetime as dt
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import UNAUTHORIZED, ApiError, CallError, NoAnswerError
from k6ci.cloud.models import TestRun
from k6ci.cloud.retry import RetryPolicy
from k6ci.errors import CredentialsError, K6ciError, OutcomeUnknownError
from k6ci.runs.deadline import GRACE_SECONDS, Deadline
from k6ci.runs.listener import LiveMetrics, Progress, RunListener
from k6ci.runs.logtail import LogFollower, Tail
from k6ci.runs.pacing import Pacer
from k6ci.runs.plan import RunPlan

# Without a plan or an estimate of the cloud, k6's own default for the longest scenario.
_UNPLANNED_SECONDS: Final = 600.0
_MARGIN_SECONDS: Final = 15 * 60.0
# No run of the cloud is longer, whatever is estimated.
_LONGEST_SECONDS: Final = 24 * 3600.0
_FINAL_REFUSALS: Final = 3
_LIVE_METRICS_SECONDS: Final = 2.0
# How long the answer to a poll may outlast the deadline, and how long the cloud has to stop the run.
_ANSWER_GRACE_SECONDS: Final = 1.0
_LATE_STOP_SECONDS: Final = 30.0
_SHORTEST_STOP_SECONDS: Final = 4.0
# Before the load; an unknown word is not one of them, so it is left to the deadline of the whole.
_QUEUED: Final = frozenset({"created", "queued", "initializing"})
_OUTAGE: Final = RetryPolicy(first_seconds=1.0, longest_seconds=15.0)


class DeadlineError(Exception):
    """The run did not begin or end in time, and is still running; the text is the head of a sentence."""


class ContactLostError(Exception):
    """The cloud does not answer any more, and the run may still be running; `problem` is the error to report."""

    def __init__(self, problem: K6ciError) -> None:
        super().__init__(problem.cause)
        self.problem = problem


class Watch:
    """Watches one started run. `run` is what was seen last, `is_confirmed` whether anything was."""

    def __init__(
        self,
        client: CloudClient,
        clock: Clock,
        listener: RunListener,
        *,
        run: TestRun,
        url: str | None,
        plan: RunPlan,
        requested_at: float,
        tail: Tail | None = None,
    ) -> None:
        self.run = run
        self._client, self._clock, self._listener = client, clock, listener
        self._url = url
        self._plan = plan
        self._timeouts = plan.timeouts
        self._tail = tail
        self._requested_at = requested_at
        self._pacer = Pacer(plan.planned_seconds)
        # The cloud's clock may be off: its `created` lies between our request and its answer.
        self._created_at = (requested_at + clock.monotonic()) / 2
        self._answered_at = clock.monotonic()
        self._refusals = self._failures = 0
        self._pause = 0.0
        self.is_confirmed = False

    async def to_the_end(self) -> TestRun:
        """The run in a terminal status, with its result if one came in time.

        Raises:
            DeadlineError, ContactLostError: it has not ended, or that is not known.
        """
        ending: DeadlineError | ContactLostError | None = None
        async with anyio.create_task_group() as group:
            if self._listener.wants_live_metrics:
                group.start_soon(self._live_metrics)
            if self._tail is not None:
                group.start_soon(LogFollower(self._tail, self.run, self._clock, self._listener).follow)
            try:
                await self._poll()
            except (DeadlineError, ContactLostError) as error:
                ending = error  # raised outside: a task group would wrap it
            group.cancel_scope.cancel()
        if ending is not None:
            raise ending
        return self.run

    async def _poll(self) -> None:
        terminal_since: float | None = None
        while True:
            await self._clock.sleep(self._delay())
            await self._ask()
            now = self._clock.monotonic()
            if self.run.is_terminal:
                terminal_since = terminal_since or now
                is_late = now - terminal_since > self._timeouts.result or self.deadline.is_over
                if self.run.result is not None or self.run.status != "completed" or is_late:
                    return
            elif now - self._requested_at > self._total_seconds():
                raise DeadlineError("The run did not end in time")
            elif self.run.status in _QUEUED and now - self._requested_at > self._timeouts.queue:
                waited = f"{self._timeouts.queue:.0f} s"
                raise DeadlineError(f"The load did not begin within {waited}: the run stayed {self.run.status!r}")

    def _delay(self) -> float:
        now = self._clock.monotonic() - self._requested_at
        running_at = self._local(self.run.entered("running"))
        since = None if running_at is None else running_at - self._requested_at
        is_over = self.run.status in ("processing_metrics", "completed")
        delay = max(self._pacer.delay(now, since, is_processing=is_over), self._pause)
        # The deadlines cut a wait short once each, and never for a run that only owes its result.
        if self.run.is_terminal:
            return delay
        deadlines = [self._total_seconds() - now]
        if self.run.status in _QUEUED:
            deadlines.append(self._timeouts.queue - now)
        return min([delay, *(left for left in deadlines if left > 0)])

    async def _ask(self) -> None:
        grace = _ANSWER_GRACE_SECONDS
        try:
            with anyio.fail_after(self.deadline.left(grace=grace, at_least=grace)):
                self.run = await self._client.test_run(self.run.id, of=self.run, once=True)
        except TimeoutError:
            self._on_failure(NoAnswerError("asking for the test run", "no answer before the deadline"))
            return
        except CallError as error:
            self._on_failure(error)
            return
        self._answered_at = self._clock.monotonic()
        self.is_confirmed = True
        self._refusals, self._failures, self._pause = 0, 0, 0.0
        self._listener.progressed(self._progress())

    def _on_failure(self, error: CallError) -> None:
        """Wait after a failed poll, ever longer; a few refusals in a row, or a long silence, end the watch."""
        self._failures += 1
        self._refusals = 0 if error.is_transient else self._refusals + 1
        silence = self._clock.monotonic() - self._answered_at
        elapsed = self._clock.monotonic() - self._requested_at
        is_late = elapsed >= self._total_seconds() and not self.run.is_terminal
        if self._refusals < _FINAL_REFUSALS and silence < self._timeouts.contact and not is_late:
            wanted = _OUTAGE.pause(self._failures, error) if error.is_transient else 0.0
            self._pause = min(wanted, max(0.0, self._timeouts.contact - silence))
            return
        where = self._url or f"test run {self.run.id}"
        cause = f"Contact with the test run was lost: {error}; its last known status was {self.run.status!r}."
        remedy = f"It may still be running: look at {where}; `k6ci abort {self.run.id}` stops it."
        if isinstance(error, ApiError) and error.status == UNAUTHORIZED:
            raise ContactLostError(CredentialsError(f"The token was refused during the run: {error}.", remedy))
        raise ContactLostError(OutcomeUnknownError(cause, remedy))

    @property
    def deadline(self) -> Deadline:
        """When the run has to have ended, and its result to be there; an estimate of the cloud may still move it."""
        return Deadline.after(self._clock, self._requested_at, self._total_seconds())

    @property
    def seconds_to_stop(self) -> float:
        """How long stopping the run, or waiting for its end after that, may take."""
        return self.deadline.left(_LATE_STOP_SECONDS, grace=GRACE_SECONDS, at_least=_SHORTEST_STOP_SECONDS)

    def _total_seconds(self) -> float:
        if self._timeouts.total is not None:
            return self._timeouts.total
        planned = self._plan.longest_seconds or self._plan.planned_seconds
        estimated = self.run.estimated_duration
        if planned and estimated:
            estimated = min(estimated, planned + _MARGIN_SECONDS)
        return min(estimated or planned or _UNPLANNED_SECONDS, _LONGEST_SECONDS) + _MARGIN_SECONDS

    def _local(self, moment: dt.datetime | None) -> float | None:
        """A moment of the cloud's clock on ours (monotonic seconds)."""
        if moment is None or self.run.created is None:
            return None
        return self._created_at + (moment - self.run.created).total_seconds()

    def _progress(self) -> Progress:
        now = self._clock.monotonic()
        running_at, planned = self._local(self.run.entered("running")), self._plan.planned_seconds
        fraction = None
        if running_at is not None and planned:
            fraction = min(1.0, max(0.0, (now - running_at) / planned))
        return Progress(self.run, now - self._requested_at, fraction)

    async def _live_metrics(self) -> None:
        """Live figures while the load goes on; a failed query only leaves a gap."""
        while True:
            await self._clock.sleep(_LIVE_METRICS_SECONDS)
            if self.run.status != "running":
                continue
            vus = await self._figure("vus", "sum(last by (instance_id))")
            p95 = await self._figure("http_req_duration", "histogram_quantile(0.95)")
            self._listener.measured(LiveMetrics(vus, p95))

    async def _figure(self, metric: str, query: str) -> float | None:
        try:
            samples = await self._client.aggregate(self.run.id, metric, query, once=True)
        except CallError:
            return None
        return samples[0].value if samples else None
