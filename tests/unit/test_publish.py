"""Deliveries: each has a deadline and a failure of its own, and none changes what the report says."""

from __future__ import annotations

import functools
import importlib
import json
import os
import pathlib
import signal
import sys
import time
import types

import anyio
import pytest

from k6ci import publish
from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.publish import job_summary
from k6ci.publish.delivery import Delivery, Destination, ReportFiles, StartedRuns
from k6ci.publish.registry import ANNOUNCING, EARLY, MODULES
from k6ci.redaction import Redactor
from k6ci.results.model import Decision, Report, RunReport, Verdict
from k6ci.runs.interruption import Interruption

PASSED = Decision(Verdict.PASSED, ExitCode.PASSED, "The run passed.")
REPORT = Report(PASSED, is_emulated=False, runs=(RunReport("a.js", PASSED, run_id=7, run_url="https://x/7", vuh=0.5),))
ALL = publish.MODULES


@pytest.fixture
def github(tmp_path):
    """A step on GitHub, with a report directory."""
    (tmp_path / "report").mkdir()
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "step summary"),
    }
    return Destination(ReportFiles(tmp_path / "report", tmp_path), detect_platform(environ), environ)


@pytest.fixture
def deliveries(monkeypatch):
    """Puts further deliveries into the registry."""

    def add(**functions) -> None:
        for name, (deliver, seconds) in functions.items():
            module = types.ModuleType(name)
            module.DELIVERY = Delivery(f"the {name}", deliver, seconds=seconds)
            monkeypatch.setitem(sys.modules, f"k6ci.publish.{name}", module)
        monkeypatch.setattr(publish, "MODULES", (*functions, *ALL))

    return add


def published(destination, *, signals: int = 0, redactor: Redactor | None = None) -> publish.Published:
    async def story() -> publish.Published:
        interruption = Interruption()
        for _ in range(signals):
            interruption.interrupt(signal.SIGINT)
        return await publish.publish(REPORT, destination, redactor or Redactor(), interruption)

    return anyio.run(story)


def names(folder: pathlib.Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_everything_is_delivered_to_github(github, tmp_path):
    assert published(github) == publish.Published(REPORT, ())
    assert names(tmp_path / "report") == {"result.json", "summary.md", "junit.xml", "report.html"}
    assert names(tmp_path) == {"report", "outputs", "step summary"}
    assert (tmp_path / "step summary").read_text() == (tmp_path / "report" / "summary.md").read_text()


def test_elsewhere_githubs_variables_are_not_obeyed(github, tmp_path):
    elsewhere = Destination(github.files, detect_platform({}), github.environ)
    assert published(elsewhere).warnings == ()
    assert names(tmp_path) == {"report"}


def test_a_number_keeps_the_reports_of_two_processes_apart(github, tmp_path):
    second = Destination(ReportFiles(tmp_path / "report", tmp_path, 2), github.platform, github.environ)
    assert published(second).warnings == ()
    assert names(tmp_path / "report") == {"result-2.json", "summary-2.md", "junit-2.xml", "report-2.html"}


def test_failures_are_warnings_in_the_order_of_the_registry(github, deliveries, tmp_path):
    """A bug is told by its kind only: its text may hold anything."""

    async def fails(*_):
        raise ValueError("with a secret")

    async def has_no_room(*_):
        raise OSError(28, "No space left on device", "/x")

    async def is_late(*_):
        await anyio.sleep_forever()

    deliveries(bug=(fails, 5.0), disk=(has_no_room, 5.0), slow=(is_late, 0.1))
    github.files.result.mkdir()
    result = published(github)
    assert result.report == REPORT
    assert result.warnings == (
        "the bug could not be written: a bug in k6ci (ValueError).",
        "the disk could not be written: No space left on device.",
        "the slow could not be written: it timed out.",
        "result.json could not be written: Is a directory.",
    )
    assert (tmp_path / "report" / "summary.md").exists()


def test_a_library_that_is_not_installed_is_named_with_what_installs_it(github, deliveries):
    async def imports_it(*_):
        raise ModuleNotFoundError("No module named 'github'", name="github")

    deliveries(comment=(imports_it, 5.0))
    assert published(github).warnings == (
        "the comment could not be written: the Python module github is not installed; run `pip install 'k6ci[cloud]'`.",
    )


def test_a_delivery_that_cannot_be_imported_is_a_warning(github, monkeypatch):
    monkeypatch.setattr(publish, "MODULES", ("nowhere", *ALL))
    assert published(github).warnings == ("nowhere could not be written: a bug in k6ci (ModuleNotFoundError).",)


@pytest.mark.parametrize("signals", [0, 1, 3])
def test_files_are_written_however_many_signals_came(github, deliveries, tmp_path, signals):
    """Three signals leave no time for cleaning up; a delivery that waits for a server gives up then."""

    async def is_late(*_):
        await anyio.sleep_forever()

    deliveries(slow=(is_late, 0.2 if signals < 3 else 60.0))
    begun = time.monotonic()
    warnings = published(github, signals=signals).warnings
    assert time.monotonic() - begun < 30
    assert len(warnings) == 1
    assert warnings[0].startswith("the slow could not be written: ")
    assert ("no time was left" in warnings[0]) is (signals == 3)
    assert json.loads((tmp_path / "report" / "result.json").read_text())["verdict"] == "passed"
    assert "run-id<<" in (tmp_path / "outputs").read_text()


def test_a_write_that_blocks_is_abandoned(github, tmp_path, monkeypatch):
    """A pipe that nobody reads blocks the thread, not the process; here somebody reads it in the end."""
    pipe = tmp_path / "step summary"
    os.mkfifo(pipe)
    monkeypatch.setattr(job_summary, "DELIVERY", Delivery("the pipe", job_summary.DELIVERY.deliver, seconds=0.3))
    assert published(github).warnings == ("the pipe could not be written: it timed out.",)
    with pipe.open() as reader:
        assert "k6 load test: passed" in reader.read()


def test_started_runs_are_announced_to_later_steps(github, tmp_path):
    started = StartedRuns((7, 8), ("https://x/7", "https://x/8"))
    anyio.run(functools.partial(publish.announce, started, github, Interruption()))
    text = (tmp_path / "outputs").read_text()
    assert "\n7\n8\n" in text
    assert "\nhttps://x/7\nhttps://x/8\n" in text
    assert names(tmp_path / "report") == set()


def test_whatever_announces_is_in_its_list():
    modules = {name: importlib.import_module(f"k6ci.publish.{name}").DELIVERY for name in MODULES}
    assert tuple(name for name, one in modules.items() if one.announce) == ANNOUNCING
    assert tuple(name for name, one in modules.items() if one.begin) == EARLY


def test_an_announcement_that_fails_is_no_error(github, tmp_path):
    (tmp_path / "outputs").mkdir()
    anyio.run(functools.partial(publish.announce, StartedRuns((7,), ()), github, Interruption()))
