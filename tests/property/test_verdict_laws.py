"""Laws of the verdict over all that a cloud may say: words that nobody knows, in any order, with any end."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from k6ci.cloud.models import StatusEntry, TestRun
from k6ci.errors import CredentialsError, ExitCode, OutcomeUnknownError
from k6ci.results.model import Verdict
from k6ci.results.verdict import decide
from k6ci.results.verdict_input import Policy, VerdictInput

KNOWN = ["created", "queued", "initializing", "running", "processing_metrics", "completed", "aborted"]
ODD = ["Completed", "COMPLETED", " completed", "complete", "finished", "passed", "done", "", "\u202ecompleted"]
RESULTS = [None, "passed", "failed", "error", "Passed", "PASSED", " passed", "ok", "success", "true", "", "1"]
words = st.one_of(st.sampled_from(KNOWN + ODD), st.text(max_size=12))
results = st.one_of(st.sampled_from(RESULTS), st.text(max_size=8))
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PROBLEMS = st.sampled_from([None, None, OutcomeUnknownError("Lost.", "Look."), CredentialsError("Refused.", "Renew.")])
CANCELS = st.sampled_from([None, None, ExitCode.SIGINT, ExitCode.SIGTERM, ExitCode.SIGHUP])


def run_of(statuses: list[str], result: str | None, seconds: float) -> TestRun:
    """The run as the wire would show it last, read by the same model."""
    history = [StatusEntry(type=status, entered=NOW) for status in statuses]
    body = {"id": 1, "status": statuses[-1], "result": result, "execution_duration": seconds}
    return TestRun.model_validate({**body, "status_history": [entry.model_dump() for entry in history]})


@settings(max_examples=examples(1000), deadline=None)
@given(
    statuses=st.lists(words, min_size=1, max_size=8),
    result=results,
    seconds=st.sampled_from([0.0, 1.0, 3600.0]),
    samples=st.sampled_from([True, False, None]),
    problem=PROBLEMS,
    cancelled=CANCELS,
    confirmed=st.sampled_from([None, True, False]),
    ours=st.sampled_from([True, False, None]),
    allows=st.booleans(),
    rates=st.tuples(st.sampled_from([None, 0.0, 0.5, 1.0]), st.sampled_from([None, 0.0, 0.9, 1.0])),
)
def test_no_sequence_of_statuses_is_green_without_cause(
    statuses, result, seconds, samples, problem, cancelled, confirmed, ours, allows, rates
) -> None:
    """Green is exactly completed, passed, ours, whole, measured and above the gate; whatever came before."""
    run = run_of(statuses, result, seconds)
    decision = decide(
        VerdictInput(
            problem=problem,
            cancelled_by=cancelled,
            is_stop_confirmed=confirmed,
            is_ours=ours,
            status=run.status,
            result=run.result,
            execution_seconds=run.execution_duration,
            has_samples=samples,
            checks_rate=rates[0],
        ),
        Policy(allows_no_samples=allows, min_checks_rate=rates[1]),
    )
    is_green = decision.exit_code is ExitCode.PASSED
    assert is_green == (decision.verdict is Verdict.PASSED)
    if is_green:
        assert (statuses[-1], result) == ("completed", "passed")
        assert problem is None
        assert ours is not False
        assert cancelled is None or (confirmed is None and samples is not None)
        assert samples or allows or (samples is None and seconds > 0)
        assert rates[1] is None or (rates[0] is not None and rates[0] >= rates[1])
    else:
        assert decision.reason


@given(statuses=st.lists(words, min_size=1, max_size=8), result=results)
def test_only_two_words_end_a_run(statuses, result) -> None:
    """A word that looks like an end is none: the run is watched on, up to the deadline."""
    assert run_of(statuses, result, 1.0).is_terminal == (statuses[-1] in ("completed", "aborted"))


@given(result=results, samples=st.sampled_from([True, False, None]))
def test_an_aborted_run_is_never_green(result, samples) -> None:
    """Whatever its result says, unlike in k6 before 2.0."""
    decision = decide(
        VerdictInput(status="aborted", result=result, has_samples=samples, execution_seconds=5.0), Policy()
    )
    assert decision.exit_code in (ExitCode.RUN_ENDED, ExitCode.THRESHOLDS)
