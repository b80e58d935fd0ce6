"""On a terminal a line lives while the run goes on; in CI it does not, whatever the output is."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest

from story import PASSING

pytestmark = pytest.mark.measured_processes

HTTP = """
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: 3, duration: '6s', thresholds: { http_req_duration: ['p(95)<900'] } };
export default function () { http.get(__ENV.URL); sleep(0.1); }
"""


def on_a_terminal(k6ci, *argv: str, on, **environ: str) -> tuple[int, str]:
    """Run k6ci on a pseudo terminal of 100 columns; its code and all that it drew."""
    ours, theirs = pty.openpty()
    passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    process = subprocess.Popen(
        [sys.executable, "-m", "k6ci", *argv],
        cwd=k6ci.folder,
        env=passed | k6ci.environ(on, TERM="xterm-256color", COLUMNS="100", **environ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    drawn, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                drawn += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
        elif process.poll() is not None:
            break
    os.close(ours)
    return process.wait(10), drawn.decode(errors="replace")


def test_a_terminal_sees_status_progress_vus_and_p95(k6ci, emulator):
    """Live figures cost requests, which a person who watches is worth."""
    k6ci.write(a=HTTP)
    code, drawn = on_a_terminal(k6ci, "run", "a.js", "-e", f"URL={emulator.url}/x", on=emulator)
    assert code == 0, drawn
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert re.search(r"0:0\d\s+running.*\d+ %\s+VUs 3\s+p95 [\d.]+ ms", plain)
    assert "PASSED" in plain
    assert "\x1b[1;32mPASSED" in drawn


@pytest.mark.parametrize("fault", [None, "GET /cloud/v5/*"])
def test_live_figures_that_do_not_come_leave_gaps_only(k6ci, emulator, fault):
    """And in CI nothing lives, terminal or not."""
    k6ci.write(a=HTTP.replace("6s", "4s"))
    if fault:
        emulator.set_fault(fault, status=404, count=None)
    environ = {} if fault else {"CI": "true"}
    code, drawn = on_a_terminal(k6ci, "run", "a.js", "-e", f"URL={emulator.url}/x", on=emulator, **environ)
    assert code == 0, drawn
    assert "p95 " not in drawn.split("a.js: passed")[0]
    assert ("k6ci: 0:0" in drawn) == (fault is None)


def test_a_pipe_gets_no_escape_codes(k6ci, emulator):
    """Logs are read by programs, too."""
    k6ci.write(a=PASSING)
    assert "\x1b" not in k6ci("run", "a.js", on=emulator).text
