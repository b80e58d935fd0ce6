"""abort: stops a run from another process, and says what it cannot do."""

from __future__ import annotations

import time

import pytest

from k6ci.runs.run_file import RunFile
from k6ci.runs.seal import Seal
from runfiles import entry_of
from story import LONG
from waiting import wait_for


def test_abort_stops_the_run_of_the_run_file(k6ci, emulator):
    """From another process; the first one reports an aborted run."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        stopped = k6ci("abort", on=emulator)
        told = k6ci.ended(process)
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
    ],
)
def test_abort_says_what_it_cannot_do(k6ci, emulator, what, content, code, said):
    """A file that was named must be one."""
    if content is not None:
        (k6ci.folder / "x.json").write_text(content)
    told = k6ci("abort", *([what] if what else []), on=emulator)
    assert told.code == code, told.text
    assert said in told.text.replace("\n", " ")


def test_abort_sends_no_token_to_where_a_run_file_points(k6ci, emulator):
    """A sound file of another cloud."""
    seal = Seal.of(emulator.token, "")
    run_file = RunFile(k6ci.folder / "x.json", seal, root=k6ci.folder)
    run_file.put(entry_of("https://evil.example", run_id=1))
    told = k6ci("abort", "x.json", on=emulator)
    assert told.code == 10, told.text
    assert "belongs to https://evil.example" in told.text.replace("\n", " ")


def test_abort_needs_a_token_and_a_stack(k6ci, emulator):
    """The same checks as run."""
    assert k6ci("abort", "5", on=emulator, K6_CLOUD_TOKEN="").code == 11
    unset = {"K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}
    assert k6ci("abort", "5", on=emulator, **unset).code == 10
    assert k6ci("abort", "5", "--stack", "other", on=emulator, **unset).code == 12


def test_a_run_that_cannot_be_is_not_passed_over(k6ci, emulator):
    """0 is an ID like any other here, not the lack of one."""
    told = k6ci("abort", "0", on=emulator)
    assert told.code == 98
    assert "Test run 0 could not be stopped" in told.text


def test_the_runs_of_a_killed_suite_are_stopped_at_the_same_time(k6ci, emulator):
    """One after the other they would outlast what a CI system grants to a last step."""
    k6ci.write(a=LONG, b=LONG, c=LONG, d=LONG)
    with k6ci.process("run", "*.js", "--max-parallel", "4", on=emulator) as process:
        wait_for(lambda: [run["status"] for run in emulator.state()["runs"]] == ["running"] * 4)
        run_file = k6ci.folder / "k6ci-report" / "run.json"
        wait_for(lambda: '"run_id": null' not in run_file.read_text())
        process.kill()
    emulator.set_fault("POST /cloud/v6/test_runs/*/abort", kind="delay", delay_seconds=4, count=None)
    began = time.monotonic()
    told = k6ci("abort", on=emulator)
    assert told.code == 0, told.text
    assert time.monotonic() - began < 4 * 4
    assert {run["status"] for run in emulator.state()["runs"]} == {"aborted"}
