"""`k6ci scan --ci`: events of GitHub and GitLab over real clones, whole, shallow and rewritten; annotations, reports."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from scan_cases import Values
from scan_repository import LINE, TOKEN, commit, git, scan

ZERO = "0" * 40
CLEAN_TEXT = "K6_CLOUD_TOKEN=\n"


@pytest.fixture
def origin(repository) -> Path:
    """What is pushed to: three commits on main, the second of which has a token that the third removes."""
    commit(repository, {".env": LINE})
    commit(repository, {".env": CLEAN_TEXT})
    return repository


def names(origin: Path) -> list[str]:
    """The commits of main, the oldest first."""
    return git("rev-list", "--reverse", "main", cwd=origin).split()


def clone(origin: Path, *options: str) -> Path:
    target = origin.parent / "clone"
    git("clone", "-q", *options, f"file://{origin}", str(target), cwd=origin.parent)
    return target


def github(folder: Path, event: dict, **more: str) -> subprocess.CompletedProcess[str]:
    """The scan as a step of a workflow: its event, its files of outputs and summary."""
    (folder.parent / "event.json").write_text(json.dumps(event))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(folder.parent / "event.json"),
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary"),
        "GITHUB_OUTPUT": str(folder.parent / "output"),
        "K6CI_REPORT_DIR": str(folder.parent / "report"),
        "K6CI_MODE": "scan",
    }
    return scan(cwd=folder, **{**variables, **more})


def push(before: str, after: str, ref: str = "refs/heads/main") -> dict:
    return {"before": before, "after": after, "ref": ref, "repository": {"default_branch": "main"}}


def outputs(folder: Path) -> dict[str, str]:
    text = (folder.parent / "output").read_text()
    return {name: value for name, _, value in re.findall(r"^([\w-]+)<<(\S+)\n(.*)\n\2$", text, re.MULTILINE)}


def test_a_pull_request_is_judged_by_its_commits(origin):
    """Also what a later commit of it removed: annotations, summary, outputs and reports say where; none holds it."""
    first, middle, last = names(origin)
    folder = clone(origin)
    done = github(folder, {"pull_request": {"base": {"sha": first, "ref": "main"}, "head": {"sha": last}}})
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert re.fullmatch(r"[0-9a-f]{32}", token)
    after = lines[lines.index(f"::{token}::") + 1 :]
    assert len(after) == 1
    assert after[0].startswith("::error file=.env,line=1,col=16,title=k6ci%3A k6 Cloud token::")
    assert middle[:12] in after[0]
    assert outputs(folder) == {"result": "failed", "result-file": str(folder.parent / "report" / "scan.json")}
    summary = (folder.parent / "summary").read_text()
    assert "1 secret found" in summary
    assert middle[:12] in summary
    report = folder.parent / "report"
    assert sorted(path.name for path in report.iterdir()) == [
        *("gl-code-quality-report.json", "gl-secret-detection-report.json", "scan.json", "scan.sarif", "summary.md")
    ]
    assert json.loads((report / "scan.json").read_text())["findings"][0]["commit"] == middle
    texts = [done.stdout, done.stderr, summary, *(path.read_text() for path in report.iterdir())]
    assert not any(TOKEN[:6] in text for text in texts)


def test_a_push_is_judged_from_where_it_began(origin):
    first, middle, last = names(origin)
    folder = clone(origin)
    assert github(folder, push(first, last)).returncode == 1
    done = github(folder, push(middle, last))
    assert (done.returncode, "No secrets found." in done.stdout) == (0, True)
    assert outputs(folder)["result"] == "passed"


def test_first_pushes_deleted_branches_and_tags(origin):
    """All zeros mean: no beginning, or no end."""
    last = names(origin)[-1]
    git("checkout", "-qb", "topic", cwd=origin)
    tip = commit(origin, {"topic.js": "// nothing\n"})
    git("tag", "-a", "v1", "-m", "one", cwd=origin)
    git("checkout", "-q", "main", cwd=origin)
    folder = clone(origin)
    assert github(folder, push(ZERO, last)).returncode == 1, "the first push of the default branch brings everything"
    assert github(folder, push(ZERO, tip, "refs/heads/topic")).returncode == 0, "a branch brings what main has not"
    assert github(folder, push(tip, ZERO, "refs/heads/topic")).returncode == 0
    tag = git("rev-parse", "v1", cwd=origin)
    assert tag != tip
    assert github(folder, push(ZERO, tag, "refs/tags/v1")).returncode == 0
    git("checkout", "-q", "topic", cwd=origin)
    bad = commit(origin, {"topic.env": LINE})
    git("fetch", "-q", cwd=folder)
    assert github(folder, push(ZERO, bad, "refs/heads/topic")).returncode == 1
    assert github(folder, push(ZERO, bad, "refs/tags/v2")).returncode == 1


def test_a_forced_push_is_judged_although_its_beginning_is_gone(origin):
    """The old tip is in no clone any more; what main does not have is looked at instead."""
    git("checkout", "-qb", "topic", cwd=origin)
    gone = commit(origin, {"a.js": "// a\n"})
    git("reset", "-q", "--hard", "main", cwd=origin)
    rewritten = commit(origin, {"b.env": f"K6_CLOUD_TOKEN={Values(5).token()}\n"})
    git("reflog", "expire", "--expire=now", "--all", cwd=origin)
    git("gc", "-q", "--prune=now", cwd=origin)
    folder = clone(origin)
    done = github(folder, push(gone, rewritten, "refs/heads/topic"))
    assert done.returncode == 1
    assert "file=b.env" in done.stdout
    assert "file=.env" not in done.stdout


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_is_an_error_with_the_way_out(origin, depth):
    """Looking at half of the range and passing would be a lie: exit code 10, an annotation, and no verdict."""
    first, _, last = names(origin)
    folder = clone(origin, f"--depth={depth}")
    for event in (
        {"pull_request": {"base": {"sha": first, "ref": "main"}, "head": {"sha": last}}},
        push(first, last),
        push(ZERO, last),
    ):
        done = github(folder, event)
        assert done.returncode == 10, done.stdout
        assert "::error title=k6ci scan (exit code 10)::This clone is shallow" in done.stdout
        assert "fetch-depth: 0" in done.stdout
    assert outputs(folder)["result"] == "error"


def test_a_shallow_clone_that_has_the_range_will_do(origin):
    """GitLab's depth of 20 is enough for most merge requests."""
    tip = names(origin)[-1]
    added = commit(origin, {"more.env": LINE})
    folder = clone(origin, "--depth=3")
    assert github(folder, push(tip, added)).returncode == 1


def test_a_clone_whose_history_ends_inside_of_the_range_is_no_whole_one(origin):
    """Both ends are there, and a commit between them has parents that are not."""
    first = names(origin)[0]
    git("checkout", "-qb", "side", first, cwd=origin)
    for number in range(4):
        side = commit(origin, {"side.js": f"// {number}\n"})
    git("checkout", "-q", "main", cwd=origin)
    git("merge", "-q", "-m", "both", "side", cwd=origin)
    head = git("rev-parse", "HEAD", cwd=origin)
    folder = clone(origin, "--depth=3")
    parent = git("rev-parse", f"{side}~1", cwd=origin)
    done = github(folder, push(parent, head))
    assert (done.returncode, "ends inside of the range" in done.stdout) == (10, True)


def test_a_schedule_looks_at_every_file(origin):
    """Nothing is new there: passing without having looked would be a lie."""
    folder = clone(origin)
    done = github(folder, {"schedule": "0 0 * * *"})
    assert (done.returncode, "every file that git tracks" in done.stdout) == (0, True)
    commit(folder, {"bad.env": LINE})
    assert github(folder, {"schedule": "0 0 * * *"}).returncode == 1


def gitlab(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    base = {"GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
    return scan("--ci", cwd=folder, **{**base, "K6CI_REPORT_DIR": str(folder.parent / "report"), **variables})


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
    assert "scan.json could not be written" in done.stderr


def test_ci_and_paths_exclude_each_other(repository):
    assert scan("--ci", "load.js", cwd=repository).returncode == 2
    assert scan("load.js", cwd=repository, K6CI_MODE="scan").returncode == 0
