"""The example workflow for a pull request, run by act: comment and check on a stand-in of GitHub's API."""

from __future__ import annotations

import json

import pytest

from act_checkout import Checkout, act_environ
from emulation import emulator_in_thread, wheel_config
from faces import script_that_measures
from github_api import HEAD, REPOSITORY, User, github_stand_in

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread(wheel_config()) as handle:
        yield handle


@pytest.fixture
def github():
    with github_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def run(tmp_path, cloud, github, release_server):
    """Runs the example for a pull request of this repository; the job's own token is that of the stand-in."""
    checkout = Checkout(tmp_path, "load-test.yml", release_server, REPOSITORY)
    environ = act_environ(tmp_path)
    side = {"ref": "topic", "sha": HEAD, "repo": {"full_name": REPOSITORY}}
    pull_request = {"number": 7, "head": side, "base": side | {"ref": "main"}, "user": {"login": "octocat"}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"action": "synchronize", "pull_request": pull_request}), encoding="utf-8")

    def run_it(limit: int):
        (checkout.folder / "load-tests" / "a b.js").write_text(script_that_measures(limit=limit), encoding="utf-8")
        ended = checkout.act(
            environ,
            cloud.environment(),
            cloud.token,
            "pull_request",
            f"--eventpath={event}",
            f"--env=GITHUB_API_URL={github.url}",
            f"--secret=GITHUB_TOKEN={github.token}",
        )
        assert cloud.token not in ended.log
        assert github.token not in ended.log
        return ended

    return run_it


def test_a_crossed_threshold_is_a_comment_and_a_check_with_its_line(run, github):
    ended = run(limit=2)
    assert ended.outputs["result"] == "failed", ended.log
    (comment,) = github.comments[7]
    assert "k6 load test: failed" in comment["body"]
    (check,) = github.check_runs
    assert (check["name"], check["status"], check["conclusion"]) == ("k6 load test: load-test", "completed", "failure")
    assert [(one["path"], one["start_line"]) for one in check["annotations"]] == [("load-tests/a b.js", 5)]


def test_a_token_that_may_only_read_is_a_notice(run, github):
    github.users[github.token] = User("github-actions[bot]", writes=frozenset())
    ended = run(limit=5)
    assert (ended.exit_code, ended.outputs["result"]) == (0, "passed"), ended.log
    assert "Add `checks: write` and `pull-requests: write` to the permissions of the job" in ended.log
    assert github.comments[7] == github.check_runs == []
