"""The hooks as pre-commit and prek call them: real repositories, real commits and pushes, no network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import hooks
from hooks import Runner, hook_repository, namespace, places, wheels
from scan_cases import false_positives, secrets
from scan_repository import LINE, TOKEN, git, scan
from scan_shapes import Case
from scan_values import Values

pytestmark = pytest.mark.e2e

SEED = 77


@pytest.fixture(scope="module")
def hook_source(tmp_path_factory):
    return hook_repository(tmp_path_factory.mktemp("published") / "k6ci")


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return wheels(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module", params=["pre-commit", "prek"])
def runner(request, tmp_path_factory, hook_source, packages) -> Runner:
    """One home for all tests of a runner: the hook's environment is made once."""
    return hooks.runner(request.param, tmp_path_factory.mktemp(request.param), hook_source, packages)


@pytest.fixture
def installed(runner, repository) -> Path:
    """A repository whose next commit and next push meet the hooks."""
    runner.install(repository)
    return repository


def write(root: Path, cases: list[Case]) -> dict[str, Case]:
    """Each case in a folder of its own; gives the cases by those folders."""
    folders = {}
    for number, case in enumerate(cases):
        path = root / f"{number:03}" / case.path
        path.parent.mkdir(parents=True)
        path.write_bytes(case.text.encode())
        folders[f"{number:03}"] = case
    git("add", "--force", ".", cwd=root)
    return folders


def test_try_repo_rejects_every_shape_and_accepts_every_false_positive(runner, repository):
    """As somebody does who has never heard of us: nothing installed, no network."""
    folders = write(repository, secrets(SEED))
    done = runner.call("try-repo", str(runner.hooks), "k6ci-secrets", "--all-files", cwd=repository)
    found = {path.split("/")[0] for path, _, _ in places(done.stdout)}
    assert done.returncode == 1, done.stdout + done.stderr
    assert [case.shape for folder, case in folders.items() if folder not in found] == []
    assert not [case.shape for case in folders.values() if case.secret[:20] in done.stdout]
    git("rm", "-rqf", ".", cwd=repository)
    write(repository, false_positives(SEED))
    done = runner.call("try-repo", str(runner.hooks), "k6ci-secrets", "--all-files", cwd=repository)
    assert (done.returncode, places(done.stdout)) == (0, set()), done.stdout + done.stderr


def test_each_shape_stops_a_commit_of_its_own(runner, installed):
    """One file, one commit: nothing else in it that could have been found instead."""
    # pre-commit needs half a second a commit: it gets every ninth.
    cases = secrets(SEED + 1)[:: 1 if runner.name == "prek" else 9]
    start = git("rev-parse", "HEAD", cwd=installed)
    passed = []
    for number, case in enumerate(cases):
        root = installed / f"{number:03}"
        (root / case.path).parent.mkdir(parents=True)
        (root / case.path).write_bytes(case.text.encode())
        git("add", "--force", root.name, cwd=installed)
        if runner.git("commit", "-qm", case.shape, cwd=installed).returncode == 0:
            passed.append(case.shape)
        git("reset", "-q", "--hard", start, cwd=installed)
    assert passed == []


def test_a_commit_of_false_positives_passes(runner, installed):
    write(installed, false_positives(SEED + 1))
    done = runner.git("commit", "-qm", "nothing secret", cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_staged_is_scanned(runner, installed):
    """A draft in the working tree does not count; a fix that was not staged does not help."""
    (installed / "load.js").write_text("// staged\n")
    git("add", "load.js", cwd=installed)
    (installed / "load.js").write_text(f"// staged\nconst token = '{TOKEN}';\n")
    assert runner.git("commit", "-qm", "clean part", cwd=installed).returncode == 0
    assert TOKEN in (installed / "load.js").read_text()
    git("add", "load.js", cwd=installed)
    (installed / "load.js").write_text("// mended, not staged\n")
    done = runner.git("commit", "-qm", "bad part", cwd=installed)
    assert (done.returncode, "load.js:2:" in done.stdout + done.stderr) == (1, True)


def test_odd_files_do_not_stop_a_commit(runner, installed):
    """Binary, huge, empty, not UTF-8, links, pipes, renames, deletions: skipped or read, never in the way."""
    (installed / "binary.bin").write_bytes(b"\0" * 5000 + LINE.encode())
    (installed / "empty").touch()
    (installed / "latin.txt").write_bytes("Schl\u00fcssel\n".encode("latin-1"))
    (installed / "out").symlink_to("/etc/passwd")
    (installed / "loop").symlink_to("loop")
    with (installed / "huge.log").open("wb") as file:
        file.truncate(200_000_000)
    os.mkfifo(installed / "pipe")
    (installed / "gone.js").write_text("// x\n")
    git("add", "--", "gone.js", cwd=installed)
    git("commit", "-qm", "to be removed", "--no-verify", cwd=installed)
    git("mv", "load.js", "renamed.js", cwd=installed)
    git("rm", "-q", "gone.js", cwd=installed)
    git("add", "--", *(name for name in os.listdir(installed) if name not in {"pipe", ".git"}), cwd=installed)
    done = runner.git("commit", "-qm", "odd", cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr


def test_odd_names_and_encodings_hide_nothing(runner, installed):
    """A name that looks like an option must not switch the hook off; Latin-1 and UTF-16 are read."""
    names = [
        "--update-baseline",
        "-x",
        "a b.env",
        "new\nline.env",
        "\u00e4\u00f6.env",
        "quote'\".env",
        "$(touch hacked)",
    ]
    for name in names:
        (installed / name).write_text(LINE)
    (installed / "latin.env").write_bytes(f"# Schl\u00fcssel\n{LINE}".encode("latin-1"))
    (installed / "utf16.env").write_text(LINE, encoding="utf-16")
    git("mv", "load.js", "moved.env", cwd=installed)
    (installed / "moved.env").write_text(LINE)
    git("add", ".", cwd=installed)
    done = runner.git("commit", "-qm", "bad", cwd=installed)
    shown = [name.replace("\n", "\\n") for name in names]
    missed = [
        name for name in [*shown, "latin.env", "utf16.env", "moved.env"] if f"{name}:" not in done.stdout + done.stderr
    ]
    assert (done.returncode, missed) == (1, [])
    assert not (installed / "hacked").exists()
    assert not (installed / ".k6ci-secrets.baseline").exists()


def test_a_push_is_stopped_by_what_its_commits_brought(runner, installed, tmp_path):
    """Also by what a later commit removed; a branch that is deleted, or clean, goes through."""
    bare = tmp_path / "bare.git"
    git("init", "-q", "--bare", str(bare), cwd=tmp_path)
    git("remote", "add", "origin", str(bare), cwd=installed)
    done = runner.git("push", "-q", "origin", "main", cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    git("checkout", "-qb", "topic", cwd=installed)
    for text in (LINE, "K6_CLOUD_TOKEN=\n"):
        (installed / ".env").write_text(text)
        git("add", ".env", cwd=installed)
        git("commit", "-qm", "past the first hook", "--no-verify", cwd=installed)
    done = runner.git("push", "-q", "origin", "topic", cwd=installed)
    assert (done.returncode, ".env:1:16: k6 Cloud token" in done.stdout + done.stderr) == (1, True)
    assert "topic" not in git("branch", "--list", cwd=bare)
    git("reset", "-q", "--hard", "main", cwd=installed)
    (installed / "ok.js").write_text("// fine\n")
    git("add", ".", cwd=installed)
    git("commit", "-qm", "fine", "--no-verify", cwd=installed)
    for arguments in (("origin", "topic"), ("origin", ":topic")):
        done = runner.git("push", "-q", *arguments, cwd=installed)
        assert done.returncode == 0, done.stdout + done.stderr


def test_both_runners_and_the_command_line_say_the_same(runner, installed):
    """Whatever splits the files over processes, the findings are those of one scan of all."""
    write(installed, secrets(SEED + 2) + false_positives(SEED + 2))
    done = runner.call("run", "--all-files", "k6ci-secrets", cwd=installed)
    alone = scan("--all", cwd=installed)
    assert (done.returncode, alone.returncode) == (1, 1)
    assert places(done.stdout) == places(alone.stdout)
    assert len(places(alone.stdout)) >= 150


def test_a_baseline_and_a_reason_let_a_commit_through(runner, installed):
    """What is known stays, and what is new does not."""
    (installed / "old.env").write_text(LINE)
    (installed / "demo.env").write_text(f"{LINE.strip()} # k6ci:allow the emulator takes any token\n")
    git("add", ".", cwd=installed)
    assert scan("--update-baseline", "old.env", cwd=installed).returncode == 0
    git("add", ".", cwd=installed)
    done = runner.git("commit", "-qm", "known", cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    (installed / "old.env").write_text(f"K6_CLOUD_TOKEN={Values(SEED).token()}\n")
    assert runner.git("commit", "-qam", "new", cwd=installed).returncode == 1


def test_both_hooks_run_at_the_stage_manual(runner, installed):
    """Files by name, and the commits that are on no remote."""
    manual = ("run", "--hook-stage", "manual", "--all-files")
    done = runner.call(*manual, cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 2
    (installed / "x.env").write_text(LINE)
    git("add", ".", cwd=installed)
    git("commit", "-qm", "past the first hook", "--no-verify", cwd=installed)
    done = runner.call(*manual, cwd=installed)
    assert (done.returncode, done.stdout.count("x.env:1:16: k6 Cloud token")) == (1, 2), done.stdout


def test_beside_the_hook_of_detect_secrets_and_its_baseline(runner, repository):
    """What its baseline lists is known to both hooks, what is new stops both, and its file stays its own."""
    python = f"{sys.executable} -m detect_secrets"
    entry = f"{python}.pre_commit_hook --no-verify --baseline .secrets.baseline"
    other = f"{{id: detect-secrets, name: detect-secrets, entry: {entry}, language: system, exclude: baseline$}}"
    known, fresh = Values(SEED).password(), Values(SEED + 1).password()
    (repository / "known.py").write_text(f'password = "{known}"\n')
    listed = runner.offline(*python.split(), "scan", "--no-verify", "known.py", cwd=repository)
    assert "known.py" in listed.stdout, listed.stderr
    (repository / ".secrets.baseline").write_text(listed.stdout)
    runner.install(repository, f"- repo: local\n  hooks: [{other}]\n")
    git("add", ".", cwd=repository)
    done = runner.git("commit", "-qm", "known", cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    (repository / "fresh.py").write_text(f'password = "{fresh}"\n')
    git("add", ".", cwd=repository)
    done = runner.git("commit", "-qm", "fresh", cwd=repository)
    shown = done.stdout + done.stderr
    assert (done.returncode, "fresh.py:1:13: Hard-coded password" in shown, "Location:    fresh.py:1" in shown) == (
        1,
        True,
        True,
    ), shown
    assert not (repository / ".k6ci-secrets.baseline").exists()
    assert (repository / ".secrets.baseline").read_text() == listed.stdout


def test_these_tests_are_offline(runner, installed):
    """Otherwise they show nothing about a hook that must not go online."""
    reach = "import socket; socket.create_connection(('198.51.100.1', 443), 3)"
    python = next(Path(runner.environ["HOME"]).rglob("bin/k6ci")).parent / "python"
    done = runner.offline(str(python), "-c", reach, cwd=installed)
    assert done.returncode == 1
    assert ("Network is unreachable" if namespace() else "this test is offline") in done.stderr
