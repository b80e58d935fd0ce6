"""Reports for tests and screenshots: passed, failed, a suite of five, hostile names, and one with every field."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

from k6ci.errors import ExitCode
from k6ci.results.comparison import Baseline, Comparison, ComparisonOutcome, MetricComparison
from k6ci.results.model import (
    MAX_STEPS,
    Check,
    Decision,
    Endpoint,
    Group,
    Metrics,
    Report,
    RunReport,
    StatusChange,
    Threshold,
    TimeSeries,
    Verdict,
)

PASSED: Final = Decision(Verdict.PASSED, ExitCode.PASSED, "The run completed and met all its thresholds.")
CROSSED: Final = Decision(
    Verdict.FAILED,
    ExitCode.THRESHOLDS,
    "Thresholds were crossed: http_req_duration p(95)<300.",
    "Compare the run with earlier runs of the test, or change the threshold.",
)
ABORTED: Final = Decision(
    Verdict.ABORTED, ExitCode.RUN_ENDED, "The run was aborted by a user: jo@acme.example.", "Start it again."
)


def time_series(steps: int = 104, *, p95: float = 231.4, cpu: tuple[float | None, ...] = ()) -> TimeSeries:
    """Ramps up, stays, ramps down; the durations rise with the load, with one gap of two steps."""
    load = [min(1.0, 4 * step / steps, 4 * (steps - step) / steps) for step in range(steps)]
    gap = range(steps // 2, steps // 2 + 2)

    def line(base: float, slope: float, wave: float) -> tuple[float | None, ...]:
        return tuple(
            None if step in gap else round(base + slope * part + wave * math.sin(step / 3), 4)
            for step, part in enumerate(load)
        )

    return TimeSeries(
        "2026-11-20T10:00:05+00:00",
        3,
        vus=tuple(round(50 * part, 1) for part in load),
        requests_per_second=line(20, 160, 5),
        duration_p50_ms=line(60, 40, 4),
        duration_p95_ms=line(p95 * 0.6, p95 * 0.4, 14),
        failure_rate=tuple(0.012 if step % 17 == 5 else 0.0 for step in range(steps)),
        generator_cpu_percent=cpu,
    )


ENDPOINTS: Final = (
    Endpoint("https://shop.example/api/checkout", "POST", 4_020.0, 51.0, 612.4),
    Endpoint("https://shop.example/api/cart/${id}", "GET", 12_060.0, 7.0, 188.2),
    Endpoint("https://shop.example/products", "GET", 32_130.0, 0.0, 97.5),
)
GROUPS: Final = (
    Group("::browse", 16_070.0, 402.1),
    Group("::browse::details", 16_070.0, 121.0),
    Group("::buy", 4_020.0, 890.0),
)


COMPARISON: Final = Comparison(
    ComparisonOutcome.REGRESSED,
    "main",
    tuple(range(123440, 123452)),
    (
        MetricComparison(
            "p95",
            412.3,
            (298.0, 305.5, 291.2, 301.9, 310.4, 297.3, 302.2, 299.1, 308.8, 294.6, 303.7, 300.3),
            300.95,
            0.018,
            0.37,
            ComparisonOutcome.REGRESSED,
            331.0,
            0.15,
        ),
        MetricComparison("failed requests", 0.0012, (0.001,) * 12, 0.001, None, 0.0002, ComparisonOutcome.OK, 0.006),
        MetricComparison("throughput", 154.5, (155.0,) * 12, 155.0, 0.004, -0.003, ComparisonOutcome.OK, 139.5),
    ),
    (
        MetricComparison(
            "POST https://shop.example/api/checkout", 612.4, (600.1,) * 12, 600.1, 0.004, 0.02, ComparisonOutcome.OK
        ),
    ),
    Baseline(123401, "2026-11-01T10:00:00+00:00", 288.0, 0.001, 156.0),
    (123458, 123459),
    (
        "12 comparable runs, spread 1.8 %: this comparison sees a slowdown of 15 % or more in 95 of 100 cases.",
        "Not compared: 2 runs with other options.",
    ),
)


def _run(
    script: str, decision: Decision = PASSED, *, run_id: int = 123457, p95: float = 231.4, vuh: float = 0.42
) -> RunReport:
    is_met = p95 < 300
    return RunReport(
        script,
        decision,
        load_test_name=f"acme/shop/{script}",
        load_test_id=77,
        project_id=3601,
        run_id=run_id,
        run_url=f"https://acme.grafana.net/a/k6-app/runs/{run_id}",
        status="completed",
        result="passed" if is_met else "failed",
        created="2026-11-20T10:00:00+00:00",
        ended="2026-11-20T10:05:12+00:00",
        execution_seconds=312.0,
        vuh_estimate=0.45,
        vuh=vuh,
        metrics=Metrics(
            requests=48_210.0,
            requests_per_second=154.5,
            failure_rate=0.0012,
            duration_avg_ms=112.0,
            duration_p50_ms=98.3,
            duration_p90_ms=187.2,
            duration_p95_ms=p95,
            duration_p99_ms=p95 * 1.7,
            duration_max_ms=1804.0,
            vus_max=50.0,
            iterations=16_070.0,
            data_received_bytes=84_400_000.0,
            data_sent_bytes=5_130_000.0,
        ),
        time_series=time_series(p95=p95),
        endpoints=ENDPOINTS,
        groups=GROUPS,
        checks=(Check("status is 200", 48_152, 58), Check("cart has an item", 16_070, 0)),
        thresholds=(
            Threshold("http_req_duration", "p(95)<300", 300.0, p95, 300.0 - p95, is_met=is_met),
            Threshold("http_req_failed", "rate<0.01", 0.01, 0.0012, 0.0088, is_met=True),
            Threshold("checks", "rate>0.99", 0.99, 0.9991, 0.0091, is_met=True),
        ),
    )


def passed_report() -> Report:
    """One run that passed."""
    return Report(PASSED, is_emulated=False, runs=(_run("load-tests/checkout.js"),))


def failed_report() -> Report:
    """One run that crossed a threshold."""
    return Report(CROSSED, is_emulated=False, runs=(_run("load-tests/checkout.js", CROSSED, p95=412.9),))


def suite_report() -> Report:
    """Five scripts: three passed, one crossed a threshold, one was aborted."""
    runs = (
        _run("load-tests/browse.js", run_id=123457),
        _run("load-tests/cart.js", run_id=123458, p95=188.0),
        _run("load-tests/checkout.js", CROSSED, run_id=123459, p95=412.9),
        _run("load-tests/login.js", run_id=123460, p95=95.1, vuh=0.1),
        dataclasses.replace(
            _run("load-tests/search.js", ABORTED, run_id=123461),
            status="aborted",
            result="error",
            thresholds=(Threshold("http_req_duration", "p(95)<300", 300.0, note="no data"),),
            metrics=Metrics(),
            checks=(),
            time_series=None,
            endpoints=(),
            groups=(),
        ),
    )
    decision = dataclasses.replace(ABORTED, reason="2 of 5 scripts did not pass: load-tests/checkout.js and 1 more.")
    return Report(decision, is_emulated=False, runs=runs)


HOSTILE_TEXTS: Final = (
    "<img src=x onerror=alert(1)><h1>PASSED</h1>",
    "a | b | c",
    "# PASSED\n\n## k6 load test: passed",
    "[all green](https://evil.example/) ![x](https://evil.example/x.png)",
    "ask @acme/admins about #1, GH-2 and www.evil.example",
    "::error file=a.js::forged\n::add-mask::a\n##[error]forged",
    "`code` ~~s~~ **b** _i_ $x$ \\ ```",
    "\x1b[2J\x1b[31mred\u202egnp.sj\u200b\x00\x07",
    "-->\n<script>alert(1)</script>\n<details open><summary>x",
    "x" * 400,
)


def hostile_report() -> Report:
    """A run whose script, checks, thresholds and messages try to break out of the report."""
    decision = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, f"Crossed: {HOSTILE_TEXTS[0]}", HOSTILE_TEXTS[3])
    run = dataclasses.replace(
        _run(HOSTILE_TEXTS[2], decision, p95=412.9),
        load_test_name=HOSTILE_TEXTS[4],
        status=HOSTILE_TEXTS[1],
        checks=tuple(Check(text, 1, 1) for text in HOSTILE_TEXTS),
        endpoints=tuple(Endpoint(text, text, 3.0, 1.0, 20.0) for text in HOSTILE_TEXTS),
        groups=tuple(Group(text, 3.0, 20.0) for text in HOSTILE_TEXTS),
        thresholds=tuple(Threshold(text, text, 1.0, 2.0, -1.0, is_met=False) for text in HOSTILE_TEXTS[:5]),
        warnings=HOSTILE_TEXTS,
    )
    return Report(decision, is_emulated=False, runs=(run,), warnings=HOSTILE_TEXTS[5:8])


def full_report(verdict: Verdict) -> Report:
    """A report with something in every field."""
    decision = Decision(verdict, ExitCode.THRESHOLDS, "Because.", "Do.")
    run = RunReport(
        "a.js",
        decision,
        load_test_name="acme/shop/a.js",
        load_test_id=1,
        project_id=2,
        run_id=3,
        run_url="https://acme.grafana.net/a/k6-app/runs/3",
        status="completed",
        result="failed",
        result_details="code 8016",
        history=(StatusChange("aborted", "2026-01-01T00:00:00+00:00", "by hand", "a@b.example", 5),),
        created="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:00:09+00:00",
        execution_seconds=8.0,
        vuh_estimate=0.5,
        vuh=0.4,
        started_by="a@b.example",
        metrics=Metrics(requests=5.0, duration_p95_ms=3.5),
        checks=(Check("ok", 4, 1),),
        thresholds=(Threshold("m", "avg<1", 1.0, 2.0, -1.0, is_met=False), Threshold("m", "x", note="no data")),
        time_series=time_series(MAX_STEPS, cpu=(95.0, None)),
        endpoints=ENDPOINTS,
        groups=GROUPS,
        comparison=COMPARISON,
        confirms=2,
        warnings=("w",),
    )
    return Report(decision, True, (run, RunReport("b.js", decision)), ("w",), (("cause", "remedy"),))
