"""`k6ci report`: shows and delivers a result.json again; the file is untrusted."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys

import pytest

from k6ci.render.document import report_json
from sample_reports import failed_report, hostile_report, passed_report, suite_report
from story import Teller, Told


@pytest.fixture
def outside(tmp_path_factory):
    """The runner's folder."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def step(outside):
    """The variables of a step on GitHub."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(outside / "summary"),
        "GITHUB_OUTPUT": str(outside / "outputs"),
    }


def write(k6ci: Teller, text: str | bytes, name: str = "result.json") -> None:
    (k6ci.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def in_process(k6ci: Teller, *argv: str, **environ: str) -> Told:
    """As a process of its own, whose streams are one."""
    with k6ci.process(*argv, **environ) as process:
        return k6ci.ended(process)


def test_a_failed_run_is_shown_again_and_the_exit_code_is_zero(k6ci: Teller):
    """The job that ran the test has failed already; this one reports."""
    write(k6ci, report_json(failed_report()))
    told = k6ci("report", "result.json")
    assert told.code == 0
    assert "FAILED (exit code 99) Thresholds were crossed" in told.text
    assert "https://acme.grafana.net/a/k6-app/runs/123457" in told.text
    assert {path.name for path in k6ci.folder.iterdir()} == {"result.json"}


def test_on_github_the_job_summary_is_delivered_and_no_outputs(k6ci: Teller, step, outside):
    write(k6ci, report_json(suite_report()))
    told = k6ci("report", "result.json", **step)
    assert told.code == 0
    summary = (outside / "summary").read_text()
    assert "k6 load test: aborted" in summary
    assert "load-tests/checkout.js" in summary
    assert not (outside / "outputs").exists()
    assert "::error" not in told.text


def test_json_and_files(k6ci: Teller):
    write(k6ci, report_json(passed_report()))
    (k6ci.folder / "out").mkdir()
    told = k6ci("report", "result.json", "--json", "--output", "out/again.json")
    assert json.loads(told.text) == json.loads(report_json(passed_report()))
    assert (k6ci.folder / "out" / "again.json").read_text() == report_json(passed_report())
    assert k6ci("report", "result.json", "--output", "out/again.md").code == 0
    assert (k6ci.folder / "out" / "again.md").read_text().startswith("## ")


def test_hostile_texts_stay_texts(k6ci: Teller, step, outside):
    write(k6ci, report_json(hostile_report()))
    told = in_process(k6ci, "report", "result.json", **step)
    assert told.code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", told.text)
    word = re.match(r"::stop-commands::(\w+)\n", told.text)[1]
    assert told.text.endswith(f"::{word}::\n")
    inside = told.text.removeprefix(f"::stop-commands::{word}\n")
    assert not re.search(r"^(::error|::add-mask|##\[)", inside, flags=re.MULTILINE)
    summary = (outside / "summary").read_text()
    assert not re.search(r"(?<!\\)<(?:img|script|details open)|(?<!\\)\]\(https://evil", summary)
    assert "@acme" not in summary


def test_secrets_of_the_environment_are_masked(k6ci: Teller, step, outside):
    token = f"glsa_{secrets.token_hex(16)}_{secrets.token_hex(4)}"
    write(k6ci, report_json(failed_report()).replace("load-tests/checkout.js", f"a {token} b"))
    told = in_process(k6ci, "report", "result.json", "--output", "again.json", K6_CLOUD_TOKEN=token, **step)
    assert told.code == 0
    for text in (told.text.partition("stop-commands")[2], (outside / "summary").read_text()):
        assert token not in text
        assert "a *** b" in text.replace("\\", "")
    assert json.loads((k6ci.folder / "again.json").read_text())["runs"][0]["script"] == "a *** b"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not a result.json that this k6ci reads: it is not JSON."),
        (report_json(passed_report()).replace('"schema_version": 2', '"schema_version": 9'), "is 9, not 1 or 2"),
        ("[" * 4000, "too deeply nested"),
        (" " * (11 * 1024**2), "it is larger than 10 MiB"),
    ],
    ids=["cut", "version", "deep", "large"],
)
def test_a_bad_file_ends_with_10_and_the_reason(k6ci: Teller, content, reason):
    write(k6ci, content)
    told = k6ci("report", "result.json")
    assert told.code == 10
    assert reason in told.text
    assert told.text.count("\n") == 2


def test_no_file_a_link_a_pipe_and_a_folder_end_with_10(k6ci: Teller):
    (k6ci.folder / ".git").mkdir()
    (k6ci.folder / "link.json").symlink_to("/etc/passwd")
    os.mkfifo(k6ci.folder / "pipe.json")
    for name in ("none.json", "link.json", "pipe.json", ".git", "a\nb\x1b.json"):
        told = k6ci("report", name)
        assert told.code == 10, name
        assert "cannot be read" in told.text
        assert "root:" not in told.text
        assert "\x1b" not in told.text


@pytest.mark.parametrize(
    ("name", "argument", "said"),
    [
        ("again.html", None, "<!DOCTYPE html>"),
        ("again.xml", None, "<testsuites"),
        ("again.txt", "markdown", "## "),
        (None, "html", "<!DOCTYPE html>"),
        (None, "junit", "<testsuites"),
        (None, "json", '"schema_version": 2'),
        ("console.txt", None, "exit code"),
        (None, "console", "exit code"),
    ],
)
def test_a_report_is_written_in_each_format(k6ci: Teller, name, argument, said):
    """To a file by its ending or --format, or to the standard output."""
    write(k6ci, report_json(hostile_report()))
    options = [*(["--output", name] if name else []), *(["--format", argument] if argument else [])]
    told = k6ci("report", "result.json", *options)
    assert told.code == 0, told.text
    text = (k6ci.folder / name).read_text() if name else told.text
    assert said in text
    assert "\x1b" not in text


@pytest.mark.parametrize("options", [["--json"], ["--format", "json"], ["--format=json"]])
def test_the_output_of_json_is_for_programs_on_github_too(k6ci: Teller, step, outside, options):
    """A delivery that fails is told on standard error."""
    write(k6ci, report_json(failed_report()))
    (outside / "summary").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "k6ci", "report", "result.json", *options],
        cwd=k6ci.folder,
        env=k6ci.environ(None, **step),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "failed"
    assert "warning: the job summary could not be written: Is a directory." in done.stderr


def test_a_format_that_does_not_exist_is_refused(k6ci: Teller):
    write(k6ci, report_json(passed_report()))
    told = k6ci("report", "result.json", "--format", "pdf")
    assert (told.code, "Choose one of markdown, json, junit, html, console." in told.text) == (10, True)


def test_output_is_checked_before_anything_is_delivered(k6ci: Teller, step, outside):
    write(k6ci, report_json(passed_report()))
    told = k6ci("report", "result.json", "--output", "again.pdf", **step)
    assert told.code == 10
    assert "--output: again.pdf ends with none of .md, .json, .xml, .html, .txt." in told.text
    assert not (outside / "summary").exists()
    (k6ci.folder / "folder.md").mkdir()
    told = k6ci("report", "result.json", "--output", "folder.md")
    assert (told.code, "folder.md cannot be written" in told.text) == (10, True)
