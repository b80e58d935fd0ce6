"""`make emulator` starts an emulator that outlives it, for the steps of a job."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request

from faces import PROJECT, machine_environ


def test_the_emulator_serves_after_the_step_has_ended(tmp_path):
    argv = [sys.executable, PROJECT / "tools" / "start_emulator.py"]
    environ = machine_environ(tmp_path / "home") | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    process = int(re.search(r"is process (\d+)", done.stderr)[1])
    try:
        variables = dict(line.split("=", 1) for line in done.stdout.splitlines())
        assert {"K6_CLOUD_HOST_V6", "K6_CLOUD_TOKEN", "K6_CLOUD_STACK_ID"} <= set(variables)
        request = urllib.request.Request(
            f"{variables['K6_CLOUD_HOST_V6']}/cloud/v6/projects",
            headers={
                "Authorization": f"Bearer {variables['K6_CLOUD_TOKEN']}",
                "X-Stack-Id": variables["K6_CLOUD_STACK_ID"],
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
    finally:
        os.kill(process, signal.SIGTERM)
