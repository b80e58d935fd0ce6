"""What GitHub's API refuses, or does not answer: no request is made twice, and failures are warnings."""

from __future__ import annotations

import threading
import time

import pytest

from api_stand_in import Fault
from github_api import User
from github_deliveries import BOTH, bodies, check_runs, deliver, left_open, report
from k6ci import publish
from k6ci.publish import check_run, pull_request_comment
from k6ci.publish.delivery import Delivery
from k6ci.results.model import Verdict

pytestmark = pytest.mark.unmeasured


PERMISSIONS = "Add `checks: write` and `pull-requests: write` to the permissions of the job"


@pytest.mark.parametrize("has_effect", [True, False])
@pytest.mark.parametrize("fault", [{"status": 502}, {"is_cut": True}], ids=["502", "cut"])
def test_a_post_without_a_usable_answer_is_not_made_twice(github, at, fault, has_effect):
    github.faults = [Fault("POST", "/(comments|check-runs)$", times=2, has_effect=has_effect, **fault)]
    github.faults = [
        Fault("POST", path, times=1, has_effect=has_effect, **fault) for path in ("/comments$", "/check-runs$")
    ]
    assert deliver(at()) == publish.Published(report())
    assert len(bodies(github)) == 1
    assert check_runs(github) == [("completed", "success")]


def test_transient_failures_of_other_requests_are_retried(github, at):
    github.faults = [Fault(method, "", status=503, times=2) for method in ("GET", "PATCH")]
    for verdict in (Verdict.PASSED, Verdict.FAILED):
        assert deliver(at(), report(verdict)).warnings == ()
    assert len(bodies(github)) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_permission_is_one_notice(github, at, tmp_path, status):
    github.faults = [Fault("POST", "", status=status, message="Resource not accessible by integration")]
    published = deliver(at())
    assert published.warnings == ()
    (notice,) = published.notices
    assert notice.startswith(
        f"{BOTH}: GitHub refused it (HTTP {status}: Resource not accessible by integration). {PERMISSIONS}"
    )
    assert left_open(tmp_path) == "", "the last step has nothing to do"


def test_a_missing_permission_is_a_warning_for_what_was_asked_for(github, at):
    token = github.add_user(User("github-actions[bot]", writes=frozenset({"checks"})))
    options = {"requested": frozenset({"comment"})}
    published = deliver(at(K6CI_GITHUB_TOKEN=token, options=options))
    (warning,) = published.warnings
    assert published.notices == ()
    assert "the pull request comment could not be written" in warning
    assert "Add `pull-requests: write` to the permissions of the job" in warning
    assert check_runs(github) == [("completed", "success")]


def test_a_fork_with_a_token_that_may_only_read_is_a_notice(github, at):
    token = github.add_user(User("github-actions[bot]", writes=frozenset()))
    options = {"requested": frozenset({"comment", "check-run"})}
    published = deliver(at(payload={"is_fork": True}, K6CI_GITHUB_TOKEN=token, options=options))
    assert published.warnings == ()
    assert published.notices == (f"{BOTH}: the token of a pull request from a fork may only read.",)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 401, "message": "Bad credentials"}, "GitHub refused the token (HTTP 401)"),
        (
            {"status": 403, "message": "API rate limit exceeded for installation"},
            "GitHub's rate limit is reached (HTTP 403)",
        ),
        ({"status": 403, "headers": {"Retry-After": "60"}}, "GitHub's rate limit is reached (HTTP 403)"),
        ({"status": 429, "headers": {"Retry-After": "60"}}, "GitHub's rate limit is reached (HTTP 429)"),
        ({"status": 500}, "GitHub failed (HTTP 500)"),
        ({"is_cut": True}, "the connection to GitHub failed"),
        ({"status": 422, "message": "odd\n::error::x"}, "GitHub refused it (HTTP 422: odd\\n::error::x)"),
        (
            {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
            "GitHub's answer is not usable (TypeError)",
        ),
    ],
)
def test_every_other_failure_is_one_warning(github, at, fault, reason):
    github.faults = [Fault("", "", **fault)]
    begun = time.monotonic()
    assert deliver(at()).warnings == (f"{BOTH}: {reason}.",)
    assert time.monotonic() - begun < 60


def test_a_server_that_does_not_answer_is_not_waited_for(github, at, monkeypatch):
    """Each call has a deadline; a request that is under way then is the last one."""
    for module in (check_run, pull_request_comment):
        delivery = module.DELIVERY
        hurried = Delivery(delivery.name, delivery.deliver, begin=delivery.begin, seconds=0.3)
        monkeypatch.setattr(module, "DELIVERY", hurried)
    over = threading.Event()
    github.faults = [Fault("", "", until=over)]
    assert deliver(at()).warnings == (f"{BOTH}: it timed out.",)
    over.set()
    time.sleep(1.0)
    assert len(github.requests) <= 3, "the beginning, and one of each delivery"
