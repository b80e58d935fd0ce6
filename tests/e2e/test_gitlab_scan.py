"""GitLab's scan job, run by gitlab-ci-local over a real history: what it finds, and the reports that GitLab shows."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from faces import PROJECT, VENV_PROGRAMS, machine_environ
from pipelines import Repository, assert_posix_shell, build_package
from scan_repository import LINE, TOKEN, commit, git

pytestmark = pytest.mark.e2e

TEMPLATE = PROJECT / "ci_templates" / "k6-scan.gitlab-ci.yml"
SPECIFICATION, JOBS = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
PUSH = {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main"}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return build_package(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def repository(tmp_path, package):
    repository = Repository(tmp_path / "shop", machine_environ(tmp_path / "home", VENV_PROGRAMS))
    (repository.folder / "ci_templates").mkdir()
    shutil.copy(TEMPLATE, repository.folder / "ci_templates")
    include = {"local": f"ci_templates/{TEMPLATE.name}", "inputs": {"package": package, "report-dir": "leaks"}}
    repository.write({".gitlab-ci.yml": yaml.safe_dump({"include": [include]})})
    repository.commit()
    return repository


def scan(repository: Repository, before: str, **variables: str):
    head = git("rev-parse", "HEAD", cwd=repository.folder)
    return repository.run(variables={**PUSH, "CI_COMMIT_BEFORE_SHA": before, "CI_COMMIT_SHA": head, **variables})


def test_the_job_finds_what_a_later_commit_removed_and_keeps_its_reports(repository):
    first = git("rev-parse", "HEAD", cwd=repository.folder)
    bad = commit(repository.folder, {"ci/.env": LINE})
    commit(repository.folder, {"ci/.env": "K6_CLOUD_TOKEN=\n"})
    pipeline = scan(repository, first)
    assert pipeline.exit_code == 1, pipeline.log
    assert "ci/.env:1:16: k6 Cloud token" in pipeline.log
    artifacts = repository.artifacts.rglob("*")
    kept = {path.name: path for path in artifacts if path.parent.name == "leaks"}
    (leak,) = json.loads(kept["gl-secret-detection-report.json"].read_text())["vulnerabilities"]
    assert (leak["location"]["file"], leak["location"]["commit"]["sha"]) == ("ci/.env", bad)
    (issue,) = json.loads(kept["gl-code-quality-report.json"].read_text())
    assert issue["location"]["path"] == "ci/.env"
    assert TOKEN not in pipeline.log
    assert not list(repository.folder.parent.glob("shop.tmp/*")), "the environment does not outlive its job"


def test_the_job_is_green_without_secrets(repository):
    first = git("rev-parse", "HEAD", cwd=repository.folder)
    commit(repository.folder, {"values.yaml": "k6:\n  token: $K6_CLOUD_TOKEN\n"})
    pipeline = scan(repository, first)
    assert pipeline.exit_code == 0, pipeline.log
    assert "No secrets found." in pipeline.log


@pytest.mark.parametrize(
    ("variables", "runs"),
    [
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}, True),
        ({"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}, True),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "", "CI_COMMIT_TAG": "v1"}, True),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "topic", "CI_OPEN_MERGE_REQUESTS": "acme/shop!3"}, False),
        ({"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": "", "CI_MERGE_REQUEST_IID": "3"}, True),
        ({"CI_PIPELINE_SOURCE": "parent_pipeline", "CI_COMMIT_BRANCH": "", "CI_MERGE_REQUEST_IID": "3"}, True),
    ],
    ids=["push", "schedule", "tag", "push with an open merge request", "merge request, also of a fork", "child"],
)
def test_the_rules_scan_every_commit_once(repository, variables, runs):
    assert ("k6-scan" in repository.jobs(**variables)) is runs


@pytest.mark.parametrize("part", ["before_script", "script", "after_script"])
def test_the_scripts_are_plain_posix_shell(tmp_path, part):
    assert_posix_shell(JOBS[".k6ci-scan-base"][part], tmp_path)
