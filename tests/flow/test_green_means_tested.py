"""W2, W19, S16: green needs what iterations measured, whatever setup and teardown did; real k6 executes.

That k6 0.57 tags its samples alike is shown by test_emulator_groups.py.
"""

from __future__ import annotations

import json

import pytest

from k6ci.cloud.models import Sample
from k6ci.errors import ExitCode
from k6ci.k6.script_options import SampleTags, sample_tags_of
from k6ci.render.document import report_json
from k6ci.results.evidence import of_iterations
from k6ci.results.model import Decision, Metrics, Report, RunReport, Threshold, Verdict
from k6ci.results.queries import Queries

HEAD = """
import { check, group, sleep } from 'k6';
import { Counter, Gauge, Trend } from 'k6/metrics';
import exec from 'k6/execution';
const mine = new Counter('mine'), level = new Gauge('level'), took = new Trend('took');
export const options = { OPTIONS };
"""
BUSY = "mine.add(3); level.add(1); took.add(5); check(1, { ok: () => true }); group('setup', () => mine.add(1));"
FUNCTIONS = "export function setup() { %s }\nexport default function () { %s }\nexport function teardown() { %s }\n"
THROWS = "throw new Error('boom');"


def script(setup: str, iteration: str, teardown: str, options: str = "vus: 1, iterations: 2", more: str = "") -> str:
    return HEAD.replace("OPTIONS", options) + FUNCTIONS % (setup, iteration, teardown) + more


PROVE_NOTHING = {
    "checks in setup": script("check(1, { ok: () => true });", THROWS, ""),
    "custom counter in setup": script("mine.add(1);", THROWS, ""),
    "gauge and trend in setup": script("level.add(7); took.add(1);", THROWS, ""),
    "all of it in teardown": script("", THROWS, BUSY),
    "groups in setup": script(
        "group('a', () => group('b', () => { mine.add(1); check(1, { ok: () => true }); }));", THROWS, ""
    ),
    "both, and a summary": script(BUSY, THROWS, BUSY, more="export function handleSummary() { return {}; }"),
    "a scenario of its own": script(
        BUSY, THROWS, BUSY, "scenarios: { load: { executor: 'per-vu-iterations', vus: 2, iterations: 1 } }"
    ),
    "no tag of the scenario": script(BUSY, THROWS, "", "vus: 1, iterations: 1, systemTags: ['group', 'check']"),
    "no tag of the group": script(BUSY, THROWS, "", "vus: 1, iterations: 1, systemTags: ['scenario', 'check']"),
    "a tag of the script's own": script(BUSY, THROWS, "", "vus: 1, iterations: 1, tags: { scenario: 'default' }"),
}
PROVE = {
    "only a custom metric": script("", "mine.add(1);", ""),
    "a group named setup": script("", "group('setup', () => mine.add(1));", ""),
    "a group named teardown": script(BUSY, "group('teardown', () => check(1, { ok: () => true }));", BUSY),
    "a gauge of zero": script("", "level.add(0);", ""),
    "one iteration of two": script(
        "", "if (exec.scenario.iterationInTest === 0) mine.add(1); else throw new Error('x');", ""
    ),
    "a scenario tag of its own": script(
        BUSY, "exec.vu.metrics.tags.scenario = 'mine'; check(1, { ok: () => true }); mine.add(1);", BUSY
    ),
    "no tag of the scenario": script(BUSY, "mine.add(1);", "", "vus: 1, iterations: 1, systemTags: ['group', 'check']"),
    "no tag of the group": script(BUSY, "mine.add(1);", "", "vus: 1, iterations: 1, systemTags: ['scenario', 'check']"),
}


@pytest.mark.parametrize("name", PROVE_NOTHING)
def test_w2_what_setup_and_teardown_measure_is_not_green(k6ci, shared_emulator, name):
    """97, with the reason; the cloud itself says passed."""
    k6ci.write(a=PROVE_NOTHING[name])
    told = k6ci("run", "a.js", on=shared_emulator)
    assert told.code == 97, told.text
    assert "iterations recorded no metrics" in told.run["reason"]
    assert (told.run["status"], told.run["result"]) == ("completed", "passed")


@pytest.mark.parametrize("name", PROVE)
def test_w2_what_one_iteration_measures_is_enough(k6ci, shared_emulator, name):
    """No false red: whatever metric and group."""
    k6ci.write(a=PROVE[name])
    told = k6ci("run", "a.js", on=shared_emulator)
    assert told.code == 0, told.text


def test_w2_without_both_tags_it_passes_with_a_warning(k6ci, shared_emulator):
    """It cannot be told: promise 1's fallback."""
    k6ci.write(a=script(BUSY, "mine.add(1);", "", "vus: 1, iterations: 1, systemTags: ['check']"))
    told = k6ci("run", "a.js", on=shared_emulator)
    assert told.code == 0, told.text
    assert "Could not confirm that any metrics were recorded." in told.run["warnings"]


@pytest.mark.parametrize(
    ("iteration", "code", "said"),
    [
        (THROWS, 97, "iterations recorded no metrics"),
        ("mine.add(1);", 97, "no check was counted"),
        ("check(1, { own: () => exec.scenario.iterationInTest === 0 });", 99, "Only 50% of the iterations' checks"),
        ("check(1, { ok: () => true });", 0, "passed"),
    ],
)
def test_w2_the_gate_on_checks_counts_those_of_iterations(k6ci, shared_emulator, iteration, code, said):
    """Ninety passing checks of setup are no load."""
    setup = "for (let i = 0; i < 90; i++) check(1, { ok: () => true });"
    k6ci.write(a=script(setup, iteration, ""))
    told = k6ci("run", "a.js", "--min-checks-rate", "90%", on=shared_emulator)
    assert told.code == code, told.text
    assert said in told.run["reason"]


ROWS = [
    Sample(metric={"scenario": scenario, "group": group}, values=[(0, 1)])
    for scenario in ("", "default", "tagged by hand")
    for group in ("", "::setup", "::setup::x", "::setupx", "::a")
]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (
            SampleTags(("default",), has_groups=True),
            [
                *(("default", one) for one in ("", "::setup", "::setup::x", "::setupx", "::a")),
                *(("tagged by hand", one) for one in ("", "::setupx", "::a")),
            ],
        ),
        (
            SampleTags(None, has_groups=True),
            [(one, two) for one in ("", "default", "tagged by hand") for two in ("", "::setupx", "::a")],
        ),
        (SampleTags(("other",), has_groups=False), []),
        (SampleTags(None, has_groups=False), [(row.label("scenario"), row.label("group")) for row in ROWS]),
    ],
)
def test_w2_sample_tags(tags, expected):
    """Each combination of tags."""
    assert [(row.label("scenario"), row.label("group")) for row in of_iterations(ROWS, tags)] == expected


def test_w2_a_cloud_without_scenarios_is_judged_by_groups():
    """Labels that it does not know are absent."""
    rows = [Sample(metric={"group": group}, values=[(0, 1)]) for group in ("::setup", "")]
    assert of_iterations(rows, sample_tags_of({})) == rows[1:]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("vus: 1, iterations: 1", "The script marked the test as failed (it has no thresholds)"),
        (
            "vus: 1, iterations: 1, thresholds: { mine: ['count>0'] }",
            "The script marked the test as failed (every threshold is met",
        ),
        ("vus: 1, iterations: 1, thresholds: { mine: ['count>5'] }", "Thresholds were crossed"),
    ],
)
def test_w19_a_test_that_the_script_fails_does_not_blame_thresholds(k6ci, shared_emulator, options, said):
    """`exec.test.fail()`: 99 as for every failed result, with its own reason."""
    k6ci.write(a=script("", "mine.add(1); exec.test.fail('by hand');", "", options))
    told = k6ci("run", "a.js", on=shared_emulator)
    assert told.code == 99, told.text
    assert told.run["reason"].startswith(said)


def test_w19_a_test_that_the_script_aborts_says_its_reason(k6ci, shared_emulator):
    """The words that the script gave."""
    k6ci.write(a=script("", "mine.add(1); exec.test.abort('the shop is closed');", ""))
    told = k6ci("run", "a.js", on=shared_emulator)
    assert told.code == 97, told.text
    assert "the shop is closed" in told.run["reason"]


def test_w19_requests_that_all_fail_are_a_warning_beside_the_verdict(k6ci, shared_emulator):
    """Without a threshold k6 passes; a reader should know."""
    address = f"{shared_emulator.emulator.api_url}/no/such/page"
    text = script("", f"http.get('{address}');", "").replace("import exec", "import http from 'k6/http';\nimport exec")
    k6ci.write(a=text)
    told = k6ci("run", "a.js", on=shared_emulator)
    assert told.code == 0, told.text
    assert any("Every HTTP request failed" in warning for warning in told.run["warnings"])


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_s16_figures_that_are_not_finite_are_null(value):
    """result.json is JSON whatever was computed."""
    run = RunReport(
        "a.js",
        Decision(Verdict.PASSED, ExitCode.PASSED, "x"),
        vuh=value,
        metrics=Metrics(requests=value),
        thresholds=(Threshold("m", "count<1", limit=value, value=value, distance=value),),
    )

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads(report_json(Report(run.decision, is_emulated=False, runs=(run,))), parse_constant=refuse)
    assert found["runs"][0]["metrics"]["requests"] is None
    assert found["runs"][0]["thresholds"][0]["limit"] is None


def test_s16_a_figure_below_zero_is_null_with_a_warning():
    """Counts, rates and times never are, and the schema of result.json says so."""
    queries = Queries(None, 7)
    queries.answers["http_reqs", "increase"] = [Sample(values=[(0, -1)])]
    queries.answers["http_reqs", "rate"] = [Sample(values=[(0, 0)])]
    assert (queries.figure("http_reqs", "increase"), queries.figure("http_reqs", "rate")) == (None, 0)
    assert queries.problems == ["http_reqs (increase) is below zero"]


@pytest.mark.parametrize("said", ["NaN", "+Inf", "-Infinity", "1e999", 1e300])
def test_s16_a_sample_that_is_no_number_is_none_and_odd(said):
    """v5 may send texts."""
    sample = Sample.model_validate({"metric": {}, "values": [[1, said]]})
    assert sample.value is None
    assert sample.is_odd
