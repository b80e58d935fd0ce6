"""W5: run.json is shared by processes that use one folder, and keeps what an earlier one left."""

from __future__ import annotations

import json
import signal

import pytest

from k6ci.runs.folderlock import is_live, reserved_number
from k6ci.runs.run_file import RunFile
from k6ci.runs.run_record import read_record
from k6ci.runs.seal import Seal
from runfiles import GITHUB, entry_of, report_file
from story import LONG, PASSING
from waiting import wait_for

pytestmark = pytest.mark.measured_processes


API = "https://api.example"


SEAL = Seal.of("a token of this test", "")


def test_w5_a_run_that_an_earlier_k6ci_left_is_kept_named_and_stopped(k6ci, emulator):
    """SIGKILL, then another run in the same folder, then abort: never 0 while one goes on."""
    k6ci.write(a=LONG, b=PASSING)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.noted_id(emulator)
        process.kill()
    told = k6ci("run", "b.js", on=emulator)
    assert told.code == 0, told.text
    assert any(f"`k6ci abort {run_id}` stops it" in warning for warning in told.result["warnings"])
    assert {entry["run_id"] for entry in told.run_file["runs"]} == {run_id, told.run["run_id"]}
    stopped = k6ci("abort", on=emulator)
    assert stopped.code == 0, stopped.text
    assert f"Test run {run_id}: it has ended with status aborted" in stopped.text
    assert emulator.run_record(run_id)["status"] == "aborted"
    again = k6ci("abort", on=emulator)
    assert "Every run of that file has ended already" in again.text
    clean = k6ci("run", "b.js", on=emulator)
    assert clean.code == 0
    assert not any(str(run_id) in warning for warning in clean.result["warnings"])


def test_w5_two_k6ci_in_one_folder_know_of_each_other(k6ci, emulator):
    """Both runs are in run.json, both reports are there, and one abort stops both."""
    k6ci.write(a=LONG, b=LONG)
    with k6ci.process("run", "a.js", on=emulator) as first:
        one = k6ci.running_id(emulator)
        with k6ci.process("run", "b.js", on=emulator) as second:
            wait_for(lambda: sum(run["status"] == "running" for run in emulator.state()["runs"]) == 2)
            runs = json.loads(report_file(k6ci).read_text())["runs"]
            assert {entry["script"] for entry in runs} == {"a.js", "b.js"}
            stopped = k6ci("abort", on=emulator)
            ended = [k6ci.ended(process) for process in (first, second)]
    assert stopped.code == 0, stopped.text
    assert [told.code for told in ended] == [97, 97]
    assert emulator.run_record(one)["status"] == "aborted"
    files = ended[1].files
    assert json.loads(files["result.json"])["runs"][0]["script"] == "a.js"
    assert json.loads(files["result-2.json"])["runs"][0]["script"] == "b.js"
    assert {"summary-2.md", "report-2.html"} <= set(files)
    assert any("Another k6ci uses" in warning for warning in json.loads(files["result-2.json"])["warnings"])
    assert "report-2.html" in ended[1].text
    assert not [
        name for name in [path.name for path in (k6ci.folder / "k6ci-report").iterdir()] if name.endswith(".lock")
    ]


def test_w5_the_output_names_the_report_that_was_written(k6ci, emulator, tmp_path):
    """`result-file` of the second process."""
    outputs = tmp_path / "outputs"
    outputs.touch()
    k6ci.write(a=PASSING)
    report_file(k6ci)
    with reserved_number(k6ci.folder / "k6ci-report"):
        told = k6ci("run", "a.js", on=emulator, **GITHUB, GITHUB_OUTPUT=str(outputs))
    assert told.code == 0, told.text
    assert "result-2.json" in outputs.read_text()
    assert "result.json" not in told.files


def test_w5_places_are_free_again_however_their_process_ends(k6ci, emulator):
    """A kill leaves a file, but no lock."""
    folder = report_file(k6ci).parent
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        k6ci.running_id(emulator)
        assert is_live(folder, 1)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert not is_live(folder, 1)
    with reserved_number(folder) as number, reserved_number(folder) as other:
        assert (number, other) == (1, 2)


def test_w5_locks_are_not_taken_through_links(tmp_path):
    """What lies in the checkout under their names is replaced."""
    (tmp_path / "victim").write_text("x")
    (tmp_path / ".k6ci-1.lock").symlink_to(tmp_path / "victim")
    with reserved_number(tmp_path) as number:
        assert number == 1
    assert (tmp_path / "victim").read_text() == "x"


def test_w5_entries_of_several_writers_are_merged(tmp_path):
    """Each knows its own; nobody's is lost."""
    path = tmp_path / "run.json"
    with reserved_number(tmp_path), reserved_number(tmp_path) as second:
        one = RunFile(path, SEAL, root=tmp_path)
        two = RunFile(path, SEAL, root=tmp_path, place=second)
        for number in range(5):
            one.put(entry_of(API, idempotency_key=f"a{number}", run_id=number + 1))
            two.put(entry_of(API, idempotency_key=f"b{number}", run_id=number + 11, place=second))
        one.drop(entry_of(API, idempotency_key="a0"))
        keys = {entry.idempotency_key for entry in read_record(path, SEAL, root=tmp_path)}
    assert keys == {"a1", "a2", "a3", "a4", "b0", "b1", "b2", "b3", "b4"}
    assert len(two.started) == 5
    assert two.warnings == ()


def test_w5_what_has_ended_is_forgotten_and_what_has_not_is_kept(tmp_path):
    """By the next process."""
    path = tmp_path / "run.json"
    first = RunFile(path, SEAL, root=tmp_path)
    first.put(entry_of(API, idempotency_key="over", run_id=1, has_ended=True))
    first.put(entry_of(API, idempotency_key="open", run_id=2))
    first.put(entry_of(API, idempotency_key="asked"))
    first.put(entry_of(API, idempotency_key="old", run_id=3, start_requested="2026-01-01T00:00:00+00:00"))
    second = RunFile(path, SEAL, root=tmp_path)
    assert {entry.idempotency_key for entry in read_record(path, SEAL, root=tmp_path)} == {"open", "asked"}
    assert len(second.warnings) == 2
