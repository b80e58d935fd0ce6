"""Compares a run with its history: gated metrics, slowest endpoints, the starred run, and what to say about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from k6ci.cloud.models import TestRun
from k6ci.history.comparable import OTHER_K6, OTHER_OPTIONS, ignored_sentence
from k6ci.history.earlier_runs import EarlierRun, History, for_run
from k6ci.history.gate import MIN_RUNS, Figures, compare, duration, median_of, overall
from k6ci.results.comparison import Baseline, Comparison, ComparisonOutcome, MetricComparison
from k6ci.results.model import Measurements, Metrics
from k6ci.results.series import generator_overload
from k6ci.runs.run_note import Revision

_SHOWN_ENDPOINTS: Final = 5
_SLOW_ENDPOINT: Final = 0.10
# A change that no statistics are needed for, 10 for 1000 %.
_TOO_NOISY: Final = 10.0


@dataclasses.dataclass(frozen=True)
class NewRun:
    """The run to compare.

    Attributes:
        run: as the cloud describes it.
        revision: what it executed.
        is_closed_model: whether the number of VUs determined the load.
        measurements: its metrics.
    """

    run: TestRun
    revision: Revision
    is_closed_model: bool
    measurements: Measurements


def figures_of(metrics: Metrics) -> Figures:
    """What is compared of a run's metrics."""
    return Figures(metrics.duration_p95_ms, metrics.requests, metrics.failure_rate, metrics.requests_per_second)


def comparison_of(
    new: NewRun, history: History, *, regression_limit: float, confirmations: Mapping[int, Metrics] | None = None
) -> Comparison:
    """The comparison of a run with its history.

    Args:
        new: the run.
        history: the earlier runs.
        regression_limit: the smallest relative change that counts, 0.1 for 10 %.
        confirmations: the metrics of the runs that were started to confirm an outcome, by their IDs; the median of
            these and the run counts then.
    """
    history = for_run(history, new.run)
    confirmed = confirmations or {}
    runs = [figures_of(new.measurements.metrics), *(figures_of(metrics) for metrics in confirmed.values())]
    metrics = compare(
        median_of(runs),
        [earlier.figures for earlier in history.runs],
        regression_limit=regression_limit,
        is_closed=new.is_closed_model,
    )
    reason = _not_comparable(new, history)
    outcome = ComparisonOutcome.NOT_COMPARABLE if reason else overall(metrics)
    if reason:
        metrics = tuple(dataclasses.replace(one, outcome=outcome) for one in metrics)
    return Comparison(
        outcome,
        next((earlier.revision.branch for earlier in reversed(history.runs) if earlier.revision.branch), None),
        tuple(earlier.run.id for earlier in history.runs),
        metrics,
        _endpoints(new, history),
        _baseline(history.starred),
        tuple(confirmed),
        tuple(filter(None, _notes(new, history, metrics, reason, regression_limit))),
    )


def _not_comparable(new: NewRun, history: History) -> str:
    """Why the run cannot be compared at all; empty if it can."""
    if new.run.status != "completed" or new.run.result not in ("passed", "failed"):
        return "Not comparable: the run did not end by itself."
    if figures_of(new.measurements.metrics) == Figures() and not new.measurements.problems:
        return "Not comparable: the run made no HTTP requests, whose times, failures and rate are compared."
    if generator_overload(new.measurements.details.time_series) is not None:
        return "Not comparable: the load generators were overloaded, so the durations include their own delay."
    ignored = dict(history.ignored)
    if not history.runs and ignored.get(OTHER_OPTIONS):
        return "Not comparable: all earlier runs had other options, such as scenarios, thresholds or load zones."
    if not history.runs and ignored.get(OTHER_K6):
        return "Not comparable: all earlier runs used another version of k6."
    return ""


def _notes(
    new: NewRun, history: History, metrics: Sequence[MetricComparison], reason: str, regression_limit: float
) -> list[str]:
    notes = [reason]
    if history.problem:
        notes.append(f"The history is incomplete: {history.problem}.")
    elif not history.runs and not history.ignored and not reason:
        notes.append("No earlier run on the default branch: runs of GitHub and GitLab jobs on it become the history.")
    elif len(history.runs) < MIN_RUNS and not reason:
        notes.append(f"{_runs(len(history.runs))}: a comparison needs {MIN_RUNS}.")
    notes.append(_script_note(new, history.runs))
    if not reason:
        notes.append(_power_note(metrics, regression_limit))
    notes.append(ignored_sentence(history.ignored))
    return notes


def _script_note(new: NewRun, runs: Sequence[EarlierRun]) -> str:
    """A changed script is compared: it is what a pull request changes. But the reader should know."""
    script = new.revision.script
    if not runs or not script or not runs[-1].revision.script or script.startswith(runs[-1].revision.script):
        return ""
    return "The script, its files or its variables changed since the last of these runs."


def _power_note(metrics: Sequence[MetricComparison], regression_limit: float) -> str:
    shown = next((one for one in metrics if one.visible_change is not None), None)
    if shown is None or shown.visible_change is None or shown.spread is None:
        return ""
    described = f"{_runs(len(shown.history))}, spread {100 * shown.spread:.1f} %"
    if shown.visible_change > _TOO_NOISY:
        return (
            f"{described}: this comparison often misses even a slowdown of {100 * _TOO_NOISY:.0f} %. Longer runs or a "
            "steadier load lower the spread."
        )
    said = (
        f"{described}: this comparison sees a slowdown of {100 * shown.visible_change:.0f} % or more in 95 of 100 cases"
    )
    if shown.visible_change <= regression_limit:
        return f"{said}."
    return f"{said}; smaller ones, down to regression-limit ({100 * regression_limit:.3g} %), it often misses."


def _runs(count: int) -> str:
    return "1 comparable run" if count == 1 else f"{count} comparable runs"


def _endpoints(new: NewRun, history: History) -> tuple[MetricComparison, ...]:
    """The slowest endpoints of the run that have a history."""
    found = []
    for endpoint in new.measurements.details.endpoints:
        key = (endpoint.name, endpoint.method)
        values = [earlier.endpoints[key] for earlier in history.runs if key in earlier.endpoints]
        if endpoint.duration_p95_ms and len(values) >= MIN_RUNS:
            shown = duration(f"{endpoint.method} {endpoint.name}".strip(), endpoint.duration_p95_ms, values)
            is_slower = endpoint.duration_p95_ms > max(values) and (shown.change or 0.0) > _SLOW_ENDPOINT
            found.append(
                dataclasses.replace(shown, outcome=ComparisonOutcome.SUSPICIOUS if is_slower else ComparisonOutcome.OK)
            )
    return tuple(found[:_SHOWN_ENDPOINTS])


def _baseline(starred: EarlierRun | None) -> Baseline | None:
    if starred is None:
        return None
    run, figures = starred.run, starred.figures
    created = run.created.isoformat() if run.created else None
    return Baseline(run.id, created, figures.p95_ms, figures.failure_rate, figures.requests_per_second)
