"""Runs a script with seeded figures beside a history, for tests of the comparison and the gate."""

from __future__ import annotations

import pytest

from emulation import emulator_in_thread, wheel_config
from histories import BRANCH, SCRIPT, STEADY, with_history


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A load test with twelve runs on the default branch. Tests run it on another branch, which leaves them alone."""
    with emulator_in_thread(wheel_config()) as emulator:
        emulator.history = with_history(emulator, tmp_path_factory.mktemp("history"), STEADY)
        yield emulator


@pytest.fixture
def compared(k6ci, cloud):
    """Runs the script with seeded figures, those of the confirmation runs in `then`, on a branch."""

    def run(values, *argv, script=SCRIPT, then=None, on=cloud):
        k6ci.write(a=script)
        on.control("DELETE", "run-scenarios")
        on.set_run_scenario(metrics=values)
        on.set_run_scenario(metrics=then or values, count=2)
        return k6ci("run", "a.js", *argv, on=on, **BRANCH)

    return run
