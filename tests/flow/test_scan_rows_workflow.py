"""Kinds of faults in the work with the scan: paths, baselines, exclusions."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path

import pytest

from scan_repository import LINE, TOKEN, commit, found, git, scan

BOM = b"\xef\xbb\xbf"


NAMES = ["deep/er/x.env", "./deep/er/x.env", "deep//er/x.env", "deep/../deep/er/x.env", "{root}/deep/er/x.env"]


def baselined(root: Path, **files: str) -> None:
    commit(root, {"deep/er/x.env": LINE, **files})
    assert scan("--all", "--update-baseline", cwd=root).returncode == 0
    git("add", ".", cwd=root)
    git("commit", "-qm", "baseline", cwd=root)


@pytest.mark.parametrize("name", NAMES)
def test_k1_a_baseline_knows_a_file_however_it_is_spelled(repository, name):
    """From the root, with a dot, doubled slashes, a detour, and absolute."""
    baselined(repository)
    done = scan("--format", "json", name.format(root=repository), cwd=repository)
    assert (done.returncode, found(done)) == (0, [])


@pytest.mark.parametrize(
    "arguments",
    [["er/x.env"], ["."], [".."], ["../deep"], ["--all"], ["--staged"], ["--range", "HEAD"], ["{root}/deep"]],
)
def test_k1_a_baseline_counts_from_any_folder(repository, arguments):
    """Hooks of workspaces run below the root; `--range` and `--staged` are called from there, too."""
    baselined(repository)
    (repository / "deep" / "er" / "x.env").write_text("# moved\n" + LINE)
    git("add", ".", cwd=repository)
    done = scan("--format", "json", *(one.format(root=repository) for one in arguments), cwd=repository / "deep")
    assert (done.returncode, found(done)) == (0, []), done.stderr


@pytest.mark.parametrize("mode", [["--all"], [], ["--ci"]])
def test_k1_all_files_are_those_of_the_repository(repository, mode):
    """A scan that starts in a folder below said that it had read all files, and forgot the entries of the others."""
    commit(repository, {"deep/er/x.env": LINE, "y.env": LINE, "deep/with space/z.env": LINE})
    done = scan(*mode, "--format", "codequality", cwd=repository / "deep" / "er")
    assert [path in done.stdout for path in ("deep/er/x.env", "deep/with space/z.env", '"y.env"')] == [True] * 3
    for folder in (repository, repository / "deep"):
        assert scan(*mode, "--update-baseline", cwd=folder).returncode == 0
        assert scan("--all", cwd=repository).returncode == 0
    (repository / "y.env").unlink()
    git("sparse-checkout", "set", "deep/er", cwd=repository)
    assert scan(*mode, cwd=repository / "deep" / "er").returncode == 0


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab", "codequality"])
def test_k1_reports_name_files_from_the_root(repository, form):
    """Code scanning maps no path that begins in a folder below."""
    commit(repository, {"deep/er/x.env": LINE})
    done = scan("--format", form, "er/x.env", cwd=repository / "deep")
    assert "deep/er/x.env" in done.stdout
    assert str(repository) not in done.stdout


def theirs(names: list[str], **more: object) -> str:
    entry = {"type": "Secret Keyword", "hashed_secret": hashlib.sha1(TOKEN.encode()).hexdigest(), "line_number": 1}
    return json.dumps({"version": "1.5.0", "results": {name: [entry] for name in names}, **more}, indent=2)


ENCODED = {
    "plain": lambda text: text.encode(),
    "a mark": lambda text: BOM + text.encode(),
    "PowerShell": lambda text: text.encode("utf-16"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("name", ["deep/er/x.env", "deep\\er\\x.env"])
def test_k2_a_baseline_of_detect_secrets_counts_as_it_was_written(repository, encoding, name):
    """On Windows paths have another separator, and `>` writes UTF-16."""
    commit(repository, {"deep/er/x.env": LINE})
    (repository / ".secrets.baseline").write_bytes(ENCODED[encoding](theirs([name])))
    assert scan("--all", cwd=repository).returncode == 0
    (repository / ".secrets.baseline").write_bytes(ENCODED[encoding](theirs(["other"])))
    assert scan("--all", cwd=repository).returncode == 1


@pytest.mark.parametrize("encoding", ENCODED)
def test_k2_our_own_baseline_counts_as_it_was_written(repository, encoding):
    """Editors add a mark."""
    baselined(repository)
    own = repository / ".k6ci-secrets.baseline"
    own.write_bytes(ENCODED[encoding](own.read_text()))
    assert scan("--all", cwd=repository).returncode == 0


FILTERS = "detect_secrets.filters.regex.should_exclude_"


@pytest.mark.parametrize(
    "more",
    [
        {"filters_used": [{"path": FILTERS + "file", "pattern": ["^deep/"]}]},
        {"filters_used": [{"path": FILTERS + "line", "pattern": ["K6_CLOUD"]}]},
        {"filters_used": [{"path": FILTERS + "secret", "pattern": [f"^{TOKEN[:9]}"]}]},
        {"filters_used": [{"path": FILTERS + "file", "pattern": "x[.]env$"}]},
        {"exclude": {"files": "er/x", "lines": None}},
        {"exclude": {"files": None, "lines": "TOKEN="}},
    ],
)
def test_k2_exclude_patterns_of_detect_secrets_count(repository, more):
    """They were passed over without a word."""
    commit(repository, {"deep/er/x.env": LINE, "y.txt": f"token of k6: {TOKEN}\n"})
    (repository / ".secrets.baseline").write_text(theirs(["y.txt"], **more))
    assert scan("deep/er/x.env", cwd=repository).returncode == 0
    (repository / ".secrets.baseline").write_text(theirs(["y.txt"]))
    assert scan("deep/er/x.env", cwd=repository).returncode == 1


@pytest.mark.parametrize(
    "used",
    [
        {"path": FILTERS + "file", "pattern": ["("]},
        {"path": "file://mine.py::f"},
        {"path": "detect_secrets.filters.wordlist.should_exclude_secret"},
    ],
)
def test_k2_what_cannot_be_honoured_is_an_error_that_names_it(repository, used):
    """Passing over it would report what others silenced, or worse."""
    (repository / ".secrets.baseline").write_text(theirs([], filters_used=[used]))
    done = scan("load.js", cwd=repository)
    assert done.returncode == 10
    assert used["path"] in done.stderr or "(" in done.stderr


def test_k2_an_update_over_an_empty_file_is_made(repository):
    """It was refused with the advice to run it."""
    commit(repository, {"x.env": LINE})
    (repository / ".k6ci-secrets.baseline").write_text("")
    assert scan("--all", "--update-baseline", cwd=repository).returncode == 0
    assert scan("--all", cwd=repository).returncode == 0


def test_k4_the_advice_for_a_whole_history_works(repository):
    """The first push of a default branch has no other commits; nothing of its range is an option of git."""
    commit(repository, {"x.env": LINE})
    commit(repository, {"x.env": ""})
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=repository)
    event = repository.parent / "event.json"
    after = git("rev-parse", "HEAD", cwd=repository)
    event.write_text(json.dumps({"before": "0" * 40, "after": after, "ref": "refs/heads/main"}))
    push = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(event)}
    done = scan("--range", "auto", cwd=repository, **push)
    assert done.returncode == 1, done.stdout + done.stderr
    advice = shlex.split(done.stdout.rpartition("`k6ci scan ")[2].rpartition("`")[0])
    assert scan(*advice, cwd=repository).returncode == 0
    assert scan("--range", "auto", cwd=repository, **push).returncode == 0
    assert scan("--range", "HEAD --not --output=x", cwd=repository).returncode == 2
    assert not (repository / "x").exists()


@pytest.mark.parametrize("names", [["x.env", "gone.env"], ["gone.env", "load.js"]])
def test_k2_an_update_names_what_could_not_be_scanned(repository, names):
    """It passed, and forgot the entries of files that it could not read."""
    commit(repository, {"x.env": LINE, "gone.env": LINE})
    assert scan("--all", "--update-baseline", cwd=repository).returncode == 0
    (repository / "gone.env").unlink()
    done = scan(*names, "--update-baseline", cwd=repository)
    assert (done.returncode, "skipped gone.env" in done.stderr) == (3, True)
    text = (repository / ".k6ci-secrets.baseline").read_text()
    assert " x.env\n" in text
    assert " gone.env\n" in text
    (repository / "picture.png").write_bytes(b"\x89PNG\0\0" * 9)
    done = scan("picture.png", "--update-baseline", cwd=repository)
    assert (done.returncode, "skipped picture.png: binary file" in done.stderr) == (0, True)


@pytest.mark.parametrize("folder", ["deep", "deep/er"])
@pytest.mark.parametrize("is_from_root", [True, False])
def test_k1_a_baseline_of_detect_secrets_counts_in_its_own_folder(repository, folder, is_from_root):
    """`detect-secrets scan` lists paths from the folder in which it runs."""
    commit(repository, {"deep/er/x.env": LINE, "y.env": LINE})
    name = "deep/er/x.env" if is_from_root else str(Path("deep/er/x.env").relative_to(folder))
    (repository / folder / ".secrets.baseline").write_text(theirs([name]))
    assert found(scan("--all", "--format", "json", cwd=repository / folder)) == [("y.env", 1, "k6-cloud-token")]
    assert scan("--all", cwd=repository).returncode == 1
    assert (
        scan("--all", "--baseline", f"{folder}/.secrets.baseline", "--exclude", "y.env", cwd=repository).returncode == 0
    )


@pytest.mark.parametrize("later", [{"x.env": ""}, {"x.env": "", "more.txt": "x"}, {"x.env": f"# moved\n{LINE}"}])
@pytest.mark.parametrize("mode", ["HEAD~1..HEAD", "HEAD~2..", "HEAD", "auto"])
def test_k4_the_advice_for_a_range_is_a_command_that_works(repository, later, mode):
    """The baseline of all files does not list what a later commit removed."""
    (repository / "x.env").write_text("")
    git("add", ".", cwd=repository)
    git("commit", "-qm", "empty", cwd=repository)
    start = git("rev-parse", "HEAD", cwd=repository)
    commit(repository, {"x.env": LINE})
    if mode != "HEAD~1..HEAD":
        commit(repository, later)
    push = {"PRE_COMMIT_FROM_REF": start, "PRE_COMMIT_TO_REF": "HEAD"}
    done = scan("--range", mode, cwd=repository, **push)
    assert done.returncode == 1
    advice = shlex.split(done.stdout.rpartition("`k6ci scan ")[2].rpartition("`")[0])
    assert scan(*advice, cwd=repository).returncode == 0
    assert scan("--range", mode, cwd=repository, **push).returncode == 0
