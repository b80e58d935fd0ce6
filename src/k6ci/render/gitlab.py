"""The reports that GitLab reads from files (`artifacts:reports`): annotations, metrics, dotenv, load performance.

Facts: GitLab's documentation of these reports, and its source: `Gitlab::Ci::Parsers::Metrics::Generic`, and the widget
of load performance reports, which reads four numbers. None of them may contain a secret: everyone who sees the
pipeline can read them. They are small, because GitLab fails the job if a file is too large.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from k6ci.lines import one_line
from k6ci.render.figures import is_url, scripts
from k6ci.results.model import Report, RunReport

# GitLab accepts 80 KB of annotations and 5 KB of variables.
_MAX_LINKS: Final = 100
_MAX_LABEL: Final = 200
_MAX_VALUE_CHARACTERS: Final = 1_000
# Metric -> field of Metrics. All are gauges: the figures of one run.
_GAUGES: Final = {
    "k6_http_reqs": "requests",
    "k6_http_reqs_per_second": "requests_per_second",
    "k6_http_req_failed_rate": "failure_rate",
    "k6_http_req_duration_avg_ms": "duration_avg_ms",
    "k6_http_req_duration_p50_ms": "duration_p50_ms",
    "k6_http_req_duration_p90_ms": "duration_p90_ms",
    "k6_http_req_duration_p95_ms": "duration_p95_ms",
    "k6_http_req_duration_p99_ms": "duration_p99_ms",
    "k6_http_req_duration_max_ms": "duration_max_ms",
    "k6_http_req_waiting_p90_ms": "waiting_p90_ms",
    "k6_http_req_waiting_p95_ms": "waiting_p95_ms",
    "k6_vus_max": "vus_max",
    "k6_iterations": "iterations",
    "k6_data_received_bytes": "data_received_bytes",
    "k6_data_sent_bytes": "data_sent_bytes",
}


def run_links(report: Report) -> str:
    """Links to the test runs on the page of the job."""
    label = " EMULATED" if report.is_emulated else ""
    links = [
        {"external_link": {"label": _shortened(f"{run.script}: test run {run.run_id}{label}"), "url": run.run_url}}
        for run in report.runs
        if is_url(run.run_url)
    ]
    return _json({"k6": links[:_MAX_LINKS]})


def open_metrics(report: Report) -> str:
    """The figures in the OpenMetrics format, which merge requests compare with those of the target branch."""
    lines: list[str] = []
    for name, values in _gauges(report):
        samples = [f"{name}{_labels(run, report)} {value:.6g}" for run, value in values if value is not None]
        if samples:
            lines += [f"# TYPE {name} gauge", *samples]
    return "\n".join([*lines, "# EOF", ""])


def job_outputs(report: Report, result_file: str) -> str:
    """Variables for later jobs of the pipeline; values with several parts are separated by commas."""
    charged = [run.vuh for run in report.runs if run.vuh is not None]
    values = {
        "K6CI_RUN_ID": _listed(str(run.run_id) for run in report.runs if run.run_id is not None),
        "K6CI_RUN_URL": _listed(run.run_url for run in report.runs if run.run_url and is_url(run.run_url)),
        "K6CI_RESULT": report.decision.verdict.value,
        "K6CI_EXIT_CODE": str(int(report.decision.exit_code)),
        "K6CI_RESULT_FILE": result_file,
        "K6CI_VUH": f"{sum(charged):.6g}" if charged else "",
        "K6CI_EMULATED": "true" if report.is_emulated else "false",
    }
    return "".join(f"{name}={_plain(value)}\n" for name, value in values.items())


def load_performance(report: Report) -> str:
    """The flat form of k6's `--summary-export`; of several scripts, the sums and the slowest times.

    A figure that is not known is omitted; without any check the widget would show NaN.
    """
    runs = scripts(report.runs)
    figures = [run.metrics for run in runs]
    passes, fails = _counted(runs)
    found: dict[str, dict[str, float]] = {
        "http_reqs": _known(
            count=_sum(one.requests for one in figures), rate=_sum(one.requests_per_second for one in figures)
        ),
        "http_req_waiting": _known(
            **{
                "p(90)": _max(one.waiting_p90_ms for one in figures),
                "p(95)": _max(one.waiting_p95_ms for one in figures),
            }
        ),
        "checks": _known(passes=passes, fails=fails, value=_rate(passes, fails)) if passes + fails else {},
    }
    document: dict[str, Any] = {"metrics": {name: values for name, values in found.items() if values}}
    return _json(document | ({"emulated": True} if report.is_emulated else {}))


FILES: Final[Mapping[str, tuple[str, Callable[[Report], str]]]] = {
    "annotations": ("gl-annotations.json", run_links),
    "metrics": ("gl-metrics.txt", open_metrics),
    "load_performance": ("gl-load-performance.json", load_performance),
}
"""The reports by their keyword below `artifacts:reports`: file name and renderer. `dotenv` also needs a path."""

OUTPUTS_NAME: Final = "gl-outputs.env"


def _gauges(report: Report) -> Iterator[tuple[str, list[tuple[RunReport, float | None]]]]:
    runs = scripts(report.runs)
    for name, field in _GAUGES.items():
        yield name, [(run, _finite(getattr(run.metrics, field))) for run in runs]
    yield "k6_checks_rate", [(run, _rate(*_counted([run]))) for run in runs]
    yield "k6_vuh", [(run, _finite(run.vuh)) for run in runs]


def _labels(run: RunReport, report: Report) -> str:
    """The labels of a sample. GitLab takes a `#` for a comment, wherever it is."""
    script = one_line(run.script).replace("\\", "\\\\").replace('"', '\\"').replace("#", "%23")
    emulated = ',emulated="true"' if report.is_emulated else ""
    return f'{{script="{script}"{emulated}}}'


def _listed(values: Iterable[str]) -> str:
    """As many values as GitLab accepts."""
    listed = ""
    for value in values:
        longer = f"{listed},{value}" if listed else value
        if len(longer) > _MAX_VALUE_CHARACTERS:
            break
        listed = longer
    return listed


def _plain(value: str) -> str:
    """A value without line breaks and quotes, which dotenv files of GitLab cannot have."""
    return one_line(value).replace('"', "").replace("'", "")[:_MAX_VALUE_CHARACTERS]


def _shortened(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= _MAX_LABEL else f"…{shown[-_MAX_LABEL:]}"


def _counted(runs: Iterable[RunReport]) -> tuple[int, int]:
    """How many checks passed and failed."""
    checks = [check for run in runs for check in run.checks]
    return sum(check.passes for check in checks), sum(check.fails for check in checks)


def _rate(passes: int, fails: int) -> float | None:
    return passes / (passes + fails) if passes + fails else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _known(**values: float | None) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in map(_finite, values) if value is not None]
    return sum(known) if known else None


def _max(values: Iterable[float | None]) -> float | None:
    return max((value for value in map(_finite, values) if value is not None), default=None)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
