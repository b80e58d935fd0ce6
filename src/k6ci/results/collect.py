"""Reads the metrics of an ended run, side by side: figures, checks, thresholds, and whether there are samples.

The verdict does not depend on them: a query that fails leaves a gap and a sentence about it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError
from k6ci.cloud.models import Metric, Sample
from k6ci.k6.script_options import SampleTags
from k6ci.results.details import collect_details
from k6ci.results.evidence import BY_ORIGIN, of_iterations
from k6ci.results.model import Check, Measurements, Metrics, Threshold
from k6ci.results.queries import Queries, Source
from k6ci.results.thresholds import Expression, expressions
from k6ci.runs.deadline import GRACE_SECONDS, Deadline
from k6ci.runs.plan import RunPlan
from k6ci.runs.result import RunResult
from k6ci.runs.runner import RunServices

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
    "waiting_p90_ms": ("http_req_waiting", "histogram_quantile(0.9)"),
    "waiting_p95_ms": ("http_req_waiting", "histogram_quantile(0.95)"),
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
_CHECKS: Final = "checks"
_CHECK_LABELS: Final = "by (check, group, scenario)"
_PASSES: Final = f"increase_nz {_CHECK_LABELS}"
_TOTALS: Final = f"increase_total {_CHECK_LABELS}"
# Always queried, and enough for most scripts.
_STANDARD_EVIDENCE: Final = (("http_reqs", f"increase {BY_ORIGIN}"), (_CHECKS, _TOTALS))
# A script whose iterations all throw still records these (k6 v2.2.0).
_NO_EVIDENCE: Final = frozenset({"iterations", "iteration_duration", "dropped_iterations", "group_duration"})
_NO_EVIDENCE_PREFIXES: Final = ("vus", "data_")
_COLLECT_SECONDS: Final = 60.0
_SHORTEST_COLLECT_SECONDS: Final = 2.0
_LATE_SECONDS: Final = 2.0
# The limit of custom metrics that are queried as evidence; one sample in one of them is enough.
_MAX_EVIDENCE: Final = 100


async def collect(result: RunResult, services: RunServices) -> Measurements:
    """The measurements of an ended run; none when the job is being cancelled, because its time is short."""
    if result.run is None or not result.run.is_terminal or result.problem is not None:
        return Measurements()
    deadline = Deadline.after(services.clock, result.requested_at or 0.0, result.plan.timeouts.total)
    within = deadline.left(_COLLECT_SECONDS, grace=GRACE_SECONDS, at_least=_SHORTEST_COLLECT_SECONDS)
    found = Measurements(problems=("there was no time to read the metrics",))
    with services.interruption.scope(), anyio.move_on_after(within):
        found = await measure(services.client, result.run.id, result.plan)
        if found.has_samples is False:  # a verdict depends on it, and metrics may arrive a little late
            await services.clock.sleep(_LATE_SECONDS)
            found = await measure(services.client, result.run.id, result.plan)
        details = await collect_details(services.client, result.run, found.metric_names)
        return dataclasses.replace(found, details=details)
    return found


async def measure(client: CloudClient, run_id: int, plan: RunPlan) -> Measurements:
    """The measurements of a run with this plan; never raises for what the metrics API does."""
    wanted = list(expressions(plan.thresholds))
    tags = plan.sample_tags
    try:
        listed = await client.metrics(run_id)
    except CallError as error:
        unknown = tuple(expression.evaluated(None, "not known: no metrics") for expression in wanted)
        return Measurements(thresholds=unknown, problems=(str(error),))
    types = {metric.name: metric.type for metric in listed}
    queries = Queries(client, run_id)
    await queries.ask_all(_asked(types, wanted))
    if not _has_any(queries, _STANDARD_EVIDENCE, tags):
        await queries.ask_all(_evidence_counts(listed))
    return Measurements(
        metrics=Metrics(**{field: queries.figure(*source) for field, source in _FIGURES.items()}),
        checks=_checks(queries),
        iteration_checks=_iteration_checks(queries, tags),
        thresholds=tuple(_threshold(expression, types, queries) for expression in wanted),
        has_samples=_has_samples(listed, queries, tags),
        metric_names=tuple(types),
        problems=tuple(sorted(set(queries.problems))),
    )


def _asked(types: Mapping[str, str], wanted: list[Expression]) -> set[tuple[str, str]]:
    """The queries that may have an answer; a metric that is not listed has no samples."""
    asked = {source for source in (*_FIGURES.values(), *_STANDARD_EVIDENCE) if source[0] in types}
    if _CHECKS in types:
        asked.add((_CHECKS, _PASSES))
    for expression in wanted:
        query = expression.query(types.get(expression.base_metric, ""))
        if query is not None:
            asked.add((expression.selector, query))
    return asked


def _has_any(queries: Queries, sources: Iterable[Source], tags: SampleTags) -> bool:
    """Whether iterations made one of these counts more than zero; the last value of a gauge counts in any case."""
    return any(
        sample.value is not None and (sample.value != 0 or query.startswith(_COUNTS["gauge"]))
        for metric, query in sources
        for sample in of_iterations(queries.answers.get((metric, query), []), tags)
    )


def _is_evidence(metric: str) -> bool:
    """Whether samples of a metric are evidence that iterations measured something."""
    base = metric.split("{", 1)[0]
    return base not in _NO_EVIDENCE and not base.startswith(_NO_EVIDENCE_PREFIXES)


def _evidence_counts(listed: list[Metric]) -> list[tuple[str, str]]:
    """The counts of the metrics that are evidence; those of an unknown type cannot be counted."""
    own = {metric for metric, _ in _STANDARD_EVIDENCE}
    counts = [
        (metric.name, f"{_COUNTS[metric.type]} {BY_ORIGIN}")
        for metric in listed
        if _is_evidence(metric.name) and metric.type in _COUNTS and metric.name not in own
    ]
    return counts[:_MAX_EVIDENCE]


def _has_samples(listed: list[Metric], queries: Queries, tags: SampleTags) -> bool | None:
    """Whether iterations measured anything; None when answers are missing, or do not distinguish iterations."""
    names = {metric.name for metric in listed}
    counts = [*(source for source in _STANDARD_EVIDENCE if source[0] in names), *_evidence_counts(listed)]
    is_found = _has_any(queries, counts, tags)
    if is_found and tags.can_tell:
        return True
    evidence = [metric for metric in listed if _is_evidence(metric.name)]
    is_unknown = any(metric.type not in _COUNTS for metric in evidence) or len(evidence) > len(counts)
    return None if is_found or is_unknown or any(source not in queries.answers for source in counts) else False


def _checks(queries: Queries) -> tuple[Check, ...]:
    """Every check of the run, whoever made it, by its name."""
    passes, totals = (_by_check(queries.answers.get((_CHECKS, query), [])) for query in (_PASSES, _TOTALS))
    return tuple(
        Check(name, round(passes.get(name, 0)), max(0, round(total) - round(passes.get(name, 0))))
        for name, total in sorted(totals.items())
    )


def _by_check(samples: Iterable[Sample]) -> dict[str, float]:
    found: dict[str, float] = {}
    for sample in samples:
        found[sample.label("check")] = found.get(sample.label("check"), 0.0) + (sample.value or 0.0)
    return found


def _iteration_checks(queries: Queries, tags: SampleTags) -> tuple[int, int]:
    """How many checks of iterations passed, of how many."""
    passes, totals = (
        sum(sample.value or 0.0 for sample in of_iterations(queries.answers.get((_CHECKS, query), []), tags))
        for query in (_PASSES, _TOTALS)
    )
    return round(passes), round(totals)


def _threshold(expression: Expression, types: Mapping[str, str], queries: Queries) -> Threshold:
    if expression.limit is None:
        return expression.evaluated(None, "not understood, not computed")
    kind = types.get(expression.base_metric)
    query = expression.query(kind) if kind else None
    if kind is not None and query is None:
        return expression.evaluated(None, f"no such aggregation of a {kind}")
    if query is not None and (expression.selector, query) not in queries.answers:
        return expression.evaluated(None, "not known: no answer")
    return expression.evaluated(queries.value(expression.selector, query) if query else None)
