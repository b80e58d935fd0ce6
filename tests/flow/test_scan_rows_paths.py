"""Which paths the scan looks at, and what allows a value in a range of commits."""

from __future__ import annotations

import gzip
import subprocess

import pytest

from k6ci.secretscan.suppression.paths import Paths
from scan_repository import LINE, TOKEN, commit, found, git, scan

PATTERNS = [
    "deep/**",
    "deep/",
    "*.env",
    "/deep/er/x.env",
    "**/x.env",
    "deep/*/x.env",
    "x.env",
    "er",
    "deep/er/?.env",
    "[w-z].env",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("mode", [["--all"], ["--staged"], ["--range", "HEAD"], ["."]])
def test_k3_one_list_of_paths_that_every_mode_reads(repository, pattern, mode):
    """`exclude` of pre-commit's configuration counts at the commit and not at the push."""
    commit(repository, {"deep/er/x.env": LINE, "k6ci.toml": f"exclude = [{pattern!r}]\n"})
    (repository / "deep" / "er" / "x.env").write_text(LINE + "\n")
    git("add", ".", cwd=repository)
    done = scan(*mode, cwd=repository)
    assert (done.returncode, "excluded" in done.stderr) == (0, True), done.stderr


def test_k3_the_option_does_the_same(repository):
    """For one call."""
    commit(repository, {"deep/er/x.env": LINE, "y.env": LINE})
    assert found(scan("--all", "--format", "json", "--exclude", "deep/", cwd=repository)) == [
        ("y.env", 1, "k6-cloud-token")
    ]
    assert scan("--all", "--exclude", "deep/", "--exclude", "y.*", cwd=repository).returncode == 0
    (repository / "k6ci.toml").write_text("exclude = 7\n")
    assert scan("--all", cwd=repository).returncode == 10


def test_s17_a_file_that_is_named_as_a_baseline_is_read(repository):
    """Any file of that name was passed over."""
    text = f"glpat-{TOKEN[:20]}\n"
    commit(repository, {"docs/.secrets.baseline": text, "docs/.k6ci-secrets.baseline": f"# blake2-2\n{text}"})
    paths = {path for path, _, _ in found(scan("--all", "--format", "json", cwd=repository))}
    assert paths == {"docs/.secrets.baseline", "docs/.k6ci-secrets.baseline"}


ALLOWED_LATER = [
    f"{LINE.strip()} # k6ci:allow made up\n",
    f"# k6ci:allow made up\n{LINE}",
    f"# moved\n\n# k6ci:allow: made up\n{LINE}",
    f"{LINE.strip()} # pragma: allowlist secret\n",
]


@pytest.mark.parametrize("text", ALLOWED_LATER)
def test_k4_a_comment_of_a_later_commit_allows_the_value_in_the_range(repository, text):
    """The advice that is printed suggests it; rewriting history is no advice."""
    start = commit(repository, {"load.js": "// more\n"})
    commit(repository, {"x.env": LINE})
    assert scan("--range", f"{start}..HEAD", cwd=repository).returncode == 1
    commit(repository, {"x.env": text})
    assert scan("--range", f"{start}..HEAD", cwd=repository).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# k6ci:allow made up\nOTHER=1\n",
        "# k6ci:allow\n" + LINE,
        "# k6ci:allow made up\nK6_CLOUD_TOKEN=" + TOKEN[::-1] + "\n",
    ],
)
def test_k4_only_the_same_value_and_with_a_reason(repository, text):
    """What a later commit removes, or allows another value beside, stays found."""
    start = commit(repository, {"load.js": "// more\n"})
    commit(repository, {"x.env": LINE})
    commit(repository, {"x.env": text})
    assert scan("--range", f"{start}..HEAD", cwd=repository).returncode == 1


def test_k4_archives_and_key_stores_stay_found(repository):
    """The end of the range holds them, too, without a comment."""
    (repository / "log.gz").write_bytes(gzip.compress(LINE.encode()))
    (repository / "keys.kdbx").write_bytes(bytes.fromhex("03d9a29a67fb4bb5") + b"\0" * 99)
    commit(repository, {"x.env": f"{LINE.strip()} # k6ci:allow made up\n"})
    assert scan("--range", "HEAD~1..HEAD", "--format", "json", cwd=repository).stdout.count('"rule"') == 2


def test_k5_what_is_not_there_is_not_scanned(repository):
    """A sparse checkout, or a file that was deleted and not yet staged."""
    commit(repository, {"a/x.txt": "x\n", "b/y.txt": "y\n", "c.txt": "z\n"})
    git("sparse-checkout", "set", "a", cwd=repository)
    assert not (repository / "b").exists()
    assert scan("--all", cwd=repository).returncode == 0
    (repository / "a" / "x.txt").unlink()
    assert scan("--all", cwd=repository).returncode == 0
    assert scan("b/y.txt", cwd=repository).returncode == 3, "named, and not there"


@pytest.mark.parametrize("name", ["secret.env", "deep/secret.env", "with space.env"])
def test_k5_files_under_a_filter_are_read_as_they_are_committed(repository, name):
    """What git-crypt encrypts is plain in the working tree, and cipher in every commit."""
    git("config", "filter.rot.clean", "tr a-z0-9 n-za-m5-90-4 | tr -d 'K_'", cwd=repository)
    commit(repository, {".gitattributes": "*.env filter=rot\n", name: LINE, "plain.txt": "x\n"})
    assert "K6_CLOUD" not in git("show", f"HEAD:{name}", cwd=repository)
    assert scan(name, cwd=repository).returncode == 0
    assert scan("--all", cwd=repository).returncode == 0
    (repository / "other.txt").write_text(LINE)
    assert scan(name, "other.txt", cwd=repository).returncode == 1


@pytest.mark.parametrize("place", ["deep/.gitattributes", "deep/er/.gitattributes", ".git/info/attributes"])
def test_k5_attributes_count_wherever_they_are(repository, place):
    """Below the root, and those that no commit has."""
    git("config", "filter.rot.clean", "tr a-z0-9 n-za-m5-90-4 | tr -d 'K_'", cwd=repository)
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / "deep" / "er").mkdir(parents=True)
    (repository / place).write_text("*.env filter=rot\n")
    commit(repository, {"deep/er/x.env": LINE})
    assert scan("deep/er/x.env", cwd=repository).returncode == 0
    assert scan("--all", cwd=repository).returncode == 0
    assert scan("er/x.env", cwd=repository / "deep").returncode == 0
    assert scan("--all", cwd=repository / "deep" / "er").returncode == 0
    git("worktree", "add", "-q", "../other", cwd=repository)
    assert scan("--all", cwd=repository.parent / "other").returncode == 0
    commit(repository, {"deep/er/plain.txt": LINE})
    assert scan("--all", cwd=repository / "deep").returncode == 1


def test_s19_a_folder_that_looks_like_a_repository_runs_nothing(tmp_path):
    """`core.fsmonitor` of a bare repository inside of a checkout is a program."""
    git("init", "-q", "--bare", "bare", cwd=tmp_path)
    marker = tmp_path / "ran"
    program = tmp_path / "bare" / "monitor"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
    git("config", "--file", str(tmp_path / "bare" / "config"), "core.fsmonitor", str(program), cwd=tmp_path)
    git("config", "--file", str(tmp_path / "bare" / "config"), "core.bare", "false", cwd=tmp_path)
    git("config", "--file", str(tmp_path / "bare" / "config"), "core.worktree", str(tmp_path / "bare"), cwd=tmp_path)
    for arguments in (["--all"], ["--staged"], ["--range", "HEAD"]):
        scan(*arguments, cwd=tmp_path / "bare")
    assert not marker.exists()


def test_k3_the_range_hook_passes_at_its_stage_manual(repository):
    """The runners name no commits there: what is on no remote is scanned."""
    assert scan("--range", "auto", cwd=repository, PRE_COMMIT="1").returncode == 0
    commit(repository, {"x.env": LINE})
    assert scan("--range", "auto", cwd=repository, PRE_COMMIT="1").returncode == 1
    assert scan("--range", "auto", cwd=repository).returncode == 10


@pytest.mark.parametrize(
    "patterns",
    [
        ["*.snap"],
        ["docs/"],
        ["fix/*", "!fix/a.env"],
        ["*.env", "!a.env", "fix/a.env"],
        ["/a.env"],
        ["**/deep/*.env"],
        ["fix/**/x.env"],
        [r"\#x.env", r"y\ z.env"],
        ["[!a].env"],
        ["f?x/"],
    ],
)
def test_k3_patterns_exclude_what_gitignore_ignores(repository, patterns):
    """git is the judge."""
    names = ["a.env", "b.env", "fix/a.env", "fix/b.env", "fix/deep/x.env", "docs/a/b.md", "x.snap", "#x.env", "y z.env"]
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n")
    argv = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    done = subprocess.run(argv, cwd=repository, input="\0".join(names), capture_output=True, text=True, check=False)
    ignored = set(filter(None, done.stdout.split("\0")))
    paths = Paths(str(repository), patterns)
    assert {name for name in names if not paths.is_scanned(name)} == ignored
    assert paths.excluded_files == len(ignored)
