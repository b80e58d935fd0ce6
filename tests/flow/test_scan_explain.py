"""`k6ci scan --explain`: the features, the rule and the decision for a line, never the value; and equal values as one finding."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from scan_repository import LINE, TOKEN, commit, git
from scan_repository import scan as scan_in
from scan_values import SEED, Values

VALUES = Values(SEED)


def scan(folder, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "k6ci", "scan", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    secret = VALUES.mixed(24)
    lines = [
        "db:",
        "  user: app",
        f"  password: {secret}",
        "  api_token: ${{ secrets.API_TOKEN }}",
        "  note: hello",
        "  jwt_secret: changeme",
        f"  token: {secret}  # k6ci:allow a test value",
        "  access_token: token.of(user)",
    ]
    (tmp_path / "app.yml").write_text("\n".join(lines) + "\n")
    (tmp_path / "secret").write_text(secret)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            3,
            [
                "name of kind `password`",
                "context `login`",
                "generated yes",
                "a secret",
                "finding: [assigned-password]",
            ],
        ),
        (4, ["false-positive rule `template`", "finding: none"]),
        (5, ["prefilter: no keyword of a detector", "finding: none"]),
        (6, ["name of kind `phrase`", "false-positive rule `placeholder words`", "finding: none"]),
        (7, ["finding: none, a comment allows it"]),
        (8, ["not a secret: false-positive rule", "finding: none"]),
        (99, ["line 99: the file has"]),
    ],
)
def test_the_explanation_of_a_line(folder, line, expected):
    """Features, context, the decision and the rule that silenced it."""
    done = scan(folder, "--explain", f"app.yml:{line}")
    assert done.returncode == 0
    assert [text for text in expected if text not in done.stdout] == [], done.stdout
    assert (folder / "secret").read_text() not in done.stdout + done.stderr


def test_a_file_without_a_line_is_explained_line_by_line(folder):
    """Each line that passes the prefilter."""
    done = scan(folder, "--explain", "app.yml")
    assert [line for line in done.stdout.splitlines() if line.startswith("line")] == [
        "line 3",
        "line 4",
        "line 6",
        "line 7",
        "line 8",
    ]


def test_all_findings_are_explained_without_a_path(folder):
    """The report first, then why; the exit code stays that of the scan."""
    done = scan(folder, "app.yml", "--explain")
    assert done.returncode == 1
    assert done.stdout.count("finding: [assigned-password]") == 1


def test_what_cannot_be_explained_is_said(folder):
    """No such file, a binary file, a finding that a baseline lists."""
    assert scan(folder, "--explain", "none.yml:3").returncode == 2
    (folder / "x.bin").write_bytes(b"\0\1\2\3" * 99)
    assert "binary file" in scan(folder, "--explain", "x.bin").stdout
    scan(folder, "app.yml", "--update-baseline")
    assert "listed in the baseline" in scan(folder, "--explain", "app.yml:3").stdout


@pytest.mark.parametrize("line", ["the password guide mentions {} somewhere", "# see {}: password", "x = {}  # token"])
def test_a_decision_is_about_the_line_that_is_explained(tmp_path, line):
    """Another line with the same value is a finding; this one is not, and nothing covers it."""
    secret = VALUES.mixed(24)
    for name, text in {"x.env": f"DB_PASSWORD={secret}", "x.yml": f"db:\n  password: {secret}"}.items():
        (tmp_path / name).write_text(f"{line.format(secret)}\n{text}\n")
        first = scan(tmp_path, "--explain", f"{name}:1").stdout
        assert "finding: none\n" in first
        assert ": a secret" not in first
        assert "finding: [" in scan(tmp_path, "--explain", f"{name}:{2 + text.count('db:')}").stdout


def test_a_value_on_another_line_than_its_name_is_explained_where_it_is(tmp_path):
    """Name/value pairs, items of lists, rows of tables, and equal lines, of which the detectors read one."""
    secret = VALUES.mixed(24)
    texts = {
        "a.yml": f"env:\n  - name: DB_PASSWORD\n    value: {secret}\n",
        "b.md": f"| user | password |\n|---|---|\n| me | {secret} |\n",
        "c.csv": f"user,password\nme,{secret}\n",
        "d.json": f'{{"a": 1,\n"db_password":\n"{secret}"}}\n',
        "e.yml": f"passwords:\n\n  - {secret}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        line = 1 + text[: text.index(secret)].count("\n")
        assert ": a secret" in scan(tmp_path, "--explain", f"{name}:{line}").stdout, name
    (tmp_path / "f.env").write_text("DB_PASSWORD=changeme\n" * 3)
    assert "false-positive rule" in scan(tmp_path, "--explain", "f.env:3").stdout


def test_what_was_scanned_is_explained(repository):
    """The index or a commit, when the working tree has another content, or none."""
    commit(repository, {"x.env": LINE})
    (repository / "x.env").write_text("# moved\n\n" + LINE)
    git("add", ".", cwd=repository)
    for text in ("K6_CLOUD_TOKEN=\n", None):
        (repository / "x.env").write_text(text) if text else (repository / "x.env").unlink()
        (repository / "deep").mkdir(exist_ok=True)
        for folder in (repository, repository / "deep"):
            done = scan_in("--staged", "--explain", cwd=folder)
            assert (done.returncode, done.stdout.count("line 3\n")) == (1, 1), done.stderr
            done = scan_in("--range", "HEAD", "--explain", cwd=folder)
            assert (done.returncode, done.stdout.count("line 1\n")) == (1, 1), done.stderr
    assert TOKEN not in done.stdout


@pytest.mark.parametrize("arguments", [["app.yml:0"], ["app.yml:00"], ["app.yml:3", "--format", "json"], ["none.yml"]])
def test_wrong_usage_is_said(folder, arguments):
    """Lines begin at 1, and a document has no text behind it."""
    done = scan(folder, "--explain", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert scan(folder, "app.yml", "--format", "json", "--explain").returncode == 2
    assert scan(folder, "app.yml", "--format", "json", "--output", "x.json", "--explain").returncode == 1


@pytest.mark.parametrize("pattern", ["app.yml", "*.yml", "/app.*"])
def test_an_excluded_file_is_said_to_be_excluded(folder, pattern):
    """Its lines are findings for no mode."""
    done = scan(folder, "--exclude", pattern, "--explain", "app.yml:3")
    assert (done.returncode, done.stdout) == (0, "app.yml: excluded (`exclude` in k6ci.toml, --exclude)\n")


def test_equal_values_are_one_finding_with_its_places(tmp_path):
    """One text in 25 versions of a documentation is 25 lines; each place is in JSON and SARIF."""
    secret, other = VALUES.mixed(24), VALUES.mixed(24)
    for number in range(25):
        (tmp_path / f"page{number:02}.yml").write_text(f"x: 1\napi_token: {secret}\n")
    (tmp_path / "zz.yml").write_text(f"api_token: {other}\n")
    text = scan(tmp_path, ".").stdout
    assert "2 secrets found in 26 places." in text
    assert text.count("[assigned-token]") == 2
    assert "also at page01.yml:2:12" in text
    assert "and at 15 more places" in text
    assert max(map(len, text.splitlines())) < 250
    findings = json.loads(scan(tmp_path, ".", "--format", "json").stdout)["findings"]
    assert len(findings) == 26
    assert "group" not in findings[0]
    results = json.loads(scan(tmp_path, ".", "--format", "sarif").stdout)["runs"][0]["results"]
    assert len({one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}) == 26
