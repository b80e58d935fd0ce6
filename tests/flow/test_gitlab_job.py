"""k6ci in a job of GitLab: the reports that the job hands over."""

from __future__ import annotations

import json

from emulation import EmulatorHandle
from releases import ReleaseServer
from story import Teller

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
