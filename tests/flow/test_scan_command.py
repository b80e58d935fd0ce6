"""`k6ci scan` as a user calls it: real git repositories, real processes, exit codes and reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from k6ci import cli
from scan_repository import CLEAN, LINE, TOKEN, found, git, scan
from scan_values import Values
from terminal import COLUMNS, in_terminal


def test_named_files_and_folders_are_scanned(repository):
    """What pre-commit calls: file names, and silence when there is nothing."""
    (repository / "ok.env").write_text("K6_CLOUD_TOKEN=$TOKEN\n")
    (repository / "ci").mkdir()
    (repository / "ci" / "bad.env").write_text(LINE)
    assert (scan("ok.env", cwd=repository).returncode, scan("ok.env", cwd=repository).stdout) == (0, "")
    done = scan("--format", "json", "ok.env", "ci", cwd=repository)
    assert done.returncode == 1
    assert found(done) == [("ci/bad.env", 1, "k6-cloud-token")]


def test_a_file_whose_name_looks_like_an_option_is_a_file(repository):
    """The hook ends its options with `--`: a tracked file named `--update-baseline` must not switch it off."""
    (repository / "--update-baseline").write_text(LINE)
    done = scan("--", "--update-baseline", cwd=repository)
    assert (done.returncode, ".k6ci-secrets.baseline" in os.listdir(repository)) == (1, False)


def test_the_index_is_scanned_and_not_the_working_tree(repository):
    """What is committed is what git has: a fix that was not staged does not count, and a draft does not either."""
    (repository / ".env").write_text(LINE)
    git("add", ".", cwd=repository)
    (repository / ".env").write_text("K6_CLOUD_TOKEN=\n")
    (repository / "draft.env").write_text(LINE)
    assert found(scan("--staged", "--format", "json", cwd=repository)) == [(".env", 1, "k6-cloud-token")]
    git("add", ".env", cwd=repository)
    assert scan("--staged", cwd=repository).returncode == 0


def test_staged_knows_renames_deletions_links_and_the_first_commit(repository, tmp_path):
    """A rename is its new name, a deletion is nothing, a link has no content, and a new repository has no HEAD."""
    (repository / "a.env").write_text(LINE)
    (repository / "gone.env").write_text(LINE)
    git("add", ".", cwd=repository)
    git("commit", "-qm", "second", cwd=repository)
    git("mv", "a.env", "b ä.env", cwd=repository)
    git("rm", "-q", "gone.env", cwd=repository)
    (repository / "link").symlink_to("b ä.env")
    git("add", "link", cwd=repository)
    assert found(scan("--staged", "--format", "json", cwd=repository)) == [("b ä.env", 1, "k6-cloud-token")]
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    git("init", "-q", cwd=fresh)
    (fresh / ".env").write_text(LINE)
    git("add", ".", cwd=fresh)
    assert scan("--staged", cwd=fresh).returncode == 1


def test_a_range_holds_what_a_later_commit_removed(repository):
    """A token that was pushed is known to the world, whatever the next commit says."""
    start = git("rev-parse", "HEAD", cwd=repository)
    (repository / ".env").write_text(LINE)
    git("add", ".", cwd=repository)
    git("commit", "-qm", "oops", cwd=repository)
    (repository / ".env").write_text("K6_CLOUD_TOKEN=\n")
    git("commit", "-qam", "mend", cwd=repository)
    assert scan("--all", cwd=repository).returncode == 0
    assert found(scan("--range", f"{start}..HEAD", "--format", "json", cwd=repository)) == [
        (".env", 1, "k6-cloud-token")
    ]
    head = git("rev-parse", "HEAD", cwd=repository)
    assert scan("--range", f"{head}..HEAD", cwd=repository).returncode == 0
    done = scan("--range", "auto", cwd=repository, PRE_COMMIT_FROM_REF=start, PRE_COMMIT_TO_REF=head)
    assert done.returncode == 1
    event = repository / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": start}, "head": {"sha": head}}}))
    done = scan("--range", "auto", cwd=repository, GITHUB_ACTIONS="true", GITHUB_EVENT_PATH=str(event))
    assert done.returncode == 1


def test_a_range_with_a_name_that_is_no_utf_8(repository):
    """The file is read a second time at the end of the range, by its name."""
    (repository / "caf\udce9.env").write_text(LINE)
    git("add", ".", cwd=repository)
    git("commit", "-qm", "old name", cwd=repository)
    assert scan("--range", "HEAD~1..HEAD", cwd=repository).returncode == 1


def test_a_merge_brings_only_what_is_its_own(repository):
    """The content of the other side was scanned when it was written; what the merge itself adds was not."""
    git("checkout", "-qb", "side", cwd=repository)
    (repository / "side.js").write_text("// side\n")
    git("add", ".", cwd=repository)
    git("commit", "-qm", "side", cwd=repository)
    git("checkout", "-q", "main", cwd=repository)
    (repository / "main.js").write_text("// main\n")
    git("add", ".", cwd=repository)
    git("commit", "-qm", "main", cwd=repository)
    git("merge", "-q", "--no-commit", "--no-ff", "side", cwd=repository)
    (repository / "evil.env").write_text(LINE)
    git("add", ".", cwd=repository)
    git("commit", "-qm", "merge", cwd=repository)
    assert found(scan("--range", "HEAD~1..HEAD", "--format", "json", cwd=repository)) == [
        ("evil.env", 1, "k6-cloud-token")
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--range", "nowhere..HEAD"], 10, "fetch-depth: 0"),
        (["--range", "auto"], 10, "--range origin/main..HEAD"),
        (["--range", "--output=x..y"], 2, ""),
        (["--staged", "load.js"], 2, "not allowed with argument"),
        (["--staged", "--all"], 2, "not allowed with"),
        (["--format", "html"], 2, "invalid choice"),
        (["--baseline", "missing"], 10, "cannot be read"),
        (["no-such-file.env"], 3, "cannot be read"),
        (["--range", ""], 2, "is empty"),
        (["--output", "no/such/folder.json"], 2, "cannot be written"),
        (["--all", "--update-baseline", "--baseline", "no/such/folder"], 2, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_own_code(repository, arguments, code, said):
    """Passing without having looked would be the worst answer."""
    done = scan(*arguments, cwd=repository)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_repository_files_can_be_named_and_nothing_else(tmp_path):
    """Git is asked only where it is needed."""
    (tmp_path / "x.env").write_text(LINE)
    assert scan("x.env", cwd=tmp_path).returncode == 1
    for what in ("--all", "--staged"):
        done = scan(what, cwd=tmp_path)
        assert (done.returncode, "git repository" in done.stderr.splitlines()[0]) == (10, True), done.stderr


def test_many_processes_find_what_one_finds(repository):
    """Speed must not change the answer."""
    folder = repository / "many"
    folder.mkdir()
    for number in range(260):
        (folder / f"f{number}.py").write_text("x = 1  # nothing to see here\n" * 700)
    (folder / "f77.py").write_text(f'K6_CLOUD_TOKEN = "{TOKEN}"\n')
    one, two = (scan("--jobs", jobs, "--format", "json", "many", cwd=repository) for jobs in ("1", "2"))
    assert found(one) == found(two) == [("many/f77.py", 1, "k6-cloud-token")]


def test_the_report_goes_where_it_is_told(repository):
    """`--output` for artifacts; a reader that went away is no crash."""
    (repository / ".env").write_text(LINE)
    done = scan("--format", "sarif", "--output", "report.sarif", ".env", cwd=repository)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads((repository / "report.sarif").read_text())["version"] == "2.1.0"
    assert TOKEN not in (repository / "report.sarif").read_text()


@pytest.mark.parametrize("arguments", [("--all",), ("--explain", ".env:1"), ("--explain", "--all")])
def test_what_a_terminal_shows_fits_it(repository, arguments):
    """Lines break between words, and go on below what they belong to; a file or a pipe gets them whole."""
    (repository / ".env").write_text(LINE)
    (repository / "load.js").write_text(f"const password = '{Values(5).password()}';\n")
    git("add", ".", cwd=repository)
    with in_terminal([sys.executable, "-m", "k6ci", "scan", *arguments], CLEAN, repository) as terminal:
        terminal.end()
    assert max(map(len, terminal.lines)) <= COLUMNS
    whole = scan(*arguments, cwd=repository).stdout
    assert max(map(len, whole.split("\n"))) > COLUMNS
    assert terminal.text.split() == whole.split()


def test_a_closed_stream_changes_no_exit_code(repository):
    """Whoever wants the code alone closes the rest."""
    (repository / "bad.env").write_text(LINE)
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        argv = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "k6ci", "scan", "bad.env"]
        done = subprocess.run(argv, cwd=repository, env=CLEAN, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (1, "")


def test_nothing_that_is_printed_holds_the_secret(repository):
    """Whatever the format, on both streams."""
    (repository / ".env").write_text(LINE)
    for form in ("text", "json", "sarif", "gitlab", "codequality"):
        done = scan("--format", form, ".env", cwd=repository)
        assert done.returncode == 1
        assert TOKEN[:6] not in done.stdout + done.stderr


def test_the_scan_needs_nothing_of_the_cloud_side(repository):
    """The hook's environment has detect-secrets and nothing else; a commit without anything suspicious not even that."""
    program = (
        "import sys; from k6ci.secretscan.cli import main; code = main(['load.js']); "
        "heavy = {'typer', 'rich', 'httpx', 'pydantic', 'anyio', 'github', 'requests', 'detect_secrets', 'yaml', 'dataclasses', "
        "'subprocess', 'json', 'k6ci.cli', 'pathlib'} & set(sys.modules); sys.exit(repr(heavy) if heavy else code)"
    )
    argv = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"]
    done = subprocess.run(argv, cwd=repository, env=CLEAN, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_list_of_commands_has_it(repository, monkeypatch, capsys):
    """`k6ci --help` is where people look; called from there it is the same scan."""
    (repository / ".env").write_text(LINE)
    monkeypatch.chdir(repository)
    assert cli.main(["scan", "--format", "json", ".env"], {}) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["rule"] == "k6-cloud-token"
    cli.main(["--help"], {})
    assert "Find secrets in files" in capsys.readouterr().out
