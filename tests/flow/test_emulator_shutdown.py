"""No k6 process and no open pipe is left when the emulator ends, by whatever cause."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import scripts
from emulation import emulator_in_thread, wheel_config
from waiting import wait_for

pytestmark = pytest.mark.unmeasured

# Serves, starts an endless script, says the process id of its k6, and waits to be killed.
_VICTIM = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
import emulation, scripts
with emulation.emulator_in_thread() as emulator:
    emulator.wait_for_status(emulator.start_script(scripts.ENDLESS), "running")
    tasks = pathlib.Path("/proc/self/task").iterdir()
    print(*[child for task in tasks for child in (task / "children").read_text().split()])
    sys.stdout.flush()
    time.sleep(60)
"""


@pytest.mark.parametrize("moment", range(8))
def test_stopping_while_k6_starts_leaves_nothing_behind(moment: int) -> None:
    """A start is not cancelled between fork and return: its pipes would stay open, its process unknown."""
    with emulator_in_thread(wheel_config(abort_grace_seconds=0.5)) as emulator:
        emulator.start_script(scripts.ENDLESS, "one")
        emulator.start_script(scripts.INSTANT, "two")
        time.sleep(moment * 0.03)
    gc.collect()  # an open pipe warns when it is collected, and warnings are errors


def test_k6_ends_with_a_killed_emulator() -> None:
    """SIGKILL allows no clean-up: k6 ends at its next write, because its pipe is closed."""
    argv = [sys.executable, "-c", _VICTIM, str(Path(__file__).resolve().parent.parent)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as victim:
        assert victim.stdout is not None
        children = [Path("/proc") / child for child in victim.stdout.readline().split()]
        victim.kill()
    assert children
    wait_for(lambda: not any(map(_is_alive, children)), "the end of k6")


def _is_alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
