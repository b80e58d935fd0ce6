"""The tests pass where signals are ignored, as in `nohup make test &` or in a script's background job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from emulation import ROOT

TESTS = [
    "tests/unit/test_interruption.py",
    "tests/unit/test_processes.py",
    "tests/flow/test_run_signals.py::test_a_signal_during_the_run_stops_it_at_once",
]


def ignore_signals() -> None:
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_tests_that_send_signals_pass_although_signals_are_ignored() -> None:
    """Each runs in a pytest that was started with SIGHUP, SIGINT and SIGTERM ignored."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "", *TESTS]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        argv, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, preexec_fn=ignore_signals
    )
    assert done.returncode == 0, done.stdout
