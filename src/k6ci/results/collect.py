"""Asks the metrics of an ended run, side by side: the figures, each check, each threshold, and whether there are any.

The verdict does not depend on them: a query that fails leaves a gap and a sentence about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError
from k6ci.cloud.models import Metric, Sample
from k6ci.results.model import Check, Measurements, Metrics, Threshold
from k6ci.results.thresholds import Expression, expressions

# field of Metrics -> metric, query (v5 recipes of the metrics documentation)
_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "requests": ("http_reqs", "increase"),
    "requests_per_second": ("http_reqs", "rate"),
    "failure_rate": ("http_req_failed", "ratio"),
    "duration_avg_ms": ("http_req_duration", "histogram_avg"),
    "duration_p50_ms": ("http_req_duration", "histogram_quantile(0.5)"),
    "duration_p90_ms": ("http_req_duration", "histogram_quantile(0.9)"),
    "duration_p95_ms": ("http_req_duration", "histogram_quantile(0.95)"),
    "duration_p99_ms": ("http_req_duration", "histogram_quantile(0.99)"),
    "duration_max_ms": ("http_req_duration", "histogram_max"),
    "vus_max": ("vus", "sum(max by (instance_id))"),
    "iterations": ("iterations", "increase"),
    "data_received_bytes": ("data_received", "increase"),
    "data_sent_bytes": ("data_sent", "increase"),
}
_COUNTS: Final = {
    "counter": "increase",
    "rate": "increase_total",
    "gauge": "last",
    "trend": "histogram_count_increase",
}
# Asked for in any case, and enough for most scripts.
_PROOFS: Final = (("http_reqs", "increase"), ("checks", "increase_total by (check)"))
# A script whose iterations all throw still records these (k6 v2.2.0).
_SAYS_NOTHING: Final = frozenset({"iterations", "iteration_duration", "dropped_iterations", "group_duration"})
_SAYS_NOTHING_PREFIXES: Final = ("vus", "data_")
_AT_ONCE: Final = 8


class _Queries:
    """The queries of one run: at most so many at once, each asked once, failures remembered."""

    def __init__(self, client: CloudClient, run_id: int) -> None:
        self._client, self._run_id = client, run_id
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)
        self.answers: dict[tuple[str, str], list[Sample]] = {}
        self.problems: list[str] = []

    async def ask(self, metric: str, query: str) -> None:
        async with self._limiter:
            try:
                self.answers[metric, query] = await self._client.aggregate(self._run_id, metric, query)
            except CallError as error:
                self.problems.append(str(error))

    async def ask_all(self, sources: set[tuple[str, str]]) -> None:
        async with anyio.create_task_group() as group:
            for source in sorted(sources - self.answers.keys()):
                group.start_soon(self.ask, *source)

    def has_any(self, sources: Iterable[tuple[str, str]]) -> bool:
        """Whether one of these counts is above zero; the last value of a gauge counts whatever it is."""
        found = {source: self.value(*source) for source in sources}
        return any(
            value is not None and (value != 0 or query == _COUNTS["gauge"]) for (_, query), value in found.items()
        )

    def value(self, metric: str, query: str) -> float | None:
        samples = self.answers.get((metric, query), [])
        return samples[0].value if samples else None


async def measure(client: CloudClient, run_id: int, thresholds: Mapping[str, Any]) -> Measurements:
    """The measurements of a run; never raises for what the metrics API does."""
    wanted = list(expressions(thresholds))
    try:
        listed = await client.metrics(run_id)
    except CallError as error:
        unknown = tuple(expression.judged(None, "not known: no metrics") for expression in wanted)
        return Measurements(thresholds=unknown, problems=(str(error),))
    types = {metric.name: metric.type for metric in listed}
    queries = _Queries(client, run_id)
    await queries.ask_all(_asked(types, wanted))
    if not queries.has_any(_PROOFS):
        await queries.ask_all(_telling(listed))
    return Measurements(
        metrics=Metrics(**{field: queries.value(*source) for field, source in _FIGURES.items()}),
        checks=_checks(queries),
        thresholds=tuple(_threshold(expression, types, queries) for expression in wanted),
        has_samples=_has_samples(listed, queries),
        problems=tuple(sorted(set(queries.problems))),
    )


def _asked(types: Mapping[str, str], wanted: list[Expression]) -> set[tuple[str, str]]:
    """Every query that has a chance of an answer; a metric that is not listed has no samples."""
    asked = {source for source in _FIGURES.values() if source[0] in types}
    if "checks" in types:
        asked |= {("checks", "increase_nz by (check)"), ("checks", "increase_total by (check)")}
    for expression in wanted:
        query = expression.query(types.get(expression.base_metric, ""))
        if query is not None:
            asked.add((expression.selector, query))
    return asked


def _tells(metric: str) -> bool:
    """Whether samples of a metric prove that something was measured."""
    base = metric.split("{", 1)[0]
    return base not in _SAYS_NOTHING and not base.startswith(_SAYS_NOTHING_PREFIXES)


def _telling(listed: list[Metric]) -> set[tuple[str, str]]:
    """The counts of all metrics that would prove something; those of an unknown type cannot be counted."""
    return {(metric.name, _COUNTS[metric.type]) for metric in listed if _tells(metric.name) and metric.type in _COUNTS}


def _has_samples(listed: list[Metric], queries: _Queries) -> bool | None:
    """Whether anything was measured; None when the queries that would tell got no answer, or know no such type."""
    telling = _telling(listed)
    if queries.has_any(_PROOFS) or queries.has_any(telling):
        return True
    is_unknown = any(_tells(metric.name) and metric.type not in _COUNTS for metric in listed)
    return None if is_unknown or any(source not in queries.answers for source in telling) else False


def _checks(queries: _Queries) -> tuple[Check, ...]:
    passes = _by_check(queries, "increase_nz by (check)")
    totals = _by_check(queries, "increase_total by (check)")
    return tuple(
        Check(name, round(passes.get(name, 0)), max(0, round(total) - round(passes.get(name, 0))))
        for name, total in sorted(totals.items())
    )


def _by_check(queries: _Queries, query: str) -> dict[str, float]:
    samples = queries.answers.get(("checks", query), [])
    return {sample.metric.get("check", ""): sample.value or 0.0 for sample in samples}


def _threshold(expression: Expression, types: Mapping[str, str], queries: _Queries) -> Threshold:
    if expression.limit is None:
        return expression.judged(None, "not understood, not computed")
    kind = types.get(expression.base_metric)
    query = expression.query(kind) if kind else None
    if kind is not None and query is None:
        return expression.judged(None, f"no such aggregation of a {kind}")
    if query is not None and (expression.selector, query) not in queries.answers:
        return expression.judged(None, "not known: no answer")
    return expression.judged(queries.value(expression.selector, query) if query else None)
