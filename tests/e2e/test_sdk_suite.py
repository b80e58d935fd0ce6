"""Grafana's own end-to-end suite of its SDK, run unmodified against the emulator, which it takes for the cloud."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from contract.openapi import Contract, load_document
from emulation import ROOT, EmulatorHandle, emulator_in_thread, wheel_config

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SUITE = "github.com/grafana/k6-cloud-openapi-client-go/e2e"
TESTS = 27
# Go keeps its modules in HOME, which the tests' fixtures empty.
_ENVIRON = dict(os.environ)


def test_the_sdk_suite_is_green() -> None:
    """All 27 tests pass, and each of their exchanges is as the (newer) document has it."""
    with emulator_in_thread(wheel_config()) as emulator:
        environ = {
            **_ENVIRON,
            "K6_CLOUD_URL": emulator.url,
            "K6_CLOUD_TOKEN": emulator.token,
            "K6_CLOUD_STACK_ID": str(emulator.emulator.stack_id),
            "K6_STACK_URL": emulator.emulator.stack_url,
            "K6_CLOUD_STACK_TOKEN": emulator.token,
        }
        argv = ["go", "test", "-mod=readonly", "-count=1", "-json", SUITE]
        folder: Path = ROOT / "tools" / "sdk"
        suite = subprocess.run(
            argv, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8", timeout=240, check=False
        )
        events = [json.loads(line) for line in suite.stdout.splitlines() if line.startswith("{")]
        failed = [event["Test"] for event in events if event["Action"] == "fail" and "Test" in event]
        assert suite.returncode == 0, (failed, suite.stderr[-2000:])
        passed = {event["Test"] for event in events if event["Action"] == "pass" and "Test" in event}
        assert len({name for name in passed if "/" not in name}) == TESTS
        _judge(emulator)


def _judge(emulator: EmulatorHandle) -> None:
    assert Contract(load_document()).check_all(emulator.exchanges) > TESTS
