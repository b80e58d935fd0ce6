"""k6ci in a job of GitLab: the reports that the job hands over, and what it says about variables."""

from __future__ import annotations

import json

import pytest

from api_stand_in import Fault
from emulation import EmulatorHandle
from gitlab_api import gitlab_stand_in
from releases import ReleaseServer
from story import PASSING, Teller

FORK = {"CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}
MEASURED = """
import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 1, iterations: 2 };
export default function () { check(http.get('%s/'), { answered: (response) => response.status > 0 }); }
"""


def test_the_reports_of_a_job_have_the_figures_of_the_run(
    k6ci: Teller, emulator: EmulatorHandle, release_server: ReleaseServer
):
    k6ci.write(a=MEASURED % release_server.url)
    told = k6ci("run", "a.js", on=emulator, GITLAB_CI="true")
    assert told.code == 0, told.text
    metrics = json.loads(told.files["gl-load-performance.json"])["metrics"]
    assert set(metrics["http_req_waiting"]) == {"p(90)", "p(95)"}
    assert metrics["http_reqs"]["count"] == 2
    assert metrics["checks"] == {"passes": 2, "fails": 0, "value": 1}
    assert 'k6_http_reqs{script="a.js",emulated="true"} 2' in told.files["gl-metrics.txt"].splitlines()
    (link,) = json.loads(told.files["gl-annotations.json"])["k6"]
    assert link["external_link"]["url"] == told.run["run_url"]
    assert f"K6CI_RUN_ID={told.run['run_id']}" in told.files["gl-outputs.env"].splitlines()
    assert emulator.token not in "".join(told.files.values())


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        (
            {"CI_COMMIT_REF_PROTECTED": "false", "CI_COMMIT_REF_NAME": "topic"},
            "not protected either, because topic is not a protected branch or tag",
        ),
        (FORK | {"CI_COMMIT_REF_PROTECTED": "false"}, "this merge request comes from a fork, whose pipelines get no"),
        ({"CI_COMMIT_REF_PROTECTED": "true"}, "with a key and an environment scope that match this job"),
        ({}, "a protected variable exists on protected branches and tags only"),
    ],
    ids=["branch", "fork", "protected branch", "unknown"],
)
def test_check_explains_why_the_variable_of_the_token_may_be_empty(k6ci, emulator, variables, why):
    told = k6ci("check", on=emulator, K6_CLOUD_TOKEN="", GITLAB_CI="true", CI="true", **variables)
    assert told.code == 11, told.text
    text = " ".join(told.text.split())
    assert "as K6_CLOUD_TOKEN: masked (or masked and hidden), not expanded" in text
    assert why in text


@pytest.mark.parametrize("status", [0, 503])
def test_a_run_writes_its_note_and_no_failure_of_it_changes_the_exit_code(k6ci, emulator, status):
    """The token of the note is in no report, no archive and no output."""
    k6ci.write(a=PASSING)
    with gitlab_stand_in() as gitlab:
        gitlab.faults += [Fault("POST", "notes", status)] if status else []
        told = k6ci("run", "a.js", on=emulator, K6CI_GITLAB_TOKEN=gitlab.token, **gitlab.environ())
        assert told.code == 0, told.text
        assert len(gitlab.bodies()) == (0 if status else 1)
    assert told.result["verdict"] == "passed"
    assert ("note could not be written: GitLab failed (HTTP 503)" in told.text) is bool(status)
    assert gitlab.token not in told.text + "".join(told.files.values())
