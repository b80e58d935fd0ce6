"""Row K15: a crash is never taken for findings, and the hook runs on Windows and in small containers."""

from __future__ import annotations

import ntpath
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from faces import PROJECT
from k6ci import processes
from k6ci.secretscan.suppression import paths
from scan_repository import CLEAN, LINE, TOKEN, git
from scan_values import Values

# What Python on Windows lacks, and what the scan would use.
LACKING = (
    *("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "fork", "sched_getaffinity", "register_at_fork"),
    *("getuid", "geteuid", "fchmod", "set_blocking", "pathconf"),
)
AS_ON_WINDOWS = f"""
import os, sys
for name in {LACKING!r}:
    if hasattr(os, name):
        delattr(os, name)
os.supports_dir_fd = set()
from k6ci.__main__ import main
sys.exit(main())
"""
ROOT = r"C:\builds\repository"


def scan_as_on_windows(*arguments, cwd):
    argv = [sys.executable, "-c", AS_ON_WINDOWS, "scan", *arguments]
    return subprocess.run(argv, cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", [".env", "ci/settings.yml", "a b/x.json", "ä/y.toml", "deep/er/z.ini"])
def test_k15_the_hook_needs_no_flag_that_windows_lacks(repository, name):
    """Files with findings, clean files, folders, links and what is not there."""
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LINE if name == ".env" else f'{{"k6_cloud_token": "{Values(7).token()}"}}\n')
    (repository / "clean.env").write_text("K6_CLOUD_TOKEN=$TOKEN\n")
    (repository / "link").symlink_to(path)
    done = scan_as_on_windows("--", name, "clean.env", cwd=repository)
    assert (done.returncode, f"{name}:1:" in done.stdout) == (1, True), done.stdout + done.stderr
    assert scan_as_on_windows("--", "clean.env", cwd=repository).returncode == 0
    assert "link: a symbolic link" in scan_as_on_windows("--", "link", cwd=repository).stderr
    assert scan_as_on_windows("--", "missing.env", cwd=repository).returncode == 3


def test_k15_staged_changes_ranges_and_baselines_need_none_of_them(repository):
    """The other modes, and what is written."""
    (repository / "old.env").write_text(LINE)
    git("add", ".", cwd=repository)
    assert scan_as_on_windows("--staged", cwd=repository).returncode == 1
    assert scan_as_on_windows("--update-baseline", "--all", cwd=repository).returncode == 0
    assert scan_as_on_windows("--staged", cwd=repository).returncode == 0
    git("commit", "-qm", "more", cwd=repository)
    assert scan_as_on_windows("--range", "HEAD~1..HEAD", cwd=repository).returncode == 0
    (repository / ".k6ci-secrets.baseline").unlink()
    assert scan_as_on_windows("--range", "HEAD~1..HEAD", cwd=repository).returncode == 1
    assert TOKEN not in scan_as_on_windows("--all", "--format", "sarif", cwd=repository).stdout


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (r"ci\settings.yml", "ci/settings.yml"),
        (r".\ci\settings.yml", "ci/settings.yml"),
        (r"C:\builds\repository\ci\settings.yml", "ci/settings.yml"),
        (r"c:\BUILDS\Repository\ci\settings.yml", "ci/settings.yml"),
        (r"C:/builds/repository/ci/settings.yml", "ci/settings.yml"),
        ("ci/settings.yml", "ci/settings.yml"),
        (r"ci\\settings.yml", "ci/settings.yml"),
        (r"ci\..\x.env", "x.env"),
        (r"a b\ä.env", "a b/ä.env"),
        (r"C:\builds\other\x.env", "C:/builds/other/x.env"),
    ],
)
def test_k15_paths_of_windows_are_shown_from_the_root(monkeypatch, name, shown):
    """With slashes, in whatever spelling they come; a path outside of the repository stays whole."""
    monkeypatch.setattr(ntpath, "abspath", lambda path: ntpath.normpath(ntpath.join(ROOT, path)))
    monkeypatch.setattr(paths, "os", SimpleNamespace(path=ntpath, sep="\\"))
    assert paths.Paths(ROOT).shown(name) == shown


@pytest.mark.parametrize(
    ("limit", "expected"), [("max 100000", 8), ("100000 100000", 1), ("150000 100000", 2), ("50000 100000", 1)]
)
def test_k15_the_number_of_processes_is_what_the_container_allows(monkeypatch, tmp_path, limit, expected):
    """The machine's processors, less what cgroups forbid."""
    (tmp_path / "cpu.max").write_text(limit)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    monkeypatch.setattr("builtins.open", lambda *_args, **_more: (tmp_path / "cpu.max").open())
    assert processes.processors() == expected


def test_k15_a_runner_starts_one_hook_at_a_time():
    """The scan itself starts one process per processor."""
    hooks = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert all(hook["require_serial"] for hook in hooks)
