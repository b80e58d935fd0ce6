"""The action as GitHub delivers it: an archive of the repository, without what `.gitattributes` leaves out."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile

import pytest

from faces import PROJECT, VENV_PROGRAMS, machine_environ, program_folder
from github_runner import Job
from scan_repository import commit, git

LARGEST_KILOBYTES = 700


@pytest.fixture(scope="module")
def archive() -> bytes:
    """The last commit, with the attributes of the working tree."""
    argv = ["git", "archive", "--worktree-attributes", "HEAD"]
    return subprocess.run(argv, cwd=PROJECT, capture_output=True, check=True, timeout=60).stdout


def test_the_download_is_small_and_has_what_the_action_and_an_installation_need(archive):
    assert len(gzip.compress(archive)) < LARGEST_KILOBYTES * 1000
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = {member.name for member in tar if member.isfile()}
    assert {name.split("/")[0] for name in names} <= {
        *("LICENSE", "README.md", "SECURITY.md", "action", "action.yml", "action-types.yml", "examples"),
        *("pyproject.toml", "requirements", "src", ".pre-commit-hooks.yaml"),
    }
    assert {name for name in names if name.startswith("examples/")} == {"examples/demo/shop.js"}
    # pyproject.toml puts these into the wheel.
    assert {"examples/demo/shop.js", *(f"requirements/{name}.txt" for name in ("github", "gitlab", "scan"))} <= names


def test_the_action_works_from_its_archive(archive, tmp_path, repository):
    folder = tmp_path / "actions" / "k6ci"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    first = git("rev-parse", "HEAD", cwd=repository)
    last = commit(repository, {"notes.md": "nothing secret\n"})
    event = {"before": first, "after": last, "ref": "refs/heads/main", "repository": {"default_branch": "main"}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    programs = program_folder(tmp_path / "programs", uv=f'exec {VENV_PROGRAMS}/uv "$@"')
    (tmp_path / "temp").mkdir()
    named = {"event_path": str(tmp_path / "event.json"), "event_name": "push"}
    environ = machine_environ(tmp_path / "home", programs)
    with Job(workspace=repository, temporary=tmp_path / "temp", environ=environ, github=named) as job:
        report = job.use(folder, inputs={"mode": "scan"})
    assert (report.outcome, report.step("run").exit_code) == ("success", 0), report.log
