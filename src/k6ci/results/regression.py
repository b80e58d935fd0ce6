"""What a comparison with the history says about a run, as sentences for the decision and the warnings."""

from __future__ import annotations

from k6ci.errors import ExitCode
from k6ci.results.comparison import MIN_RUNS_TO_FAIL, Comparison, ComparisonOutcome, MetricComparison
from k6ci.results.model import Decision


def gated_regression(comparison: Comparison | None) -> str | None:
    """The head of a sentence about the metrics that regressed against enough runs; None if there are none."""
    if comparison is None or comparison.outcome is not ComparisonOutcome.REGRESSED:
        return None
    found = comparison.of_outcome(ComparisonOutcome.REGRESSED, min_runs=MIN_RUNS_TO_FAIL)
    return f"Slower than its history: {_listed(found)}" if found else None


def regression_warnings(comparison: Comparison | None, decision: Decision) -> list[str]:
    """Sentences about metrics that regressed, or might have, unless the decision says it."""
    if comparison is None or decision.exit_code is ExitCode.REGRESSION:
        return []
    regressed, suspicious = (
        comparison.of_outcome(one) for one in (ComparisonOutcome.REGRESSED, ComparisonOutcome.SUSPICIOUS)
    )
    warnings = []
    if regressed:
        warnings.append(f"Slower than its history, beyond what chance explains: {_listed(regressed)}.")
        if all(len(one.history) < MIN_RUNS_TO_FAIL for one in regressed):
            warnings[-1] += f" `compare: fail` needs {MIN_RUNS_TO_FAIL} comparable runs."
    if suspicious:
        warnings.append(f"Slower than its history, which chance may explain: {_listed(suspicious)}.")
    return warnings


def _listed(metrics: tuple[MetricComparison, ...]) -> str:
    return ", ".join(map(_sentence, metrics))


def _sentence(metric: MetricComparison) -> str:
    if metric.value is None or metric.median is None or metric.change is None:
        return metric.name
    runs = f"the median of {len(metric.history)} runs"
    if metric.name == "p95":
        how = f"{100 * metric.change:.0f} % above {runs}"
        return f"p95 of http_req_duration {metric.value:.4g} ms, {how} ({metric.median:.4g} ms)"
    if metric.name == "throughput":
        how = f"{-100 * metric.change:.0f} % below {runs}"
        return f"throughput {metric.value:.4g} requests/s, {how} ({metric.median:.4g} requests/s)"
    return f"{metric.name} {100 * metric.value:.2f} %, {runs} has {100 * metric.median:.2f} %"
