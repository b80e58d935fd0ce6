"""What started a job, as GitHub's payload and GitLab's variables say it: pull request, commit, fork and branch."""

from __future__ import annotations

import json
import pathlib

import pytest

from k6ci.ci.branches import Branch, built_branch
from k6ci.ci.events import Event, github_payload, read_event

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}


def github_job(folder: pathlib.Path, payload: object, **variables: str) -> dict[str, str]:
    """The variables of a job on GitHub whose event has this payload."""
    path = folder / "event.json"
    path.write_text(json.dumps(payload), encoding="utf-8")
    return GITHUB | variables | {"GITHUB_EVENT_PATH": str(path)}


def pull_request(head: object, base: object = "octo/shop") -> dict[str, object]:
    sides = {"head": head, "base": base}
    repositories = {side: {"full_name": name} if name else None for side, name in sides.items()}
    return {
        "pull_request": {
            "number": 7,
            "head": {"sha": "abc", "repo": repositories["head"]},
            "base": {"sha": "def", "repo": repositories["base"]},
        }
    }


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (pull_request("octo/shop"), Event("pull_request", 7, "abc")),
        (pull_request("mallory/shop"), Event("pull_request", 7, "abc", is_fork=True, fork="mallory/shop")),
        (pull_request(None), Event("pull_request", 7, "abc", is_fork=True)),  # a fork that was deleted
        ({"after": "1"}, Event("pull_request", None, "merge")),
        ({"pull_request": {"number": "x", "head": [], "base": 3}}, Event("pull_request", None, "merge")),
        ([], Event("pull_request", None, "merge")),
    ],
)
def test_github_tells_the_event_by_its_payload(tmp_path, payload, event):
    job = github_job(tmp_path, payload, GITHUB_EVENT_NAME="pull_request", GITHUB_SHA="merge")
    assert read_event(job) == event


def workflow_run(repository: str, *, by: str = "pull_request", numbers: tuple[int, ...] = ()) -> dict:
    """GitHub lists the pull requests of the repository itself, but not those from forks."""
    listed = [{"number": number, "head": {"sha": "abc"}, "base": {"repo": {"id": 1}}} for number in numbers]
    return {
        "repository": {"full_name": "octo/shop", "id": 1},
        "workflow_run": {
            "event": by,
            "head_sha": "abc",
            "head_branch": "patch",
            "head_repository": {"full_name": repository, "owner": {"login": repository.partition("/")[0]}},
            "pull_requests": listed,
        },
    }


WITH_PULL_REQUEST = {"issue": {"number": 7, "pull_request": {"url": "x"}}}


@pytest.mark.parametrize(
    ("name", "payload", "event"),
    [
        ("workflow_run", workflow_run("octo/shop", numbers=(7,)), Event("workflow_run", 7, "abc")),
        (
            "workflow_run",
            workflow_run("mallory/shop"),
            Event("workflow_run", None, "abc", is_fork=True, head_label="mallory:patch", fork="mallory/shop"),
        ),
        # The list of a fork's run is not what GitHub says about the fork: it is not used.
        (
            "workflow_run",
            workflow_run("mallory/shop", numbers=(3,)),
            Event("workflow_run", None, "abc", is_fork=True, head_label="mallory:patch", fork="mallory/shop"),
        ),
        ("workflow_run", workflow_run("octo/shop"), Event("workflow_run", None, "abc", head_label="octo:patch")),
        (
            "workflow_run",
            workflow_run("mallory/shop", by="pull_request_review"),
            Event("workflow_run", None, "abc", is_fork=True, fork="mallory/shop"),
        ),
        ("workflow_run", workflow_run("octo/shop", by="push", numbers=(7,)), Event("workflow_run", None, "abc")),
        ("workflow_run", {"workflow_run": "odd"}, Event("workflow_run", None, "sha")),
        ("merge_group", {"merge_group": {"head_sha": "abc"}}, Event("merge_group", None, "abc")),
        ("issue_comment", WITH_PULL_REQUEST, Event("issue_comment", 7)),
        ("issue_comment", {"issue": {"number": 7}}, Event("issue_comment", None, "sha")),
        ("schedule", {"schedule": "0 0 * * *"}, Event("schedule", None, "sha")),
        ("workflow_dispatch", {"inputs": {}}, Event("workflow_dispatch", None, "sha")),
        ("push", {"after": "sha"}, Event("push", None, "sha")),
    ],
)
def test_each_event_of_github_says_which_pull_request_it_is_about(tmp_path, name, payload, event):
    found = read_event(github_job(tmp_path, payload, GITHUB_EVENT_NAME=name, GITHUB_SHA="sha"))
    assert found == event
    assert found.has_pull_request == bool(event.head_label or event.pull_request)


@pytest.mark.parametrize(
    ("name", "is_fork", "has_secrets"),
    [
        ("pull_request", True, False),
        ("pull_request", False, True),
        ("pull_request_target", True, True),
        ("push", False, True),
    ],
)
def test_forks_have_secrets_in_some_events(name, is_fork, has_secrets):
    assert Event(name, 7, "abc", is_fork).has_secrets is has_secrets


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_payload_that_cannot_be_read_is_empty(tmp_path, content):
    path = tmp_path / "event.json"
    path.write_bytes(content)
    assert github_payload({"GITHUB_EVENT_PATH": str(path)}) == {}
    assert github_payload({"GITHUB_EVENT_PATH": str(tmp_path / "missing")}) == {}


def test_gitlab_tells_the_event_by_variables():
    request = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "12", "CI_COMMIT_SHA": "merged"}
    ids = {"CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"}
    assert read_event(GITLAB | request | ids) == Event("merge_request_event", 12, "merged")
    fork = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "head"}
    assert read_event(GITLAB | request | ids | fork) == Event("merge_request_event", 12, "head", is_fork=True)
    assert read_event(GITLAB | {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": "a"}) == Event("push", None, "a")
    assert read_event({}) == Event()


@pytest.mark.parametrize(
    ("environ", "payload", "branch"),
    [
        ({"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}, {"default_branch": "main"}, Branch("main", True)),
        ({"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "next"}, {"default_branch": "main"}, Branch("next")),
        ({"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "main"}, {"default_branch": "main"}, Branch()),
        ({"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}, {}, Branch("main")),
        (
            {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main", "GITHUB_EVENT_NAME": "schedule"},
            {},
            Branch("main", True),
        ),
    ],
)
def test_github_tells_the_branch(tmp_path, environ, payload, branch):
    """The default branch is in the payload; schedules start jobs of that branch only."""
    job = github_job(tmp_path, {"repository": payload}, **environ)
    assert built_branch(job, read_event(job)) == branch


def test_a_pull_request_from_a_branch_named_main_is_not_the_default_branch(tmp_path):
    """Its author chose the name."""
    main = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    job = GITLAB | main | {"CI_MERGE_REQUEST_IID": "3"}
    assert built_branch(job, read_event(job)) == Branch("merge_request/3")
    assert built_branch(GITLAB | main, read_event(GITLAB | main)) == Branch("main", True)
    payload = pull_request("octo/shop") | {"repository": {"default_branch": "main"}}
    job = github_job(
        tmp_path, payload, GITHUB_EVENT_NAME="pull_request", GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="main"
    )
    assert built_branch(job, read_event(job)) == Branch("pull/7")
