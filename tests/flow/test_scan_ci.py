"""`k6ci scan --ci` on GitHub: its events over real clones, whole, shallow and rewritten."""

from __future__ import annotations

import json
import re

import pytest

from scan_events import ZERO, clone, github, names, outputs, push
from scan_repository import LINE, TOKEN, commit, git
from scan_values import Values


def test_a_pull_request_is_scanned_by_its_commits(origin):
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


def test_a_push_is_scanned_from_where_it_began(origin):
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


def test_a_forced_push_is_scanned_although_its_beginning_is_gone(origin):
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
    assert (done.returncode, "all files tracked by git" in done.stdout) == (0, True)
    commit(folder, {"bad.env": LINE})
    assert github(folder, {"schedule": "0 0 * * *"}).returncode == 1
