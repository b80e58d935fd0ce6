"""The verdict table, a test per row, and that nothing unknown is ever green."""

from __future__ import annotations

import itertools

import pytest

from k6ci.errors import SEVERITY, CredentialsError, ExitCode, OutcomeUnknownError, most_severe
from k6ci.results.model import Decision, Verdict
from k6ci.results.verdict import decide
from k6ci.results.verdict_input import Policy, VerdictInput

PASSED = {"status": "completed", "result": "passed", "execution_seconds": 5.0}
LOST = OutcomeUnknownError("Contact was lost.", "Look at the page.")
REFUSED = CredentialsError("The token was refused.", "Make a new one.")

ROWS = [
    # what is known of the run -> verdict, exit code, words of the reason
    ({**PASSED, "has_samples": True}, "passed", 0, "completed and its result is passed"),
    ({**PASSED, "has_samples": False}, "error", 97, "recorded no metrics"),
    ({**PASSED, "has_samples": False, "policy": Policy(allows_no_samples=True)}, "passed", 0, "is passed"),
    ({**PASSED, "has_samples": None}, "passed", 0, "is passed"),
    ({**PASSED, "has_samples": None, "execution_seconds": 0}, "error", 97, "with an execution time of zero"),
    ({"status": "completed", "result": "failed", "has_samples": True}, "failed", 99, "Thresholds were crossed"),
    ({"status": "aborted", "result": "failed"}, "failed", 99, "Thresholds were crossed"),
    ({"status": "completed", "result": "error", "details": "code 8016"}, "error", 97, "with an error: code 8016"),
    ({"status": "completed", "result": None}, "unknown", 97, "no result in time"),
    ({"status": "completed", "result": "splendid"}, "unknown", 97, "'splendid'"),
    ({"status": "vanished", "result": "passed"}, "unknown", 97, "'vanished'"),
    ({"status": "running", "result": "passed"}, "unknown", 97, "'running'"),
    ({"status": None, "result": None}, "unknown", 97, "None"),
    ({"status": "aborted", "result": "error", "details": "by a@b.example"}, "aborted", 97, "aborted: by a@b.example"),
    ({"status": "aborted", "result": None}, "aborted", 97, "no reason given"),
    ({"status": "aborted", "result": "passed"}, "aborted", 97, "aborted"),
    (
        {"overdue": "It took too long", "is_stop_confirmed": True, "status": "aborted"},
        "aborted",
        97,
        "took too long; it was stopped",
    ),
    ({"overdue": "It took too long", "is_stop_confirmed": False}, "unknown", 98, "may still be running"),
    ({**PASSED, "is_ours": False, "is_stop_confirmed": True}, "aborted", 97, "another job's script"),
    ({"is_ours": False, "is_stop_confirmed": False}, "unknown", 98, "another job's script"),
    ({**PASSED, "is_ours": None, "has_samples": True}, "passed", 0, "is passed"),
    ({"problem": LOST}, "unknown", 98, "Contact was lost"),
    ({"problem": LOST, "is_stop_confirmed": False}, "unknown", 98, "Contact was lost"),
    ({"problem": LOST, "is_stop_confirmed": True, "status": "aborted"}, "aborted", 97, "Afterwards it was stopped."),
    (
        {"problem": LOST, "is_stop_confirmed": True},
        "aborted",
        97,
        "Afterwards the cloud accepted the request to stop it.",
    ),
    ({"overdue": "It took too long", "is_stop_confirmed": True, "status": "running"}, "unknown", 98, "did not confirm"),
    (
        {"problem": LOST, "is_stop_confirmed": True, "cancelled_by": ExitCode.SIGINT},
        "cancelled",
        130,
        "the cloud accepted",
    ),
    ({"problem": REFUSED, "is_stop_confirmed": True}, "error", 11, "The token was refused"),
    ({"problem": REFUSED, **PASSED, "has_samples": True}, "error", 11, "The token was refused"),
    ({"cancelled_by": ExitCode.SIGINT, "is_started": False}, "cancelled", 130, "before a test run was started"),
    (
        {"cancelled_by": ExitCode.SIGTERM, "is_stop_confirmed": True, "status": "aborted"},
        "cancelled",
        143,
        "was stopped",
    ),
    ({"cancelled_by": ExitCode.SIGHUP, "is_stop_confirmed": True}, "cancelled", 129, "request to stop the test run"),
    ({"cancelled_by": ExitCode.SIGTERM, "is_stop_confirmed": False}, "unknown", 98, "may still be running"),
    ({"cancelled_by": ExitCode.SIGINT, **PASSED, "has_samples": True}, "passed", 0, "is passed"),
    ({"cancelled_by": ExitCode.SIGINT, **PASSED}, "cancelled", 130, "had ended (status completed, result passed)"),
    ({"halted": "b.js failed", "is_started": False}, "skipped", 0, "Not run, because b.js failed"),
    ({"halted": "b.js failed", "is_stop_confirmed": True}, "skipped", 0, "Stopped, because b.js failed"),
    ({"halted": "b.js failed", "is_stop_confirmed": False}, "unknown", 98, "may still be running"),
    ({"halted": "b.js failed", **PASSED, "has_samples": True}, "passed", 0, "is passed"),
    (
        {**PASSED, "has_samples": True, "checks_rate": 0.9, "policy": Policy(min_checks_rate=0.95)},
        "failed",
        99,
        "Only 90% of the iterations' checks passed; min-checks-rate requires 95%",
    ),
    (
        {**PASSED, "has_samples": True, "checks_rate": 0.95, "policy": Policy(min_checks_rate=0.95)},
        "passed",
        0,
        "is passed",
    ),
    ({**PASSED, "has_samples": True, "policy": Policy(min_checks_rate=0.95)}, "error", 97, "no check was counted"),
]


def decided(policy: Policy | None = None, **known) -> Decision:
    return decide(VerdictInput(**known), policy or Policy())


@pytest.mark.parametrize(("known", "verdict", "code", "words"), ROWS)
def test_each_row_of_the_table(known, verdict, code, words):
    """One fact pattern, one word, one code, one reason."""
    decision = decided(**known)
    assert (decision.verdict.value, int(decision.exit_code)) == (verdict, code)
    assert words in decision.reason


def test_green_needs_completed_passed_and_measured():
    """Promise 1 over every combination of what the wire may say."""
    statuses = [None, "created", "running", "processing_metrics", "completed", "aborted", "COMPLETED", "done", ""]
    results = [None, "passed", "failed", "error", "PASSED", "ok", ""]
    for status, result, samples, seconds in itertools.product(statuses, results, [True, False, None], [0.0, 5.0]):
        decision = decided(status=status, result=result, has_samples=samples, execution_seconds=seconds)
        is_green = decision.exit_code is ExitCode.PASSED
        measured = samples is True or (samples is None and seconds > 0)
        assert is_green == (status == "completed" and result == "passed" and measured)
        assert is_green == (decision.verdict is Verdict.PASSED)


def test_every_decision_that_is_not_green_says_what_to_do_or_was_wanted():
    """Promise 4: a cause and a remedy."""
    for known, verdict, *_ in ROWS:
        decision = decided(**known)
        assert decision.remedy or verdict in ("passed", "cancelled", "skipped")


def test_the_order_of_severity_names_every_code_once():
    """A suite needs a total order."""
    assert sorted(SEVERITY) == sorted(ExitCode)
    assert most_severe([]) is ExitCode.PASSED
    assert most_severe([ExitCode.PASSED, ExitCode.THRESHOLDS, ExitCode.UNKNOWN]) is ExitCode.UNKNOWN
    assert most_severe([ExitCode.THRESHOLDS, ExitCode.QUOTA]) is ExitCode.QUOTA


@pytest.mark.parametrize(
    ("changes", "policy", "expected"),
    [
        ({"regression": "Slower"}, Policy(fails_on_regression=True), (Verdict.REGRESSED, ExitCode.REGRESSION)),
        ({"regression": "Slower"}, Policy(), (Verdict.PASSED, ExitCode.PASSED)),
        ({}, Policy(fails_on_regression=True), (Verdict.PASSED, ExitCode.PASSED)),
        (
            {"regression": "Slower", "result": "failed"},
            Policy(fails_on_regression=True),
            (Verdict.FAILED, ExitCode.THRESHOLDS),
        ),
        (
            {"regression": "Slower", "checks_rate": 0.5},
            Policy(min_checks_rate=0.9, fails_on_regression=True),
            (Verdict.FAILED, ExitCode.THRESHOLDS),
        ),
    ],
)
def test_a_regression_fails_only_a_run_that_passed_otherwise(changes, policy, expected):
    known = {"status": "completed", "result": "passed", "has_samples": True, **changes}
    decision = decide(VerdictInput(**known), policy)
    assert (decision.verdict, decision.exit_code) == expected
