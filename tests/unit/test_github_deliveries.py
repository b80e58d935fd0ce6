"""The comment and the check run on GitHub, against a stand-in of its API that keeps state."""

from __future__ import annotations

import json

import anyio
import pytest

from api_stand_in import Fault
from github_api import HEAD, REPOSITORY, User
from github_deliveries import bodies, check_runs, deliver, left_open, report
from k6ci import publish
from k6ci.results.model import Verdict
from k6ci.runs.interruption import Interruption

pytestmark = pytest.mark.unmeasured


@pytest.mark.parametrize("github", ["", "/api/v3"], indirect=True)
def test_a_pull_request_gets_one_comment_and_each_run_a_check(github, at, tmp_path):
    """On github.com, and on an Enterprise Server."""
    for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.FAILED):
        assert deliver(at(), report(verdict)) == publish.Published(report(verdict))
    (body,) = bodies(github)
    assert "k6 load test: failed" in body
    conclusions = ["success", "failure", "failure"]
    assert check_runs(github) == [("completed", conclusion) for conclusion in conclusions]
    assert {one["head_sha"] for one in github.check_runs} == {HEAD}
    assert {one["name"] for one in github.check_runs} == {"k6 load test: load"}
    assert github.check_runs[1]["output"]["title"] == "failed: It is failed."
    assert github.check_runs[1]["details_url"] == f"https://github.com/{REPOSITORY}/actions/runs/9"
    assert left_open(tmp_path) == ""


def test_a_check_run_is_in_progress_before_the_run(github, at, tmp_path):
    anyio.run(publish.begin, at(), Interruption())
    assert check_runs(github) == [("in_progress", None)]
    assert left_open(tmp_path) == "open"


@pytest.mark.parametrize(
    ("verdict", "conclusion"),
    [
        ("passed", "success"),
        ("failed", "failure"),
        ("error", "failure"),
        ("aborted", "failure"),
        ("unknown", "failure"),
        ("cancelled", "cancelled"),
        ("skipped", "neutral"),
    ],
)
def test_each_verdict_has_a_conclusion(github, at, verdict, conclusion):
    deliver(at(), report(Verdict(verdict)))
    assert check_runs(github) == [("completed", conclusion)]


def test_a_comment_behind_many_others_is_found(github, at):
    deliver(at())
    ours = github.comments[7].pop()
    for number in range(120):
        github.add_comment(7, "octocat", f"comment {number}")
    github.add_comment(7, "mallory", ours["body"])
    github.comments[7].append(ours)
    deliver(at(), report(Verdict.FAILED))
    assert len(bodies(github)) == 122
    assert "k6 load test: passed" in bodies(github)[-2], "the one of another author"
    assert "k6 load test: failed" in bodies(github)[-1]


def test_two_legs_of_a_matrix_do_not_overwrite_each_other(github, at):
    for _ in range(2):
        for zone in ("eu", "us"):
            deliver(
                at(K6CI_MATRIX=json.dumps({"zone": zone}), options={"comment": "always"}), report(script=f"{zone}.js")
            )
    assert [body.count("eu.js") for body in bodies(github)] == [1, 0]
    assert [one["name"] for one in github.check_runs] == ["k6 load test: load, eu", "k6 load test: load, us"] * 2


def test_the_names_of_checks_differ_where_long_legs_do(github, at):
    for _ in range(2):
        for zone in ("eu", "us"):
            deliver(at(K6CI_MATRIX=json.dumps({"target": {"path": "x" * 200, "zone": zone}})))
    names = [one["name"] for one in github.check_runs]
    assert names[:2] == names[2:]
    assert names[0] != names[1]
    assert {len(name) for name in names} == {100}


def test_another_app_than_the_jobs_own_finds_its_comment(github, at):
    token = github.add_user(User("acme-tests[bot]"))
    for verdict in (Verdict.PASSED, Verdict.FAILED):
        deliver(at(K6CI_GITHUB_TOKEN=token), report(verdict))
    assert [one["user"]["login"] for one in github.comments[7]] == ["acme-tests[bot]"]


def test_without_graphql_the_author_is_that_of_a_jobs_token(github, at):
    github.faults = [Fault("POST", "/graphql", status=404)]
    for verdict in (Verdict.PASSED, Verdict.FAILED):
        assert deliver(at(), report(verdict)).warnings == ()
    assert len(bodies(github)) == 1
