"""Laws of the run side: names are unique and stable, marks come back whole, waits stay within their bounds."""

from __future__ import annotations

import pathlib

from hypothesis import given
from hypothesis import strategies as st

from k6ci.cloud.failures import ApiError
from k6ci.cloud.retry import RetryPolicy
from k6ci.k6.schedule import plan_of
from k6ci.results.model import Verdict
from k6ci.results.verdict import decide
from k6ci.results.verdict_input import Policy, VerdictInput
from k6ci.runs.naming import load_test_name, made_unique
from k6ci.runs.run_note import Job, RunNote, run_note_in

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
paths = st.lists(st.text("aAbB-_.", min_size=1, max_size=30), min_size=1, max_size=12).map("/".join)


@given(st.dictionaries(paths, words, min_size=1, max_size=8), st.none() | words)
def test_the_names_of_a_suite_are_unique_bounded_and_stable(scripts, leg):
    """Whatever names scripts choose for themselves, and however long their paths are."""

    def names(order):
        found = {
            script: load_test_name("acme/shop", pathlib.PurePosixPath(script), scripts[script], leg) for script in order
        }
        return made_unique(found, "acme/shop")

    first = names(scripts)
    assert len({name.casefold() for name in first.values()}) == len(scripts)
    assert all(1 <= len(name) <= 300 for name in first.values())
    assert names(reversed(list(scripts))) == first


@given(words.filter(bool), words.filter(bool), st.text("0123456789abcdef", min_size=1, max_size=36), words, words)
def test_a_mark_comes_back_whole_from_any_note(identity, attempt, key, before, after):
    """Job names hold what people type."""
    mark = RunNote(Job(identity, attempt), key)
    found = run_note_in(f"{before} {mark.text()} {after}")
    assert found is not None
    assert found == mark or "k6ci job=" in before


@given(st.integers(1, 40), st.none() | st.floats(0, 1e6), st.floats(0.1, 5), st.floats(5, 60))
def test_a_wait_is_never_longer_than_its_bound(attempt, asked, first, longest):
    """Whatever Retry-After says, and however often it failed."""
    policy = RetryPolicy(first_seconds=first, longest_seconds=longest)
    error = ApiError("asking", 503, "down", retry_after=asked)
    assert 0 <= policy.pause(attempt, error) <= longest
    assert 0 < policy.backoff(attempt) <= longest


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=8) | st.sampled_from(["5s", "1m30s", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
scenarios = st.fixed_dictionaries(
    {},
    optional={
        "executor": st.sampled_from(["ramping-vus", "constant-vus", "x"]),
        "vus": json_values,
        "duration": json_values,
        "startTime": json_values,
        "options": json_values | st.just({"browser": {"type": "chromium"}}),
        "stages": json_values | st.lists(st.fixed_dictionaries({"duration": json_values, "target": json_values})),
    },
)


@given(st.dictionaries(st.text(max_size=5), scenarios, max_size=3), json_values, json_values)
def test_a_plan_is_read_from_whatever_k6_says(found, duration, vus):
    """A future k6 may say more, or say it otherwise: what is not understood is not known, and nothing breaks."""
    plan = plan_of({"scenarios": found, "totalDuration": duration, "maxVUs": vus})
    assert plan.browser_vus >= 0
    assert plan.max_vus is None or plan.max_vus >= 0
    assert plan.planned_seconds is None or plan.planned_seconds >= 0


@given(
    st.builds(
        VerdictInput,
        status=st.sampled_from([None, "completed", "aborted", "running", "odd"]),
        result=st.sampled_from([None, "passed", "failed", "error", "odd"]),
        is_stop_confirmed=st.none() | st.booleans(),
        is_started=st.booleans(),
        halted=st.none() | st.just("a.js did not pass"),
        overdue=st.none() | st.just("It took too long"),
        has_samples=st.none() | st.booleans(),
        execution_seconds=st.sampled_from([0.0, 5.0]),
        checks_rate=st.none() | st.floats(0, 1),
    ),
    st.builds(Policy, min_checks_rate=st.none() | st.floats(0.01, 1)),
)
def test_green_is_completed_passed_measured_and_nothing_else(known, policy):
    """A skipped script never decides, and is the only other thing with the code 0."""
    decision = decide(known, policy)
    if decision.verdict is Verdict.PASSED:
        assert (known.status, known.result, known.overdue) == ("completed", "passed", None)
        assert policy.min_checks_rate is None or (known.checks_rate or 0) >= policy.min_checks_rate
    if decision.exit_code == 0:
        assert decision.verdict is Verdict.PASSED or (decision.verdict is Verdict.SKIPPED and known.halted)
