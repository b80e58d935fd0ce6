"""What k6ci sends, and what k6 2.x sends, checked against Grafana's own OpenAPI document."""

from __future__ import annotations

import signal

import pytest

import scripts
from contract.openapi import Contract, load_document
from emulation import emulator_in_thread, wheel_config
from k6_two import V6, K6Two
from story import CROSSING, LONG, PASSING, interrupt

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(load_document())


def test_every_request_of_k6ci_is_in_the_document(k6ci, contract):
    """Passed, failed, refused, replaced, lost, stopped and stale runs, and the checks before them."""
    with emulator_in_thread(wheel_config()) as cloud:
        k6ci.write(a=PASSING, b=CROSSING, c=LONG)
        assert k6ci("check", "--stack", "demo", on=cloud).code == 0
        assert k6ci("check", "--stack", "demo", on=cloud, K6_CLOUD_PROJECT_ID="").code == 10
        assert k6ci("check", on=cloud, K6_CLOUD_PROJECT_ID="99").code == 12
        assert k6ci("check", on=cloud, K6_CLOUD_TOKEN="w" * 20).code == 11
        assert k6ci("run", "a.js", "b.js", on=cloud).code == 99
        cloud.set_fault("POST *start", kind="cut_after", count=None)
        k6ci.write(a=PASSING + "// another script than that of the run a moment ago\n")
        assert k6ci("run", "a.js", on=cloud).code == 0
        cloud.clear_faults()
        with k6ci.process("run", "c.js", on=cloud) as process:
            run_id = k6ci.running_id(cloud)
            interrupt(process, signal.SIGTERM)
            assert k6ci.ended(process).code == 143
        assert k6ci("abort", str(run_id), on=cloud).code == 0
        zoned = "cloud: { distribution: { a: { loadZone: 'amazon:us:columbus', percent: 100 } } }, vus: 1"
        k6ci.write(d=PASSING.replace("vus: 1", zoned))
        in_ci = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}
        assert k6ci("run", "d.js", on=cloud, **in_ci).code == 0
        assert k6ci("abort", "--stale", on=cloud, **{**in_ci, "GITHUB_RUN_ATTEMPT": "2"}).code == 0
        exchanges = list(cloud.exchanges)
    judged = [one for one in exchanges if contract.covers(one)]
    answered = [one for one in judged if one.status is not None]
    assert contract.check_all(answered) == len(answered)
    lost = [one for one in judged if one.status is None]
    for exchange in lost:
        contract.check_request(exchange)
    templates = {(one.method, contract.template(one)) for one in judged}
    assert templates >= {
        ("GET", "/cloud/v6/auth"),
        ("GET", "/cloud/v6/projects"),
        ("GET", "/cloud/v6/projects/{id}"),
        ("POST", "/cloud/v6/validate_options"),
        ("GET", "/cloud/v6/projects/{id}/load_tests"),
        ("POST", "/cloud/v6/projects/{id}/load_tests"),
        ("PUT", "/cloud/v6/load_tests/{id}/script"),
        ("POST", "/cloud/v6/load_tests/{id}/start"),
        ("GET", "/cloud/v6/load_tests/{id}/test_runs"),
        ("GET", "/cloud/v6/test_runs/{id}"),
        ("GET", "/cloud/v6/test_runs/{id}/script"),
        ("POST", "/cloud/v6/test_runs/{id}/abort"),
        ("GET", "/cloud/v6/projects/{id}/limits"),
        ("GET", "/cloud/v6/load_zones"),
        ("PATCH", "/cloud/v6/test_runs/{id}"),
        ("GET", "/cloud/v6/test_runs"),
    }


def test_the_requests_of_k6_2_are_in_the_document(contract):
    """The sequence of `k6 cloud run` that flow/test_what_k6_2_sends.py sends is what the contract declares."""
    with emulator_in_thread(wheel_config()) as cloud:
        k6 = K6Two(cloud)
        body = {"project_id": cloud.project_id, "options": k6.options(), "is_local_execution": False}
        k6("POST", f"{V6}/validate_options", json=body)
        made = k6.create("script.js", k6.archive(scripts.PASSING)).json()
        assert k6.create("script.js", k6.archive(scripts.PASSING)).status_code == 409
        k6("GET", f"{V6}/projects/{cloud.project_id}/load_tests?%24top=1&name=script.js")
        stream = {"Content-Type": "application/octet-stream"}
        k6("PUT", f"{V6}/load_tests/{made['id']}/script", content=k6.archive(scripts.ENDLESS), headers=stream)
        run = k6.start(made["id"]).json()
        cloud.wait_for_status(run["id"], "running")
        assert k6("POST", f"{V6}/test_runs/{run['id']}/abort").status_code == 204
        cloud.wait_for_status(run["id"])
        k6("GET", f"{V6}/load_zones")
        assert contract.check_all(cloud.exchanges) > 9
