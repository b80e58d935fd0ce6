"""Every way in which a run can end: verdict, exit code, report, and what was left in the cloud."""

from __future__ import annotations

import contextlib
import time

import pytest

from emulation import emulator_in_thread, wheel_config
from story import ABORTING, EACH_K6, LONG, PASSING

each_k6 = pytest.mark.parametrize("k6", EACH_K6)


@each_k6
def test_a_passed_run_is_green_and_told_in_full(k6ci, k6):
    """Exit 0 with a run ID, completed, passed, measured."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=PASSING)
        told = k6ci("run", "a.js", "--k6-path", k6, on=cloud)
    assert told.code == 0, told.text
    assert told.result["emulated"] is True
    assert (told.run["verdict"], told.run["status"], told.run["result"]) == ("passed", "completed", "passed")
    assert told.run["thresholds"][0]["is_met"] is True
    assert told.run["checks"] == [{"name": "one is one", "passes": told.run["checks"][0]["passes"], "fails": 0}]
    assert told.run["checks"][0]["passes"] > 3
    assert [station["status"] for station in told.run["history"]][-1] == "completed"
    assert told.run["vuh_estimate"] is not None
    assert told.run["run_url"] in told.text
    assert "PASSED (EMULATED, exit code 0)" in told.text
    assert "EMULATED" in told.summary
    assert told.run_file["runs"][0]["has_ended"] is True


@each_k6
def test_a_run_that_another_user_aborts_is_97_and_says_who(k6ci, k6):
    """Never green, whatever the result says."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=LONG)
        with k6ci.process("run", "a.js", "--k6-path", k6, on=cloud) as process:
            run_id = k6ci.running_id(cloud)
            cloud.api("POST", f"/cloud/v6/test_runs/{run_id}/abort").raise_for_status()
            told = k6ci.ended(process)
    assert told.code == 97, told.text
    assert told.run["verdict"] == "aborted"
    assert "aborted by" in told.run["reason"]


def test_a_run_that_its_script_aborts_is_97_with_its_words(k6ci, emulator):
    """The reason comes from the cloud's history and result details."""
    k6ci.write(a=ABORTING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 97
    assert "enough is enough" in told.run["reason"]


@each_k6
def test_a_syntax_error_is_16_before_any_upload(k6ci, k6):
    """Every bad script is listed; nothing is stored, nothing started."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a="syntax error (", b=PASSING, c="import './missing.js';")
        told = k6ci("run", "*.js", "--k6-path", k6, on=cloud)
        sent = {entry["method"] for entry in cloud.journal()}
    assert told.code == 16, told.text
    assert "k6 refuses a.js" in told.text
    assert "k6 refuses c.js" in told.text
    assert sent <= {"GET"}
    assert told.result["runs"] == []


@each_k6
def test_a_wrong_token_is_11(k6ci, k6):
    """The token itself is not repeated."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=PASSING)
        told = k6ci("run", "a.js", "--k6-path", k6, on=cloud, K6_CLOUD_TOKEN="w" * 20)
    assert told.code == 11, told.text
    assert "refused the token" in told.text
    assert "w" * 20 not in told.text


@each_k6
def test_an_unknown_project_is_12_with_the_visible_ones(k6ci, k6):
    """A list to choose from, not a guess."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=PASSING)
        told = k6ci("run", "a.js", "--project-id", "99", "--k6-path", k6, on=cloud)
    assert told.code == 12, told.text
    assert "Visible projects: 3101 (Default project), 3102 (Checkout team)" in told.text


@each_k6
def test_a_cloud_that_vanishes_in_the_middle_is_98_within_the_deadline(k6ci, k6):
    """Contact lost: the URL and the command that stops the run are printed."""
    k6ci.write(a=LONG)
    with contextlib.ExitStack() as stack:
        with emulator_in_thread(wheel_config(k6=k6)) as cloud:
            process = stack.enter_context(k6ci.process("run", "a.js", "--timeout", "8s", "--k6-path", k6, on=cloud))
            run_id = k6ci.running_id(cloud)
        stopped = time.monotonic()
        told = k6ci.ended(process)
    assert told.code == 98, told.text
    assert time.monotonic() - stopped < 8 + 5 + 3
    assert told.run["verdict"] == "unknown"
    assert f"`k6ci abort {run_id}` stops it" in told.run["remedy"]
    assert told.run["run_url"] in told.run["remedy"]


@each_k6
def test_a_script_that_another_job_replaced_is_97_and_its_run_is_aborted(k6ci, k6):
    """Two jobs on one load test: we do not report somebody else's result."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=PASSING)
        cloud.replace_script(LONG)
        told = k6ci("run", "a.js", "--k6-path", k6, on=cloud)
        record = cloud.run_record(told.run["run_id"])
    assert told.code == 97, told.text
    assert "another job's script" in told.run["reason"]
    assert record["status"] == "aborted"
    assert record["abort_requested"] is True
