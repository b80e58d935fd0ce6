"""What k6ci would merely like to know (limits, note, script of a run): no answer to that changes a verdict."""

from __future__ import annotations

import time

import pytest

from k6ci.errors import ExitCode
from story import LONG, PASSING
from waiting import NEVER_SECONDS

JOB = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_SERVER_HOST": "gitlab.example.org",
    "CI_PROJECT_PATH": "acme/shop",
    "CI_PIPELINE_ID": "77",
    "CI_JOB_NAME": "load",
    "CI_JOB_ID": "1",
}
START = "POST /cloud/v6/load_tests/*/start"


@pytest.mark.parametrize("kind", ["malformed", "cut_before"])
def test_limits_that_make_no_sense_are_a_warning(k6ci, emulator, kind):
    """A page instead of JSON, or no answer at all: the cloud keeps its limits itself."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET *limits", kind=kind, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("The limits of the project 3101 are not known" in warning for warning in told.result["warnings"])


def test_a_note_that_cannot_be_written_does_not_keep_the_run_unwatched(k6ci, emulator):
    """The request hangs; the run is watched all the same, and long over before it would be answered."""
    k6ci.write(a=PASSING)
    emulator.set_fault("PATCH /cloud/v6/test_runs/*", kind="delay", delay_seconds=NEVER_SECONDS, count=None)
    began = time.monotonic()
    told = k6ci("run", "a.js", on=emulator, **JOB)
    assert told.code == 0, told.text
    assert time.monotonic() - began < NEVER_SECONDS


def test_what_is_no_script_is_no_other_script(k6ci, emulator):
    """A login page in place of the run's script says nothing about it: the run is not stopped."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET /cloud/v6/test_runs/*/script", kind="content_type", count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("could not be read back" in warning for warning in told.run["warnings"])


def test_a_lost_start_is_looked_for_before_it_is_sent_again(k6ci, emulator):
    """Not every cloud may keep to the idempotency key: one request, one run."""
    k6ci.write(a=PASSING.replace("'1s'", "'3s'"))
    emulator.set_fault(START, kind="cut_after", count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert len(emulator.state()["runs"]) == 1
    assert len(emulator.journal("/start")) == 1


def test_a_start_that_was_said_to_succeed_and_is_not_to_be_seen_is_unknown(k6ci, emulator):
    """The answer says 200 and is no JSON, the list is not up to date: 98, and the run file keeps the request."""
    k6ci.write(a=LONG)
    emulator.set_fault(START, kind="malformed", count=None)
    emulator.set_fault("GET /cloud/v6/load_tests/*/test_runs", status=404, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == ExitCode.UNKNOWN, told.text
    assert told.run_file["runs"][0]["run_id"] is None
    emulator.clear_faults()
    assert k6ci("abort", on=emulator).code == 0
    assert [run["status"] for run in emulator.state()["runs"]] == ["aborted"]


def test_a_run_whose_stop_is_refused_may_have_ended(k6ci, emulator):
    """403 for the request to stop, but the status says that there is nothing to stop."""
    k6ci.write(a=PASSING.replace("'1s'", "'3s'"))
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        emulator.wait_for_status(run_id, "completed")
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    emulator.set_fault("POST /cloud/v6/test_runs/*/abort", status=403, count=None)
    stopped = k6ci("abort", str(run_id), on=emulator)
    assert stopped.code == 0, stopped.text
    assert "it has ended with status completed" in stopped.text
