"""The v5 queries of one run: a limited number at a time; the failure of one is a problem, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import anyio

from k6ci.cloud.client import CloudClient, Range
from k6ci.cloud.failures import CallError
from k6ci.cloud.models import Sample

_MAX_CONCURRENT: Final = 8

# A metric, and a query (v5 recipes of the metrics documentation).
Source = tuple[str, str]


class Queries:
    """The queries of one run, each sent once, with their answers: over the whole run, or in the steps of a range."""

    def __init__(self, client: CloudClient, run_id: int) -> None:
        self._client, self._run_id = client, run_id
        self._limiter = anyio.CapacityLimiter(_MAX_CONCURRENT)
        self.answers: dict[Source, list[Sample]] = {}
        self.in_steps: dict[Source, list[Sample]] = {}
        self.problems: list[str] = []

    async def ask_all(
        self, sources: Iterable[Source], in_steps: Iterable[Source] = (), *, of: Range | None = None
    ) -> None:
        """Send what was not answered before; `in_steps` are the queries for the range `of`."""
        async with anyio.create_task_group() as group:
            for source in sorted(set(sources) - self.answers.keys()):
                group.start_soon(self._ask, source)
            if of is not None:
                for source in sorted(set(in_steps) - self.in_steps.keys()):
                    group.start_soon(self._ask_in_steps, source, of)

    async def _ask(self, source: Source) -> None:
        metric, query = source
        async with self._limiter:
            try:
                found = await self._client.aggregate(self._run_id, metric, query)
            except CallError as error:
                self.problems.append(str(error))
                return
        self.answers[source] = found
        if any(sample.is_odd for sample in found):
            self.problems.append(f"{metric} ({query}) is no finite number")

    async def _ask_in_steps(self, source: Source, of: Range) -> None:
        async with self._limiter:
            try:
                self.in_steps[source] = await self._client.in_steps(self._run_id, *source, of)
            except CallError as error:
                self.problems.append(str(error))

    def value(self, metric: str, query: str) -> float | None:
        """The value of an aggregate without grouping; None if there is none."""
        samples = self.answers.get((metric, query), [])
        return samples[0].value if samples else None

    def figure(self, metric: str, query: str) -> float | None:
        """The value of a count, a rate or a time, none of which is ever below zero."""
        value = self.value(metric, query)
        if value is None or value >= 0:
            return value
        self.problems.append(f"{metric} ({query}) is below zero")
        return None
