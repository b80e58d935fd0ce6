"""A comparison with earlier runs as text: a title, a row per metric with a small trend line, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from k6ci.render import figures
from k6ci.results.comparison import Comparison, ComparisonOutcome, MetricComparison

HEADS: Final = ("compared", "-value", "-median", "-spread", "-change", "trend", "outcome")
_BARS: Final = "▁▂▃▄▅▆▇█"
_RATE: Final = "failed requests"
_THROUGHPUT: Final = "throughput"


def title(comparison: Comparison) -> str:
    """With what the run was compared, and the outcome; the sentences say why it was not compared."""
    count = len(comparison.runs)
    if not count:
        return "Not compared with earlier runs"
    runs = "1 run" if count == 1 else f"{count} runs"
    branch = f" on {comparison.branch}" if comparison.branch else ""
    confirmed = f" (median of {1 + len(comparison.confirmations)} runs)" if comparison.confirmations else ""
    return f"Compared with {runs}{branch}: {comparison.outcome.value}{confirmed}"


def row(metric: MetricComparison) -> tuple[str, ...]:
    """The cells of a metric, below HEADS."""
    return (
        metric.name,
        _shown(metric, metric.value),
        _shown(metric, metric.median),
        "-" if metric.spread is None else f"{100 * metric.spread:.1f} %",
        _change(metric),
        trend([*metric.history, metric.value]),
        metric.outcome.value,
    )


def trend(values: Sequence[float | None]) -> str:
    """One bar per value, from the lowest to the highest; the run itself is the last one."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 -- one value has no trend
        return "-"
    low, span = min(known), max(known) - min(known)
    top = len(_BARS) - 1
    return "".join(
        " " if value is None else _BARS[round((value - low) / span * top) if span > 0 else 0] for value in values
    )


def sentences(comparison: Comparison) -> tuple[str, ...]:
    """The starred run, the bounds of what regressed, and the notes."""
    said = []
    baseline = comparison.baseline
    if baseline is not None:
        p95, failed = figures.milliseconds(baseline.duration_p95_ms), figures.percent(baseline.failure_rate)
        created = f" of {baseline.created[:10]}" if baseline.created else ""
        said.append(f"Starred run {baseline.run_id}{created}: p95 {p95}, failed requests {failed}.")
    said += [
        f"{metric.name} counts as regressed from {_shown(metric, metric.limit)} on."
        for metric in comparison.metrics
        if metric.limit is not None and metric.outcome in (ComparisonOutcome.REGRESSED, ComparisonOutcome.SUSPICIOUS)
    ]
    return (*said, *comparison.notes)


def _shown(metric: MetricComparison, value: float | None) -> str:
    if metric.name == _RATE:
        return figures.percent(value)
    if metric.name == _THROUGHPUT:
        return "-" if value is None else f"{value:.4g}/s"
    return figures.milliseconds(value)


def _change(metric: MetricComparison) -> str:
    if metric.change is None:
        return "-"
    unit = "points" if metric.name == _RATE else "%"
    return f"{100 * metric.change:+.{2 if metric.name == _RATE else 1}f} {unit}"
