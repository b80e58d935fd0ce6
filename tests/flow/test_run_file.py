"""S10: run.json is sealed, and never silently replaced."""

from __future__ import annotations

import dataclasses
import json
import os
import stat

import pytest

from k6ci.errors import SettingsError
from k6ci.runs.run_file import RunFile
from k6ci.runs.run_record import UnverifiedError, read_record
from k6ci.runs.seal import Seal
from runfiles import GITHUB, entry_of, report_file
from story import LONG, PASSING

pytestmark = pytest.mark.measured_processes


JOB = "github.com/acme/shop/77/load-test"


API = "https://api.example"


SEAL = Seal.of("a token of this test", "")


def sealed_by(k6ci, emulator, token: str, job: str, run_id: int) -> None:
    """A run.json of somebody's making that names a run."""
    path = report_file(k6ci)
    RunFile(path, Seal.of(token, job), root=k6ci.folder).put(entry_of(emulator.url, run_id=run_id))


def forgeries(k6ci, emulator, run_id: int) -> dict[str, object]:
    """What a pull request may bring as run.json."""
    path = report_file(k6ci)

    def changed(**changes: object) -> None:
        sealed_by(k6ci, emulator, emulator.token, JOB, run_id + 1000)
        document = json.loads(path.read_text())
        document["runs"][0] |= changes
        path.write_text(json.dumps(document))

    def linked() -> None:
        outside = k6ci.folder / "elsewhere.json"
        sealed_by(k6ci, emulator, emulator.token, JOB, run_id)
        path.rename(outside)
        path.symlink_to(outside)

    return {
        "another token": lambda: sealed_by(k6ci, emulator, "somebody else's token", JOB, run_id),
        "another job": lambda: sealed_by(k6ci, emulator, emulator.token, "github.com/acme/shop/77/other", run_id),
        "no job": lambda: sealed_by(k6ci, emulator, emulator.token, "", run_id),
        "another run's id": lambda: changed(run_id=run_id),
        "an ID that is text": lambda: changed(run_id=f"{run_id}/../{run_id}"),
        "no seal": lambda: path.write_text(json.dumps({"schema_version": 2, "job": JOB, "runs": []})),
        "version 1": lambda: path.write_text(json.dumps({"schema_version": 1, "runs": [{"run_id": run_id}]})),
        "nested": lambda: path.write_text("[" * 100_000),
        "huge": lambda: path.write_bytes(b" " * (9 * 2**20)),
        "a number": lambda: path.write_text("7"),
        "not UTF-8": lambda: path.write_bytes(b"\xff\xfe"),
        "a link": linked,
        "a dangling link": lambda: path.symlink_to("/nowhere/at/all"),
        "a device": lambda: path.symlink_to("/dev/zero"),
        "a pipe": lambda: os.mkfifo(path),
    }


NAMES = [
    "another token",
    "another job",
    "no job",
    "another run's id",
    "an ID that is text",
    "no seal",
    "version 1",
    "nested",
    "huge",
    "a number",
    "not UTF-8",
    "a link",
    "a dangling link",
    "a device",
    "a pipe",
]


@pytest.mark.parametrize("name", NAMES)
def test_s10_a_run_file_of_somebody_else_is_not_obeyed(k6ci, shared_emulator, name):
    """The second net warns and stops nothing; named on the command line it is an error; `run` puts it aside."""
    emulator = shared_emulator
    stranger = emulator.start_script(LONG, f"stranger {name}")
    forgeries(k6ci, emulator, stranger)[name]()
    net = k6ci("abort", on=emulator, **GITHUB)
    assert net.code == 0, net.text
    assert "warning: " in net.text
    assert "nothing to stop" in net.text
    assert k6ci("abort", "k6ci-report/run.json", on=emulator, **GITHUB).code == 10
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, **GITHUB)
    assert told.code == 0, told.text
    assert any("It was ignored" in warning for warning in told.result["warnings"]), told.text
    assert emulator.run_record(stranger)["abort_requested"] is False
    emulator.api("POST", f"/cloud/v6/test_runs/{stranger}/abort")


def test_s10_outside_of_ci_a_file_that_cannot_be_verified_is_an_error(k6ci, emulator):
    """With another token than that of the run: 0 would say that nothing goes on."""
    sealed_by(k6ci, emulator, "the token of yesterday", "", 5)
    told = k6ci("abort", on=emulator)
    assert told.code == 10, told.text
    assert "was not written with this token" in told.text.replace("\n", " ")


def test_s10_the_mode_is_what_the_umask_leaves(tmp_path):
    """Nobody gains rights by our writing."""
    former = os.umask(0o077)
    try:
        RunFile(tmp_path / "run.json", SEAL, root=tmp_path)
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600


def test_s10_the_seal_is_of_every_field(tmp_path):
    """Any change is seen, and so is another key."""
    path = tmp_path / "run.json"
    run_file = RunFile(path, SEAL, root=tmp_path)
    run_file.put(entry_of(API, run_id=5, run_url="https://x.example/5"))
    document = json.loads(path.read_text())
    assert read_record(path, SEAL, root=tmp_path)[0].run_id == 5
    for field in dataclasses.fields(entry_of(API)):
        changed = json.loads(json.dumps(document))
        changed["runs"][0][field.name] = "other"
        path.write_text(json.dumps(changed))
        with pytest.raises(UnverifiedError):
            read_record(path, SEAL, root=tmp_path)
    path.write_text(json.dumps(document | {"job": "x"}))
    with pytest.raises(UnverifiedError):
        read_record(path, SEAL, root=tmp_path)
    with pytest.raises(SettingsError):
        read_record(tmp_path / "no.json", SEAL, root=tmp_path)
    assert "token" not in repr(SEAL)
