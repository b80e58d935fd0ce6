"""`abort --stale`: what an earlier attempt of this CI job has left is found by its mark; other runs go on."""

from __future__ import annotations

import pytest

from k6ci.runs.run_note import Job, RunNote, is_of_earlier_attempt, run_note_in
from story import LONG, PASSING
from waiting import wait_for

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "77",
    "GITHUB_JOB": "load-test",
}
GITLAB = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_SERVER_HOST": "gitlab.example.org",
    "CI_PROJECT_PATH": "acme/shop",
    "CI_PIPELINE_ID": "77",
    "CI_JOB_NAME": "load: [eu, 10]",
}
ATTEMPTS = [
    pytest.param(GITHUB, "GITHUB_RUN_ATTEMPT", id="GitHub"),
    pytest.param(GITLAB, "CI_JOB_ID", id="GitLab"),
]


@pytest.mark.parametrize(("system", "attempt"), ATTEMPTS)
def test_a_run_of_an_earlier_attempt_is_stopped_and_no_other(k6ci, emulator, system, attempt):
    """The first attempt's runner was lost (SIGKILL), with its disk; another job's run goes on."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator, **system, **{attempt: "1"}) as process:
        run_id = k6ci.running_id(emulator)
        note = wait_for(lambda: emulator.api("GET", f"/cloud/v6/test_runs/{run_id}").json()["note"])
        process.kill()
    assert run_note_in(note).job.attempt == "1"
    (k6ci.folder / "k6ci-report" / "run.json").unlink()
    stranger = emulator.start_script(LONG, "another test")
    mark = RunNote(Job("elsewhere/acme/shop/77/load-test", "1"), "0" * 16).text()
    emulator.api("PATCH", f"/cloud/v6/test_runs/{stranger}", json={"note": mark}).raise_for_status()

    same = k6ci("abort", "--stale", on=emulator, **system, **{attempt: "1"})
    assert same.code == 0, same.text
    assert "No earlier attempt of this job has left a run behind" in same.text
    assert emulator.run_record(run_id)["status"] == "running"

    told = k6ci("abort", "--stale", on=emulator, **system, **{attempt: "2"})
    assert told.code == 0, told.text
    assert f"Test run {run_id}: it has ended with status aborted" in told.text
    assert emulator.run_record(stranger)["abort_requested"] is False


def test_what_the_run_file_still_holds_is_stopped_too(k6ci, emulator):
    """On a runner that keeps its disk, also when the mark was never written."""
    emulator.set_fault("PATCH *", status=403, count=None)
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator, **GITHUB, GITHUB_RUN_ATTEMPT="1") as process:
        run_id = k6ci.noted_id(emulator)
        process.kill()
    told = k6ci("abort", "--stale", on=emulator, **GITHUB, GITHUB_RUN_ATTEMPT="2")
    assert told.code == 0, told.text
    assert emulator.run_record(run_id)["status"] == "aborted"


def test_outside_of_a_ci_job_there_is_nothing_to_compare_with(k6ci, emulator):
    """And a run that is named is not looked for."""
    assert k6ci("abort", "--stale", on=emulator).code == 10
    assert k6ci("abort", "--stale", "5", on=emulator, **GITHUB, GITHUB_RUN_ATTEMPT="2").code == 10


def test_runs_that_cannot_be_listed_are_an_error(k6ci, emulator):
    """Silence would say that nothing is left."""
    emulator.set_fault("GET /cloud/v6/test_runs", status=403, count=None)
    assert k6ci("abort", "--stale", on=emulator, **GITHUB, GITHUB_RUN_ATTEMPT="2").code == 12


def test_a_run_outside_of_ci_has_no_mark(k6ci, emulator):
    """A laptop has no attempts, and a note is its owner's."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert not emulator.api("GET", f"/cloud/v6/test_runs/{told.run['run_id']}").json()["note"]


def test_a_mark_survives_odd_names_and_other_words():
    """Job names have spaces and brackets; people write into notes."""
    job = Job("gitlab.example.org/a/b/7/load: [eu west, 10%]", "12")
    note = f"looked at it, fine. {RunNote(job, 'abc').text()} -- thanks"
    assert run_note_in(note) == RunNote(job, "abc")
    assert is_of_earlier_attempt(note, Job(job.identity, "13"))
    # an earlier job that is slow to end touches no later one
    assert not is_of_earlier_attempt(note, Job(job.identity, "9"))
    assert not is_of_earlier_attempt(note, job)
    assert not is_of_earlier_attempt("no mark at all", job)
    assert run_note_in(None) is None
