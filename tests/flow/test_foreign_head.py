"""Events that have secrets for what strangers do: the base branch is tested, the head of a pull request is not."""

from __future__ import annotations

import json
import os
import pathlib

import pytest

from emulation import EmulatorHandle
from scan_repository import git
from story import PASSING, Teller

FORKED = "mallory/shop"


@pytest.fixture
def commits(k6ci: Teller, monkeypatch) -> dict[str, str]:
    """The working directory as a repository with a base, the head of a pull request, and a merge of the two."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A B")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@b.example")
    folder = k6ci.folder
    git("init", "-q", "-b", "main", cwd=folder)
    made = {"base": commit(k6ci, PASSING)}
    git("checkout", "-q", "-b", "patch", cwd=folder)
    made["head"] = commit(k6ci, "throw new Error('it runs');")
    git("checkout", "-q", "main", cwd=folder)
    git("merge", "-q", "--no-ff", "-m", "merge", "patch", cwd=folder)
    made["merge"] = git("rev-parse", "HEAD", cwd=folder).strip()
    return made


def commit(k6ci: Teller, script: str) -> str:
    k6ci.write(a=script)
    git("add", "a.js", cwd=k6ci.folder)
    git("commit", "-q", "-m", "a script", cwd=k6ci.folder)
    return git("rev-parse", "HEAD", cwd=k6ci.folder).strip()


def event(folder: pathlib.Path, name: str, commits: dict[str, str], repository: str = FORKED) -> dict[str, str]:
    head, base = {"sha": commits["head"], "repo": {"full_name": repository}}, {"repo": {"full_name": "octo/shop"}}
    payloads = {
        "pull_request_target": {"pull_request": {"number": 7, "head": head, "base": base}},
        "pull_request": {"pull_request": {"number": 7, "head": head, "base": base}},
        "workflow_run": {
            "workflow_run": {
                "event": "pull_request",
                "head_sha": commits["head"],
                "head_branch": "patch",
                "head_repository": {"full_name": repository, "owner": {"login": repository.partition("/")[0]}},
                "pull_requests": [],
            },
            "repository": {"full_name": "octo/shop", "id": 1},
        },
    }
    path = folder / "event.json"
    path.write_text(json.dumps(payloads[name]))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_SHA": commits["base"],
    }


@pytest.mark.parametrize(
    ("name", "checked_out"),
    [("pull_request_target", "head"), ("pull_request_target", "merge"), ("workflow_run", "head")],
)
def test_a_checked_out_head_is_10_and_nothing_of_it_runs(k6ci, emulator, commits, tmp_path, name, checked_out):
    git("checkout", "-q", commits[checked_out], cwd=k6ci.folder)
    told = k6ci("run", "a.js", on=emulator, **event(tmp_path, name, commits))
    assert told.code == 10, told.text
    assert f"{name}: the head of the pull request ({commits['head'][:12]}) is checked out in" in told.result["reason"]
    assert "it runs" not in told.text
    assert emulator.journal("/start") == []


@pytest.mark.parametrize(
    ("name", "checked_out", "repository"),
    [
        ("pull_request_target", "base", FORKED),
        ("workflow_run", "base", FORKED),
        # Without the secrets of another repository's event nothing has to be refused.
        ("workflow_run", "base", "octo/shop"),
        ("pull_request", "base", "octo/shop"),
    ],
)
def test_the_base_branch_is_tested(
    k6ci: Teller, emulator: EmulatorHandle, commits, tmp_path, name, checked_out, repository
):
    git("checkout", "-q", commits[checked_out], cwd=k6ci.folder)
    told = k6ci("run", "a.js", on=emulator, **event(tmp_path, name, commits, repository))
    assert told.code == 0, told.text


def test_the_head_in_a_folder_below_is_found_in_a_shallow_clone(k6ci, emulator, commits, tmp_path):
    """As `path: head` of actions/checkout makes it: git does not know the parents of a commit there."""
    git("checkout", "-q", commits["base"], cwd=k6ci.folder)
    below = k6ci.folder / "head"
    git("clone", "-q", "--depth", "1", "-b", "main", f"file://{k6ci.folder}", str(below), cwd=k6ci.folder)
    variables = event(tmp_path, "pull_request_target", commits)
    assert k6ci("run", "a.js", on=emulator, **variables).code == 0
    told = k6ci("check", "head/a.js", on=emulator, **variables)
    assert (told.code, "is checked out in" in told.text) == (10, True)


def test_a_head_that_was_replaced_after_the_event_is_found_by_its_ref(k6ci, emulator, commits, tmp_path):
    """As `ref: refs/pull/7/head` of actions/checkout leaves it."""
    git("checkout", "-q", "--orphan", "other", commits["base"], cwd=k6ci.folder)
    replaced = commit(k6ci, "throw new Error('it runs');")
    git("update-ref", "refs/remotes/pull/7/head", replaced, cwd=k6ci.folder)
    told = k6ci("run", "a.js", on=emulator, **event(tmp_path, "pull_request_target", commits))
    assert (told.code, "it runs" in told.text) == (10, False)


def test_a_head_that_was_replaced_after_the_event_is_found_by_the_url_of_the_fork(k6ci, emulator, commits, tmp_path):
    """As `repository` and `ref` of actions/checkout leave it, with the name of the branch as `ref`."""
    git("checkout", "-q", "--orphan", "other", commits["base"], cwd=k6ci.folder)
    commit(k6ci, "throw new Error('it runs');")
    variables = event(tmp_path, "pull_request_target", commits)
    for url, code in (("https://github.com/octo/shop", 16), (f"https://github.com/{FORKED.title()}.git", 10)):
        git("config", "remote.origin.url", url, cwd=k6ci.folder)
        assert k6ci("run", "a.js", on=emulator, **variables).code == code


def test_the_head_around_a_submodule_is_found(k6ci, emulator, commits, tmp_path):
    """The pull request decides what is in the folder of a submodule."""
    git("checkout", "-q", commits["head"], cwd=k6ci.folder)
    git("init", "-q", "below", cwd=k6ci.folder)
    git("commit", "-q", "--allow-empty", "-m", "other", cwd=k6ci.folder / "below")
    (k6ci.folder / "below" / "b.js").write_text(PASSING)
    assert k6ci("run", "below/b.js", on=emulator, **event(tmp_path, "pull_request_target", commits)).code == 10


def test_a_review_of_a_forks_pull_request_starts_no_job_that_runs_its_head(k6ci, emulator, commits, tmp_path):
    git("checkout", "-q", commits["head"], cwd=k6ci.folder)
    variables = event(tmp_path, "workflow_run", commits)
    path = pathlib.Path(variables["GITHUB_EVENT_PATH"])
    path.write_text(path.read_text().replace('"pull_request"', '"pull_request_review"'))
    assert k6ci("run", "a.js", on=emulator, **variables).code == 10


@pytest.mark.parametrize("name", ["pull_request_target", "workflow_run"])
def test_what_the_event_cannot_tell_is_10(k6ci, emulator, commits, tmp_path, name):
    """As in a container that gets the variables of the job, but not the file."""
    git("checkout", "-q", commits["head"], cwd=k6ci.folder)
    variables = event(tmp_path, name, commits) | {"GITHUB_EVENT_PATH": str(tmp_path / "none.json")}
    told = k6ci("run", "a.js", on=emulator, **variables)
    assert (told.code, "it runs" in told.text) == (10, False)
    assert "the file GITHUB_EVENT_PATH cannot be read" in told.result["reason"]


def test_what_git_cannot_tell_is_10(k6ci, emulator, commits, tmp_path):
    (k6ci.folder / ".git" / "HEAD").write_text("ref: refs/heads/none\n")
    told = k6ci("run", "a.js", on=emulator, **event(tmp_path, "pull_request_target", commits))
    assert told.code == 10
    assert "cannot tell which commit is checked out" in told.result["reason"]


def test_without_a_repository_nothing_is_checked_out(k6ci, emulator, tmp_path):
    """The files of an archive have no commit: what the job's author put there is the author's choice."""
    k6ci.write(a=PASSING)
    names = dict.fromkeys(("head", "base"), "0" * 40)
    assert not os.path.lexists(k6ci.folder / ".git")
    assert k6ci("run", "a.js", on=emulator, **event(tmp_path, "pull_request_target", names)).code == 0


@pytest.mark.parametrize(("name", "is_told"), [("pull_request", True), ("pull_request_target", False)])
def test_a_missing_secret_is_the_forks_fault_only_where_forks_get_none(
    k6ci, emulator, commits, tmp_path, name, is_told
):
    git("checkout", "-q", commits["base"], cwd=k6ci.folder)
    variables = event(tmp_path, name, commits) | {"K6_CLOUD_TOKEN": "", "CI": "true"}
    told = k6ci("run", "a.js", "--fork-policy", "skip", on=emulator, **variables)
    assert (told.code, told.result["verdict"]) == ((0, "skipped") if is_told else (11, "error"))
