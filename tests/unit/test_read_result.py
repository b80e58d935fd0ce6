"""A result.json is read back as it was written; what k6ci does not write is refused, with the reason."""

from __future__ import annotations

import dataclasses
import json
import time

import pytest

from k6ci.render.document import report_json
from k6ci.results.model import MAX_STEPS, Verdict
from k6ci.results.read import MAX_BYTES, read_report
from sample_reports import failed_report, full_report, hostile_report, passed_report, suite_report, time_series

SAMPLES = (passed_report, failed_report, suite_report, hostile_report)
ABSENT = object()


def document(**changes):
    """A document with changes at its keys, or at `run.KEY`."""
    made = json.loads(report_json(failed_report()))
    for key, value in changes.items():
        place = made["runs"][0] if key.startswith("run_") else made
        place[key.removeprefix("run_")] = value
    return json.dumps(made).encode()


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_report_is_read_as_it_was_written(sample):
    assert read_report(report_json(sample()).encode()) == sample()


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.PASSED])
def test_every_field_is_read(verdict):
    assert read_report(report_json(full_report(verdict)).encode()) == full_report(verdict)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema_version": 3}, "its schema_version is 3, not 1 or 2"),
        ({"schema_version": True}, "it has no schema_version"),
        ({"schema_version": "1"}, "it has no schema_version"),
        ({"verdict": "green"}, "verdict: Input should be 'passed', 'failed'"),
        ({"verdict": "passed"}, "verdict passed and exit_code 99 do not fit together"),
        ({"exit_code": 0}, "verdict failed and exit_code 0 do not fit together"),
        ({"exit_code": 42}, "exit_code: "),
        ({"reason": 7}, "reason: Input should be a valid string"),
        ({"emulated": "no"}, "emulated: Input should be a valid boolean"),
        ({"runs": {}}, "runs: Input should be a valid array"),
        ({"runs": [7]}, "runs.0: Input should be"),
        ({"runs": [[]]}, "runs.0: Input should be"),
        ({"problems": ["x"]}, "problems.0: Input should be a valid array"),
        ({"problems": [{"cause": "x"}]}, "problems.0.1: Input should be a valid string"),
        ({"run_run_id": "7"}, "runs.0.run_id: Input should be a valid integer"),
        ({"run_run_id": True}, "runs.0.run_id: Input should be a valid integer"),
        ({"run_exit_code": 0}, "verdict failed and exit_code 0 do not fit together"),
        ({"run_vuh": 1e400}, "it contains a number that is too large"),
        ({"run_checks": [{"name": "x", "passes": 1.5, "fails": 0}]}, "runs.0.checks.0.passes: "),
        ({"run_time_series": {"start": None, "step_seconds": 0}}, "runs.0.time_series: "),
        ({"run_time_series": {"start": None, "step_seconds": 1, "vus": [0.5] * 121}}, "runs.0.time_series: "),
        ({"run_time_series": {"start": None, "step_seconds": 1, "vus": ["x"]}}, "runs.0.time_series.vus.0: "),
        ({"run_thresholds": None}, "runs.0.thresholds: Input should be a valid array"),
        ({"run_script": None}, "runs.0.script: Input should be a valid string"),
    ],
    ids=repr,
)
def test_what_k6ci_does_not_write_is_refused(changes, reason):
    with pytest.raises(ValueError, match=r"^") as caught:
        read_report(document(**changes))
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"[1]", "it has no schema_version"),
        (b"{}", "it has no schema_version"),
        (b"[" * 1000, "too deeply nested"),
        (b"[" + b"1," * 600_000 + b"1]", "too many items"),
        (b'{"a": 1, "a": 2}', "duplicate key in an object"),
        (b" " * (MAX_BYTES + 1), "it is larger than 10 MiB"),
    ],
    ids=range(8),
)
def test_hostile_documents_are_refused(data, reason):
    with pytest.raises(ValueError, match=reason):
        read_report(data)


def test_unknown_keys_are_ignored():
    assert read_report(document(decision={"verdict": "passed"}, more=[1], run_more="<b>")) == failed_report()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://acme.grafana.net/runs/3",
        "https://evil.example/?x=.grafana.net/",
        "https://grafana.net.evil.example/",
        "https://acme.grafana.net@evil.example/",
        "https://acme.grafana.net:8443/x",
        "https://acme.grafana.net\\.evil.example/",
        "https://evilgrafana.net/",
        "https://acme.grafana.net/a b",
        "https://acme.grafana.net/\n::error::",
    ],
)
def test_only_links_to_grafana_cloud_are_kept(url):
    (run,) = read_report(document(run_run_url=url)).runs
    assert run.run_url is None
    assert run.warnings == ("The link to the test run was omitted: it does not point to Grafana Cloud.",)


def test_a_large_document_is_read_in_seconds():
    """The limits of size and items also limit the time."""
    checks = [{"name": "x" * 20, "passes": 1, "fails": 0}] * 30_000
    started = time.thread_time()
    assert len(read_report(document(run_checks=checks)).runs[0].checks) == 30_000
    assert time.thread_time() - started < 20


def test_the_report_of_200_scripts_is_read_back():
    """Each with as many steps of time as a report has."""
    run = dataclasses.replace(passed_report().runs[0], time_series=time_series(MAX_STEPS, cpu=(50.0,) * MAX_STEPS))
    runs = tuple(dataclasses.replace(run, script=f"{number}.js") for number in range(200))
    report = dataclasses.replace(passed_report(), runs=runs)
    assert read_report(report_json(report).encode()) == report
