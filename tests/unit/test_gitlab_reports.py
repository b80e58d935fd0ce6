"""The reports that GitLab reads, field by field as its documentation and its parsers have them."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import shlex

import anyio
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from k6ci.ci.system import System
from k6ci.platforms.local import LOCAL
from k6ci.publish import Destination, ReportFiles, publish
from k6ci.redaction import Redactor
from k6ci.render.gitlab import FILES, OUTPUTS_NAME, job_outputs, load_performance, open_metrics, run_links
from k6ci.results.model import Metrics, Report, Verdict
from k6ci.runs.interruption import Interruption
from sample_reports import failed_report, full_report, hostile_report, passed_report, suite_report

REPORTS = {
    "passed": passed_report(),
    "failed": failed_report(),
    "suite": suite_report(),
    "hostile": hostile_report(),
    "emulated": full_report(Verdict.FAILED),
    "before the start": Report(failed_report().decision, is_emulated=False),
}
LARGE = dataclasses.replace(
    suite_report(),
    runs=tuple(
        dataclasses.replace(run, script=f"load-tests/{'long' * 20}/{number}.js", run_id=123_457_000 + number)
        for number in range(200)
        for run in suite_report().runs[:1]
    ),
)
every_report = pytest.mark.parametrize("report", [*REPORTS.values(), LARGE], ids=[*REPORTS, "large"])


@every_report
def test_annotations_are_external_links_of_one_kind(report):
    text = run_links(report)
    document = json.loads(text)
    assert list(document) == ["k6"]
    for entry in document["k6"]:
        assert list(entry) == ["external_link"]
        assert set(entry["external_link"]) == {"label", "url"}
        assert entry["external_link"]["url"].startswith("https://acme.grafana.net/")
        assert "\n" not in entry["external_link"]["label"]
    assert len(text.encode()) <= 80_000
    assert len(document["k6"]) == min(100, sum(run.run_url is not None for run in report.runs))


def test_an_annotation_names_script_and_run_and_says_when_it_is_emulated():
    (link,) = json.loads(run_links(passed_report()))["k6"]
    assert link["external_link"] == {
        "label": "load-tests/checkout.js: test run 123457",
        "url": "https://acme.grafana.net/a/k6-app/runs/123457",
    }
    (link,) = json.loads(run_links(full_report(Verdict.PASSED)))["k6"]
    assert link["external_link"]["label"].endswith(" EMULATED")


def test_a_url_with_other_characters_is_no_link():
    run = dataclasses.replace(passed_report().runs[0], run_url='https://acme.grafana.net/"><script>')
    report = dataclasses.replace(passed_report(), runs=(run,))
    assert json.loads(run_links(report)) == {"k6": []}
    assert "K6CI_RUN_URL=\n" in job_outputs(report, "result.json")


@every_report
def test_metrics_are_open_metrics(report):
    """By the parser of the Prometheus client, which refuses what the format does not allow."""
    families = list(text_string_to_metric_families(open_metrics(report)))
    for family in families:
        assert family.type == "gauge"
        for sample in family.samples:
            assert re.fullmatch(r"k6_[a-z0-9_]+", sample.name)
            assert math.isfinite(sample.value)
            assert (sample.labels.get("emulated") == "true") is report.is_emulated


@every_report
def test_gitlab_reads_each_metric_once(report):
    """Its parser (Gitlab::Ci::Parsers::Metrics::Generic) drops what follows a `#`, and splits lines as a shell does."""
    text = open_metrics(report)
    words = [shlex.split(re.sub(r"#.*$", "", line)) for line in text.splitlines() if line.strip()]
    read = {line[0]: line[1] for line in words if line}
    assert len(read) == len([line for line in words if line])
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert sorted(map(float, read.values())) == sorted(sample.value for sample in samples)


def test_metrics_are_those_of_each_script():
    lines = open_metrics(suite_report()).splitlines()
    assert 'k6_http_req_duration_p95_ms{script="load-tests/cart.js"} 188' in lines
    assert 'k6_http_req_duration_p95_ms{script="load-tests/checkout.js"} 412.9' in lines
    assert not [line for line in lines if "search.js" in line and not line.startswith("k6_vuh")], "it has no figures"
    assert lines[-1] == "# EOF"


def test_runs_that_confirm_another_one_are_not_counted():
    """They are runs of the same script: sums would be three times too large, and a metric would have three values."""
    (run,) = passed_report().runs
    further = [dataclasses.replace(run, run_id=number, confirms=run.run_id) for number in (8, 9)]
    confirmed = dataclasses.replace(passed_report(), runs=(run, *further))
    assert open_metrics(confirmed) == open_metrics(passed_report())
    assert load_performance(confirmed) == load_performance(passed_report())


@every_report
def test_outputs_are_a_dotenv_file_as_gitlab_reads_it(report):
    text = job_outputs(report, "k6ci-report/result.json")
    assert len(text.encode()) <= 5_000
    lines = text.splitlines()
    assert 0 < len(lines) <= 20
    for line in lines:
        assert re.fullmatch(r"[A-Z0-9_]+=[^\n\"']*", line)
    assert f"K6CI_RESULT={report.decision.verdict}" in lines
    assert f"K6CI_EMULATED={'true' if report.is_emulated else 'false'}" in lines


def test_outputs_of_a_suite_are_separated_by_commas():
    lines = job_outputs(suite_report(), "k6ci-report/result.json").splitlines()
    assert "K6CI_RUN_ID=123457,123458,123459,123460,123461" in lines
    assert "K6CI_VUH=1.78" in lines
    assert "K6CI_EXIT_CODE=97" in lines
    assert "K6CI_RESULT_FILE=k6ci-report/result.json" in lines


def test_load_performance_has_the_numbers_that_the_widget_reads():
    run = passed_report().runs[0]
    metrics = dataclasses.replace(run.metrics, waiting_p90_ms=210.5, waiting_p95_ms=260.1)
    report = dataclasses.replace(passed_report(), runs=(dataclasses.replace(run, metrics=metrics),))
    assert json.loads(load_performance(report)) == {
        "metrics": {
            "http_reqs": {"count": 48_210, "rate": 154.5},
            "http_req_waiting": {"p(90)": 210.5, "p(95)": 260.1},
            "checks": {"passes": 64_222, "fails": 58, "value": 64_222 / 64_280},
        }
    }


@every_report
def test_load_performance_is_flat_and_has_no_figure_that_is_not_known(report):
    document = json.loads(load_performance(report))
    assert document.get("emulated", False) is report.is_emulated
    for values in document["metrics"].values():
        assert values
        assert all(isinstance(value, int | float) for value in values.values())
    checks = document["metrics"].get("checks", {"passes": 1, "fails": 0})
    assert checks["passes"] + checks["fails"] > 0, "the widget would show NaN%"


def test_load_performance_of_a_suite_has_sums_and_the_slowest_times():
    runs = [
        dataclasses.replace(run, metrics=dataclasses.replace(run.metrics, waiting_p95_ms=value))
        for run, value in zip(suite_report().runs[:3], (100.0, None, 140.0), strict=True)
    ]
    metrics = json.loads(load_performance(dataclasses.replace(suite_report(), runs=tuple(runs))))["metrics"]
    assert metrics["http_reqs"] == {"count": 3 * 48_210, "rate": 3 * 154.5}
    assert metrics["http_req_waiting"] == {"p(95)": 140.0}


def test_numbers_that_are_not_finite_are_omitted():
    metrics = Metrics(requests=math.nan, waiting_p95_ms=math.inf, duration_p95_ms=math.inf)
    report = dataclasses.replace(
        passed_report(), runs=(dataclasses.replace(passed_report().runs[0], metrics=metrics, checks=(), vuh=None),)
    )
    assert json.loads(load_performance(report)) == {"metrics": {}}
    assert open_metrics(report) == "# EOF\n"


@pytest.mark.parametrize("system", System)
def test_the_files_are_written_in_a_job_of_gitlab_only(tmp_path, system):
    platform = dataclasses.replace(LOCAL, system=system)
    destination = Destination(ReportFiles(tmp_path / "report", tmp_path, 2), platform, {})
    modules = ["gitlab_reports"]
    published = anyio.run(lambda: publish(passed_report(), destination, Redactor(), Interruption(), modules=modules))
    assert published.warnings == ()
    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    names = {name for name, _ in FILES.values()} | {OUTPUTS_NAME}
    expected = {f"{name.partition('.')[0]}-2.{name.partition('.')[2]}" for name in names}
    assert found == (expected if system is System.GITLAB else set())
    assert found <= {path.name for path in destination.files.every}
