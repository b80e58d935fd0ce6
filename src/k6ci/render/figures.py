"""Numbers as people read them: milliseconds, rates, bytes, durations."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from k6ci.results.model import Metrics, RunReport, Threshold, Verdict

SYMBOLS: Final = {
    Verdict.PASSED: "✅",
    Verdict.FAILED: "❌",
    Verdict.REGRESSED: "📉",
    Verdict.ERROR: "⛔",
    Verdict.ABORTED: "⛔",
    Verdict.CANCELLED: "🛑",
    Verdict.UNKNOWN: "❓",
    Verdict.SKIPPED: "⏭️",
}
_RATES: Final = ("_failed", "checks")
_KILO: Final = 1000.0
# Printable ASCII only: a URL has no other characters, and a link is the one text that is not escaped.
_URL: Final = re.compile(r"https?://[!#-'*-;=?-Z^_a-{}~]+")
_HOUR: Final = 3600
# In percent: below one, two decimals show one digit or none; below the other it is a rounding error.
_SMALL_SHARE: Final = 0.1
_SMALLEST_SHARE: Final = 1e-7


def is_url(text: str | None) -> bool:
    """Whether a text can be the target of a link in every report."""
    return text is not None and _URL.fullmatch(text) is not None


def milliseconds(value: float | None) -> str:
    """`12.3 ms`, or seconds from 10 s on."""
    if value is None:
        return "-"
    return f"{value / _KILO:.1f} s" if value >= 10 * _KILO else f"{value:.4g} ms"


def percent(value: float | None) -> str:
    """A rate of 0 to 1 as a percentage; one near 0 or 1 has more digits, so that one failure is not shown as none."""
    if value is None:
        return "-"
    share = 100 * value
    nearest = min(abs(share), abs(100 - share))
    if not _SMALLEST_SHARE <= nearest < _SMALL_SHARE:
        return f"{share:.2f} %"
    whole, _, digits = f"{share:.{1 - math.floor(math.log10(nearest))}f}".partition(".")
    return f"{whole}.{digits.rstrip('0'):0<2} %"


def count(value: float | None) -> str:
    """A whole number with thin groups."""
    return "-" if value is None else f"{round(value):,}".replace(",", " ")


def size(value: float | None) -> str:
    """Bytes in decimal units."""
    if value is None:
        return "-"
    for unit in ("B", "kB", "MB", "GB"):
        if value < _KILO:
            return f"{value:.3g} {unit}"
        value /= _KILO
    return f"{value:.3g} TB"


def duration(seconds: float | None) -> str:
    """`m:ss`, or `h:mm:ss`."""
    if seconds is None:
        return "-"
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    if whole < _HOUR:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def quantity(metric: str, value: float | None) -> str:
    """A value of a metric that we may not know: times by their usual names, rates as such, else the bare number."""
    if value is None:
        return "-"
    base = metric.split("{", 1)[0]
    if base.endswith(_RATES):
        return percent(value)
    if base.startswith(("http_req_", "iteration_duration", "group_duration", "ws_", "grpc_req_duration")):
        return milliseconds(value)
    return f"{value:.4g}"


def run_name(run: RunReport) -> str:
    """The script, and which run of it: those that confirm another run have the same script."""
    return run.script if run.confirms is None else f"{run.script} (confirmation, run {run.run_id or '-'})"


def scripts(runs: Sequence[RunReport]) -> list[RunReport]:
    """One run for each script, without those that confirm another one."""
    return [run for run in runs if run.confirms is None]


def counted_runs(runs: Sequence[RunReport]) -> str:
    """The number of scripts, and of the further runs that confirm others."""
    count = len(scripts(runs))
    confirmations = len(runs) - count
    counted = "1 script" if count == 1 else f"{count} scripts"
    return f"{counted} and {confirmations} confirmation runs" if confirmations else counted


def suite_cost(runs: Sequence[RunReport]) -> str:
    """What all runs cost in VUh, beside what was estimated; empty when nothing is known."""
    costs = [run.vuh for run in runs if run.vuh is not None]
    estimates = [run.vuh_estimate for run in runs if run.vuh_estimate is not None]
    estimated = f" (estimated {sum(estimates):.4g})" if estimates else ""
    return f"{sum(costs):.4g} VUh{estimated}" if costs else ""


def threshold_mark(threshold: Threshold) -> str:
    """Met, crossed, or not evaluated."""
    return {True: "✓", False: "✗", None: "?"}[threshold.is_met]


def figure_rows(metrics: Metrics) -> list[tuple[str, str]]:
    """The figures of a run, with their names; without those that have no samples."""
    rows = [
        ("requests", count(metrics.requests), metrics.requests),
        ("requests per second", f"{metrics.requests_per_second or 0:.4g}", metrics.requests_per_second),
        ("failed requests", percent(metrics.failure_rate), metrics.failure_rate),
        ("duration p50", milliseconds(metrics.duration_p50_ms), metrics.duration_p50_ms),
        ("duration p90", milliseconds(metrics.duration_p90_ms), metrics.duration_p90_ms),
        ("duration p95", milliseconds(metrics.duration_p95_ms), metrics.duration_p95_ms),
        ("duration p99", milliseconds(metrics.duration_p99_ms), metrics.duration_p99_ms),
        ("duration max", milliseconds(metrics.duration_max_ms), metrics.duration_max_ms),
        ("VUs (max)", count(metrics.vus_max), metrics.vus_max),
        ("iterations", count(metrics.iterations), metrics.iterations),
        ("data received", size(metrics.data_received_bytes), metrics.data_received_bytes),
        ("data sent", size(metrics.data_sent_bytes), metrics.data_sent_bytes),
    ]
    return [(name, shown) for name, shown, value in rows if value is not None]
