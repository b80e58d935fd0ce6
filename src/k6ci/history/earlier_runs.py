"""Reads the history of a load test from the cloud: one request for each 50 runs, and one for each metric.

A cloud without the route for several runs gets one request per run and metric instead. All of it is bounded in time,
and whatever fails is a sentence for the report: no verdict depends on it.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import ApiError, BadAnswerError, CallError
from k6ci.cloud.models import Sample, TestRun
from k6ci.errors import collapsed
from k6ci.history.comparable import (
    OTHER_K6,
    OVERLOADED,
    WITHOUT_METRICS,
    Selection,
    is_same_k6,
    newest_starred,
    select,
)
from k6ci.history.gate import MAX_RUNS, Figures
from k6ci.runs.run_note import Revision

Source = tuple[str, str]
_P95: Final = ("http_req_duration", "histogram_quantile(0.95)")
_REQUESTS: Final = ("http_reqs", "increase")
_RATE: Final = ("http_reqs", "rate")
_FAILED: Final = ("http_req_failed", "ratio")
_CPU: Final = ("load_generator_cpu_percent", "avg")
_FIGURES: Final = (_P95, _REQUESTS, _RATE, _FAILED, _CPU)
_ENDPOINTS: Final = ("http_req_duration", "histogram_quantile(0.95) by (name, method)")
# Not every run has them.
_OPTIONAL: Final = (_CPU, _ENDPOINTS)
_NO_ROUTE: Final = (400, 404, 405, 422, 501)
_SECONDS: Final = 10.0
_MAX_CONCURRENT: Final = 8
# Above it a load generator measures itself, by Grafana's advice.
_BUSY_PERCENT: Final = 80.0
# Some runs are ignored after their metrics are known.
_RESERVE: Final = 5
# Of a load test; the list of each 50 is a request.
_MAX_LISTED: Final = 500
# Then no further list is read: the metrics of the runs that are known need the rest of the time.
_LISTING_SECONDS: Final = 3.0


@dataclasses.dataclass(frozen=True)
class EarlierRun:
    """A run of the history, with its figures and the p95 of its endpoints (name and method) in milliseconds."""

    run: TestRun
    revision: Revision
    figures: Figures
    endpoints: Mapping[tuple[str, str], float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class History:
    """The comparable runs, oldest first, the newest starred run, what was ignored, and what could not be read."""

    runs: tuple[EarlierRun, ...] = ()
    starred: EarlierRun | None = None
    ignored: tuple[tuple[str, int], ...] = ()
    problem: str = ""


def for_run(history: History, run: TestRun) -> History:
    """The history of a run that has ended: the newest runs with the same k6, which is not known when a run starts."""
    same = [earlier for earlier in history.runs if is_same_k6(earlier.run, run)]
    others = len(history.runs) - len(same)
    ignored = (*history.ignored, (OTHER_K6, others)) if others else history.ignored
    return dataclasses.replace(history, runs=tuple(same[-MAX_RUNS:]), ignored=ignored)


async def read_history(client: CloudClient, load_test_id: int, new: TestRun, revision: Revision) -> History:
    """The history of a load test for a run of it. Never raises."""
    found = History(problem=f"there was no answer within {_SECONDS:.0f} s")
    with anyio.move_on_after(_SECONDS):
        try:
            found = await _read(client, load_test_id, new, revision)
        except CallError as error:
            found = History(problem=str(error))
        except Exception as error:  # noqa: BLE001 -- the run has a verdict, which its history must not change
            found = History(problem=f"a bug in k6ci ({type(collapsed(error)).__name__})")
    return found


async def _read(client: CloudClient, load_test_id: int, new: TestRun, revision: Revision) -> History:
    selection, starred = await _selected(client, load_test_id, new, revision)
    wanted = list(dict.fromkeys([run.id for run in selection.runs] + ([starred.id] if starred else [])))
    if not wanted:
        return History(ignored=selection.ignored)
    answers = _Answers(client, load_test_id, wanted)
    await answers.read()
    runs, ignored = _with_figures(selection, answers)
    known = _earlier(starred, Revision(), answers.found) if starred else None
    problem = answers.problems[0] if answers.problems else ""
    return History(tuple(runs), known, (*selection.ignored, *ignored.items()), problem)


async def _selected(
    client: CloudClient, load_test_id: int, new: TestRun, revision: Revision
) -> tuple[Selection, TestRun | None]:
    """The comparable runs, and the newest starred one.

    Many pull requests may have started runs since the last one of the default branch: older runs are read until there
    are enough.
    """
    listed: dict[int, TestRun] = {}
    selection, begun = Selection(), anyio.current_time()
    async for page in client.runs_of(load_test_id):
        listed |= {run.id: run for run in page}
        selection = select(new, revision, listed.values(), limit=MAX_RUNS + _RESERVE)
        is_late = anyio.current_time() - begun > _LISTING_SECONDS
        if len(selection.runs) >= MAX_RUNS + _RESERVE or len(listed) >= _MAX_LISTED or is_late:
            break
    return selection, newest_starred(new, listed.values())


def _with_figures(selection: Selection, answers: _Answers) -> tuple[list[EarlierRun], Mapping[str, int]]:
    """The selected runs, and why others are not comparable, with their number.

    A cloud keeps the metrics of a run for a limited time.
    """
    kept: list[EarlierRun] = []
    ignored: collections.Counter[str] = collections.Counter()
    for run, revision in zip(selection.runs, selection.revisions, strict=True):
        earlier = _earlier(run, revision, answers.found)
        if (_value(answers.found, _CPU, run.id) or 0.0) > _BUSY_PERCENT:
            ignored[OVERLOADED] += 1
        elif earlier.figures == Figures() and not answers.problems:
            ignored[WITHOUT_METRICS] += 1
        else:
            kept.append(earlier)
    return kept, ignored


def _earlier(run: TestRun, revision: Revision, answers: Mapping[Source, Mapping[int, Sequence[Sample]]]) -> EarlierRun:
    p95, requests, rate, failed = (_value(answers, source, run.id) for source in (_P95, _REQUESTS, _RATE, _FAILED))
    endpoints = {
        (sample.label("name"), sample.label("method")): sample.value
        for sample in answers.get(_ENDPOINTS, {}).get(run.id, ())
        if sample.value is not None and sample.value > 0
    }
    return EarlierRun(run, revision, Figures(p95, requests, failed, rate), endpoints)


def _value(answers: Mapping[Source, Mapping[int, Sequence[Sample]]], source: Source, run_id: int) -> float | None:
    """The value of an aggregate for one run; none of them is ever below zero."""
    samples = answers.get(source, {}).get(run_id, ())
    value = samples[0].value if samples else None
    return value if value is not None and value >= 0 else None


def _means_no_route(error: CallError) -> bool:
    """Whether the cloud does not know the route for several runs, or means something else by it."""
    if isinstance(error, ApiError):
        return error.status in _NO_ROUTE
    return isinstance(error, BadAnswerError)


class _Answers:
    """The metrics of several runs, by one query per metric, or by one per run and metric.

    `problems` are the failures of queries that a comparison needs.
    """

    def __init__(self, client: CloudClient, load_test_id: int, run_ids: Sequence[int]) -> None:
        self._client, self._load_test_id, self._run_ids = client, load_test_id, run_ids
        self._limiter = anyio.CapacityLimiter(_MAX_CONCURRENT)
        self._has_route = True
        self.problems: list[str] = []
        self.found: dict[Source, dict[int, list[Sample]]] = {source: {} for source in (*_FIGURES, _ENDPOINTS)}

    async def read(self) -> None:
        """Read all of them; on a cloud without the route for several runs, all but the endpoints."""
        async with anyio.create_task_group() as group:
            for source in self.found:
                group.start_soon(self._of_all_runs, source)
        if self._has_route:
            return
        self.problems.clear()
        async with anyio.create_task_group() as group:
            for source in _FIGURES:
                for run_id in self._run_ids:
                    group.start_soon(self._of_one_run, source, run_id)

    async def _of_all_runs(self, source: Source) -> None:
        try:
            self.found[source] = await self._client.aggregate_of_runs(self._load_test_id, self._run_ids, *source)
        except CallError as error:
            self._note(error, source)
            if source == _P95 and _means_no_route(error):
                self._has_route = False

    async def _of_one_run(self, source: Source, run_id: int) -> None:
        async with self._limiter:
            try:
                self.found[source][run_id] = await self._client.aggregate(run_id, *source)
            except CallError as error:
                self._note(error, source)

    def _note(self, error: CallError, source: Source) -> None:
        if source not in _OPTIONAL:
            self.problems.append(str(error))
