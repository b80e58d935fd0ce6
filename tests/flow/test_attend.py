"""A run that one process has launched is watched, stopped and evaluated by another, from its run file alone."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import secrets
import sys

import anyio
import pytest

from k6ci.ci.job_log import PlainLog
from k6ci.clock import SystemClock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.transport import Transport
from k6ci.errors import ExitCode, SettingsError
from k6ci.render.plain import PlainRunListener
from k6ci.results.assemble import run_report
from k6ci.results.collect import collect
from k6ci.results.verdict_input import Policy
from k6ci.runs.attend import attend, launched_before
from k6ci.runs.interruption import Interruption
from k6ci.runs.run_file import RunFile
from k6ci.runs.run_record import read_record
from k6ci.runs.runner import RunServices
from k6ci.runs.seal import Seal
from story import CROSSING, LONG, PASSING


async def unannounced() -> None:
    """No step of a CI job waits for the ID."""


def launched_elsewhere(k6ci, emulator, script: str, *flags: str) -> pathlib.Path:
    """The run.json of a process that was killed when it had launched the run: nothing of it is left but the file."""
    k6ci.write(a=script)
    with k6ci.process("run", "a.js", *flags, on=emulator) as process:
        k6ci.noted_id(emulator)
        process.kill()
    return k6ci.folder / "k6ci-report" / "run.json"


def attended(path: pathlib.Path, emulator, stream):
    """What another process makes of it: the report of the run."""

    async def attend_it():
        seal, clock = Seal.of(emulator.token, ""), SystemClock()
        async with CloudClient(Transport(emulator.url, emulator.token), clock) as client:
            (entry,) = read_record(path, seal, root=path.parent)
            client.stack_id = entry.stack_id
            run_file = RunFile(path, seal, root=path.parent)
            services = RunServices(client, clock, run_file, Interruption(), unannounced)
            listener = PlainRunListener(stream, PlainLog(), entry.script, is_alone=True)
            result = await attend(services, listener, await launched_before(services, entry))
            measurements = await collect(result, services)
            return run_report(result, measurements, Policy(), cancelled_by=None, is_ci=False)

    return anyio.run(attend_it)


@pytest.mark.parametrize(("script", "code"), [(PASSING, ExitCode.PASSED), (CROSSING, ExitCode.THRESHOLDS)])
def test_another_process_finishes_a_run_from_its_run_file(k6ci, emulator, script, code):
    """Verdict, thresholds, figures and names are those that the first process would have reported."""
    path = launched_elsewhere(k6ci, emulator, script.replace("'1s'", "'3s'"))
    report = attended(path, emulator, sys.stdout)
    assert report.decision.exit_code is code, report.decision
    (threshold,) = report.thresholds
    assert threshold.is_met is (code is ExitCode.PASSED)
    assert threshold.value == 1.0
    assert report.script == "a.js"
    assert report.load_test_name
    assert report.vuh_estimate is not None
    assert report.metrics.iterations
    assert report.run_url
    (entry,) = json.loads(path.read_text())["runs"]
    assert entry["has_ended"] is True


def test_timeouts_count_from_the_start_in_the_first_process(k6ci, emulator):
    """A run that is overdue is stopped by whoever attends to it."""
    path = launched_elsewhere(k6ci, emulator, LONG, "--timeout", "6s")
    report = attended(path, emulator, sys.stdout)
    assert report.decision.exit_code is ExitCode.RUN_ENDED
    assert "did not end in time; it was stopped" in report.decision.reason
    (run,) = emulator.state()["runs"]
    assert run["status"] == "aborted"


def test_a_run_file_of_version_2_is_read_to_stop_its_runs(k6ci, emulator):
    """Its entries have no plan: enough for `abort`, not enough to wait."""
    path = launched_elsewhere(k6ci, emulator, LONG)
    seal = Seal.of(emulator.token, "")
    (entry,) = read_record(path, seal, root=path.parent)
    old = {
        name: value
        for name, value in dataclasses.asdict(entry).items()
        if name not in ("plan", "timeouts_since", "stack_url")
    }
    path.write_text(json.dumps(seal.sealed({"schema_version": 2, "job": "", "runs": [old]})))
    (read,) = read_record(path, seal, root=path.parent)
    with pytest.raises(SettingsError, match="does not say enough"):
        anyio.run(launched_before, None, read)
    told = k6ci("abort", on=emulator)
    assert told.code == 0, told.text
    (run,) = emulator.state()["runs"]
    assert run["status"] == "aborted"
    assert json.loads(path.read_text())["runs"][0]["has_ended"] is True


def test_a_plan_is_stored_as_json_can_hold_it(k6ci, emulator):
    """Whatever a script calls its thresholds, run.json stays readable: `abort` depends on it."""
    k6ci.write(a=PASSING.replace("checks: ['rate>0.9']", "'checks{x:\\ud800}': ['rate>0.9'], checks: ['rate>0.5']"))
    told = k6ci("run", "a.js", on=emulator)
    assert told.run["run_id"], told.text
    seal = Seal.of(emulator.token, "")
    (entry,) = read_record(k6ci.folder / "k6ci-report" / "run.json", seal, root=k6ci.folder)
    assert "checks" in entry.plan.thresholds


def test_secrets_in_thresholds_are_masked_in_the_run_file(k6ci, emulator):
    """A tag of a threshold may come from -e; the report masks it, and so does run.json."""
    secret = secrets.token_hex(16)
    tagged = "['checks{password:' + __ENV.DB_PASSWORD + '}']: ['rate>=0'], checks: ['rate>0.9']"
    k6ci.write(a=PASSING.replace("checks: ['rate>0.9']", tagged))
    told = k6ci("run", "a.js", "-e", f"DB_PASSWORD={secret}", on=emulator)
    assert told.run["run_id"], told.text
    assert secret not in told.files["run.json"]
    assert "rate>0.9" in told.files["run.json"]
