"""Runs of the old k6 Cloud documentation, by their row in docs/tokens.md: what replaces them, and that ours works."""

from __future__ import annotations

import json

import pytest

import binaries
from logins import STACK, addresses, home, real_k6
from story import PASSING

pytestmark = pytest.mark.e2e

# What k6 2.x no longer does is shown with the binaries that K6CI_TEST_K6 names, if any.
K6_TWO = binaries.of_major_2()
PROJECT_OF_OLD = """
import { check } from 'k6';
export const options = { vus: 1, iterations: 1, thresholds: { checks: ['rate>0.9'] }, %s };
export default () => { check(1, { a: () => true }); };
"""


def test_row_13_project_of_an_organization_token(k6ci, emulator):
    """`ext.loadimpact.projectID` is nothing to k6 2.x; k6ci takes it from the archive, whichever k6 made that."""
    old, new = "ext: { loadimpact: { projectID: 3102 } }", "cloud: { projectID: 3102 }"
    k6ci.write(old=PROJECT_OF_OLD % old, new=PROJECT_OF_OLD % new)
    environ = {"K6_CLOUD_TOKEN": emulator.token, "K6_CLOUD_STACK_ID": "4711"}
    for k6 in K6_TWO:
        done = real_k6(k6, emulator, home(), "cloud", "run", str(k6ci.folder / "old.js"), **environ)
        assert done.returncode == 255
        assert "default project ID is not available" in done.stderr
    for script in ("old.js", "new.js"):
        for k6 in binaries.every():
            told = k6ci("run", script, "--k6-path", k6, **environ, **addresses(emulator))
            assert told.code == 0, told.text
            assert told.run["project_id"] == 3102


def test_row_14_k6_cloud_script(k6ci, emulator):
    """`k6 cloud script.js`: in 2.x help and exit 0, without a run; ours is `k6ci run`, whose 0 is a run that passed."""
    k6ci.write(a=PASSING)
    environ = {name: value for name, value in emulator.environment().items() if name not in addresses(emulator)}
    for k6 in K6_TWO:
        done = real_k6(k6, emulator, home(), "cloud", str(k6ci.folder / "a.js"), **environ)
        assert done.returncode == 0
        assert emulator.state()["runs"] == []
    assert k6ci("run", "a.js", on=emulator).code == 0
    assert len(emulator.state()["runs"]) == 1


@pytest.mark.parametrize("k6", binaries.every_param())
def test_row_15_upload_only(k6ci, emulator, k6):
    """`--upload-only` is `k6 cloud upload`, with what `k6ci login` stored; `k6ci check` proves a set-up."""
    k6ci.write(a=PASSING)
    assert k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator)).code == 0
    done = real_k6(k6, emulator, home(), "cloud", "upload", str(k6ci.folder / "a.js"))
    assert done.returncode == 0, done.stderr
    assert (len(emulator.state()["load_tests"]), emulator.state()["runs"]) == (1, [])
    refused = k6ci("check", "a.js", "--flags", "--upload-only", on=emulator)
    assert refused.code == 10
    assert "--upload-only is refused" in refused.text
    assert k6ci("check", "a.js", on=emulator).code == 0
    assert len(emulator.state()["load_tests"]) == 1


@pytest.mark.parametrize("flag", ["-o cloud", "--out=cloud", "-ocloud"])
def test_row_16_output_to_the_cloud(k6ci, emulator, flag):
    """`k6 run -o cloud` runs on this machine; k6ci runs in the cloud and refuses the flag with the reason."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--flags", flag, on=emulator)
    assert told.code == 10, told.text
    assert "a cloud run sends its metrics to the cloud" in told.text


def test_row_17_script_from_standard_input(k6ci, emulator):
    """`k6 cloud - < script` needs a name; k6ci takes files, because the name of a load test is its path."""
    told = k6ci("run", "-", on=emulator, stdin=PASSING)
    assert told.code == 10, told.text
    assert "script: '-'" in told.text
    assert "Give the path of a script" in told.text


def test_row_18_numeric_run_status(k6ci, emulator):
    """What was 3 and 0 are words now, in result.json as in the API; the emulator still speaks both."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert (told.run["status"], told.run["result"]) == ("completed", "passed")
    old = emulator.api("GET", f"/v1/test-progress/{told.run['run_id']}").json()
    assert old == {"run_status_text": "Finished", "run_status": 3, "result_status": 0, "progress": 1.0}
    assert json.loads(told.files["result.json"])["verdict"] == "passed"
    assert STACK in told.run["run_url"]
