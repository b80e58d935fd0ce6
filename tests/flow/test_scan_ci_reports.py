"""`k6ci scan --ci` on GitLab, and what a job says and leaves behind: reports, annotations, summary."""

from __future__ import annotations

import json
import re

import pytest

from scan_events import ZERO, clone, github, gitlab, names, push
from scan_repository import LINE, commit, git, scan


def test_a_merge_request_of_gitlab_leaves_the_reports_that_it_shows(origin):
    first, middle, last = names(origin)
    folder = clone(origin)
    done = gitlab(
        folder,
        CI_PIPELINE_SOURCE="merge_request_event",
        CI_COMMIT_SHA=last,
        CI_MERGE_REQUEST_DIFF_BASE_SHA=first,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
    )
    assert (done.returncode, "::" in done.stdout.replace("scan --all", "")) == (1, False)
    report = folder.parent / "report"
    (issue,) = json.loads((report / "gl-code-quality-report.json").read_text())
    assert issue["location"] == {"path": ".env", "lines": {"begin": 1}}
    (leak,) = json.loads((report / "gl-secret-detection-report.json").read_text())["vulnerabilities"]
    assert leak["location"]["commit"] == {"sha": middle}


def test_pushes_to_gitlab(origin):
    first, middle, last = names(origin)
    folder = clone(origin)
    on_main = {"CI_COMMIT_SHA": last, "CI_COMMIT_BRANCH": "main"}
    assert gitlab(folder, CI_COMMIT_BEFORE_SHA=first, **on_main).returncode == 1
    assert gitlab(folder, CI_COMMIT_BEFORE_SHA=middle, **on_main).returncode == 0
    assert gitlab(folder, CI_COMMIT_BEFORE_SHA=ZERO, **on_main).returncode == 1
    assert gitlab(folder, CI_COMMIT_BEFORE_SHA=ZERO, CI_PIPELINE_SOURCE="schedule", **on_main).returncode == 0
    shallow = origin.parent / "shallow"
    git("clone", "-q", "--depth=1", f"file://{origin}", str(shallow), cwd=origin.parent)
    done = gitlab(shallow, CI_COMMIT_BEFORE_SHA=first, **on_main)
    assert (done.returncode, "GIT_DEPTH: 0" in done.stderr) == (10, True)


def test_names_that_forge_commands_forge_nothing(repository):
    """A file name may hold a line end and a workflow command; a path may hold what ends a property."""
    first = git("rev-parse", "HEAD", cwd=repository)
    names_of_files = ["a\n::error::forged\n.env", "b,line=7::x.env", "c%0A.env", "|d|`<b>`.env"]
    last = commit(repository, dict.fromkeys(names_of_files, LINE))
    done = github(repository, push(first, last))
    assert done.returncode == 1
    fence = done.stdout.splitlines()[0].removeprefix("::stop-commands::")
    inside, _, after = done.stdout.partition(f"::{fence}::\n")
    assert "\n::error::forged" not in inside
    commands = after.splitlines()
    assert len(commands) == 4
    assert all(re.match(r"::error file=[^:,\n]+,line=1,col=16,title=k6ci%3A [^:,]+::", line) for line in commands)
    assert "file=b%2Cline=7%3A%3Ax.env" in after
    assert "file=c%250A.env" in after
    rows = [line for line in (repository.parent / "summary").read_text().splitlines() if line.startswith("| <code>")]
    assert len(rows) == 4
    assert all(row.count("|") == 4 and "<b>" not in row for row in rows)


def test_more_findings_than_a_step_may_show(repository):
    """GitHub shows ten annotations a step: the others are counted and stand in the report."""
    first = git("rev-parse", "HEAD", cwd=repository)
    last = commit(repository, {f"f{number:03}.env": LINE for number in range(130)})
    done = github(repository, push(first, last))
    assert done.stdout.count("\n::error ") == 10
    assert "30 more are in scan.json" in (repository.parent / "summary").read_text()
    assert len(json.loads((repository.parent / "report" / "scan.json").read_text())["findings"]) == 130


def test_a_report_that_cannot_be_written_is_a_warning(repository):
    """The verdict stands; a folder that is a file is said to be one."""
    (repository.parent / "report").write_text("in the way")
    done = github(repository, {"schedule": "x"})
    assert done.returncode == 0
    assert "scan.json could not be written" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("folder", ["report", "report/deeper"])
def test_a_report_folder_that_a_link_leads_to_is_an_error(repository, tmp_path, folder):
    """A pull request could make the job write anywhere."""
    (tmp_path / "elsewhere").mkdir()
    (repository / "report").symlink_to(tmp_path / "elsewhere")
    done = scan("--ci", cwd=repository, K6CI_REPORT_DIR=folder)
    assert (done.returncode, "report-dir: " in done.stderr) == (10, True), done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_ci_and_paths_exclude_each_other(repository):
    assert scan("--ci", "load.js", cwd=repository).returncode == 2
    assert scan("load.js", cwd=repository, K6CI_MODE="scan").returncode == 0
