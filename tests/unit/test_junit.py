"""junit.xml: a case for the run, each threshold and each check; failures never contradict the exit code."""

from __future__ import annotations

import dataclasses

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from junitparser.xunit2 import JUnitXml as XUnit2

from k6ci.errors import ExitCode
from k6ci.render.junit import report_junit
from k6ci.results.model import Check, Decision, Report, RunReport, Threshold, Verdict
from sample_reports import HOSTILE_TEXTS, failed_report, full_report, hostile_report, passed_report, suite_report

DECISION = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, "The script marked the test as failed.", "See the page.")


def cases(report: Report) -> dict[str, list[type]]:
    """The results of each case, by its name."""
    document = JUnitXml.fromstring(report_junit(report).encode())
    return {case.name: [type(one) for one in case.result] for suite in document for case in suite}


def run_of(decision: Decision, *parts: Threshold | Check) -> Report:
    thresholds = tuple(one for one in parts if isinstance(one, Threshold))
    checks = tuple(one for one in parts if isinstance(one, Check))
    run = RunReport("a.js", decision, thresholds=thresholds, checks=checks)
    return Report(decision, is_emulated=False, runs=(run,))


def test_thresholds_and_checks_are_cases():
    assert cases(failed_report()) == {
        "test run": [],
        "threshold: http_req_duration p(95)<300": [Failure],
        "threshold: http_req_failed rate<0.01": [],
        "threshold: checks rate>0.99": [],
        "check: status is 200": [Failure],
        "check: cart has an item": [],
    }


def test_a_run_that_passed_has_no_failing_case():
    """Not even for a check that failed now and then, or a threshold that only our computation finds crossed."""
    decision = Decision(Verdict.PASSED, ExitCode.PASSED, "Passed.")
    crossed = Threshold("m", "avg<1", 1.0, 2.0, -1.0, is_met=False)
    assert not any(cases(run_of(decision, crossed, Check("c", 5, 1))).values())
    assert not any(cases(passed_report()).values())


@pytest.mark.parametrize("verdict", Verdict)
def test_a_run_that_did_not_pass_has_a_failing_case(verdict):
    """A run without a result is an error, a skipped script is skipped."""
    decision = dataclasses.replace(DECISION, verdict=verdict)
    failures = {key: [Failure] for key in (Verdict.FAILED, Verdict.REGRESSED)}
    expected = {Verdict.PASSED: [], Verdict.SKIPPED: [Skipped], **failures}.get(verdict, [Error])
    met = Threshold("m", "avg<1", 1.0, 0.5, 0.5, is_met=True)
    unknown = Threshold("m", "avg<2", note="no data")
    found = cases(run_of(decision, met, unknown))
    assert found == {"test run": expected, "threshold: m avg<1": [], "threshold: m avg<2": [Skipped]}


def test_a_suite_of_cases_has_the_run_its_facts_and_the_summary():
    document = XUnit2.fromstring(report_junit(failed_report()).encode())
    (suite,) = document
    assert (document.tests, document.failures, document.errors) == (6, 2, 0)
    assert (suite.name, suite.timestamp, suite.time) == ("load-tests/checkout.js", "2026-11-20T10:00:00", 312.0)
    properties = {one.name: one.value for one in suite.properties()}
    assert properties["run_id"] == "123457"
    assert properties["run_url"] == "https://acme.grafana.net/a/k6-app/runs/123457"
    assert properties["exit_code"] == "99"
    assert suite.system_out.startswith("FAILED, exit code 99: Thresholds were crossed: http_req_duration p(95)<300.\n")
    assert "duration p95: 412.9 ms" in suite.system_out


def test_a_suite_has_a_suite_of_cases_per_script_and_an_emulated_one_says_so():
    assert len(JUnitXml.fromstring(report_junit(suite_report()).encode())) == 5
    text = report_junit(full_report(Verdict.ABORTED))
    assert 'name="a.js (confirmation, run 3) (EMULATED)"' in text
    assert "ABORTED (EMULATED), exit code 99" in text


def test_problems_before_the_start_are_errors():
    report = Report(DECISION, is_emulated=False, problems=(("No token.", "Set one."), ("No project.", "Name one.")))
    assert cases(report) == {"No token.": [Error], "No project.": [Error]}
    assert cases(Report(DECISION, is_emulated=False)) == {"test run": [Failure]}


def test_an_error_of_a_script_is_the_text_of_its_case():
    """Its first line is the name of the case."""
    problem = ("k6 refuses a.js:\nGoError: x\n  at a.js:1:0\x1b\n", "Fix the script.")
    document = JUnitXml.fromstring(report_junit(Report(DECISION, is_emulated=False, problems=(problem,))).encode())
    ((case,),) = document
    (error,) = case.result
    assert (case.name, error.message) == ("k6 refuses a.js:", "k6 refuses a.js: Fix the script.")
    assert error.text == "k6 refuses a.js:\nGoError: x\n  at a.js:1:0\\u001b"


def test_hostile_names_are_values_of_attributes_on_one_line():
    names = [case.name for suite in JUnitXml.fromstring(report_junit(hostile_report()).encode()) for case in suite]
    assert f"check: {HOSTILE_TEXTS[0]}" in names
    assert len(names) == len(set(names)) == 16
    assert all(name.isprintable() and len(name) <= 300 for name in names)


@pytest.mark.parametrize("created", [None, "yesterday"])
def test_a_time_that_is_none_is_omitted(created):
    run = dataclasses.replace(passed_report().runs[0], created=created)
    assert "timestamp" not in report_junit(Report(run.decision, is_emulated=False, runs=(run,)))
