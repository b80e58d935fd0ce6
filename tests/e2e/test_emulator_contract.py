"""The emulator against Grafana's OpenAPI document: a tour of every operation, and schemathesis."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import scripts
from contract.openapi import UNDECLARED_STATUSES, Contract, DeviationError, load_document
from emulation import ROOT, EmulatorHandle, emulator_in_thread, wheel_config
from k6ci.emulator import Exchange
from tour import tour

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

V6 = "/cloud/v6"
# The token reaches schemathesis through its environment, never through argv. Two operations are let off one check: in
# a multipart form a number is the same bytes as its text, and a start may carry headers that nobody declared.
CONFIGURATION = """
[headers]
Authorization = "Bearer ${EMULATOR_TOKEN}"

[[operations]]
include-path = ["/cloud/v6/projects/{id}/load_tests", "/cloud/v6/load_tests/{id}/start"]
include-method = "POST"
checks.negative_data_rejection.expected-statuses = ["2xx", "4xx"]
"""
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method,negative_data_rejection,missing_required_header,ignored_auth"
)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(load_document())


@pytest.fixture
def emulator() -> Iterator[EmulatorHandle]:
    with emulator_in_thread(wheel_config()) as handle:
        yield handle


def test_every_operation_conforms_to_the_document(emulator: EmulatorHandle, contract: Contract) -> None:
    """All 51 operations of REST v6 succeed at least once, and no response deviates."""
    tour(emulator)
    assert contract.check_all(emulator.exchanges, check_requests=False) > 90
    answered = {(exchange.method, contract.template(exchange)) for exchange in emulator.exchanges if _is_good(exchange)}
    assert len(_declared()) == 51
    assert _declared() - answered == set()


def _declared() -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in load_document()["paths"].items()
        for method in operations
        if path.startswith(V6)
    }


def test_successful_requests_pass_the_request_check(emulator: EmulatorHandle, contract: Contract) -> None:
    """The check of requests accepts every request that succeeds, so it has no false positives on clients."""
    tour(emulator)
    contract.check_all(exchange for exchange in emulator.exchanges if _is_good(exchange))


def test_wrong_credentials_get_the_declared_error(emulator: EmulatorHandle, contract: Contract) -> None:
    """401 for the token, 403 for stack and host, on every operation."""
    for method, path in sorted(_declared() - {("GET", f"{V6}/auth")}):
        address = path.replace("{", "").replace("}", "")
        bad = {"Authorization": f"Bearer not-{emulator.token}"}
        assert emulator.api(method, address, headers=bad).status_code == 401
        assert emulator.api(method, address, headers={"X-Stack-Id": "1"}).status_code == 403
    contract.check_all(emulator.exchanges, check_requests=False)


def test_status_faults_conform_to_the_document(emulator: EmulatorHandle, contract: Contract) -> None:
    """A status fault has the error document of the API."""
    for status in (401, 403, 404, 429, 500, 503):
        emulator.set_fault("GET /cloud/v6/projects/*", status=status, retry_after_seconds=1)
        assert emulator.api("GET", f"{V6}/projects/{emulator.project_id}").status_code == status
    checked = [exchange for exchange in emulator.exchanges if exchange.status != 503]
    contract.check_all(checked, check_requests=False)


@pytest.mark.parametrize(
    "scenario",
    [
        {"hold": "created", "hold_seconds": 0.3},
        {"hold": "queued", "hold_seconds": 0.3, "abort_from": "created"},
        {"hold": "initializing", "hold_seconds": 0.3},
        {"hold": "running", "hold_seconds": 0.3},
        {"hold": "processing_metrics", "hold_seconds": 0.3},
        {"ended_by": "user"},
        {"ended_by": "system"},
        {"ended_by": "script"},
        {"ended_by": "threshold"},
        {"ended_by": "limit"},
        {"result_late_polls": 2},
        {"result_late_polls": None},
        {"shown_statuses": ["hibernating", "completed", ""]},
    ],
    ids=str,
)
def test_run_scenarios_conform_to_the_document(
    emulator: EmulatorHandle, contract: Contract, scenario: dict[str, Any]
) -> None:
    """Statuses and results are plain strings in the document, and most of a run may be null."""
    emulator.set_run_scenario(**scenario)
    run_id = emulator.start_script(scripts.INSTANT)
    for _ in range(4):
        emulator.api("GET", f"{V6}/test_runs/{run_id}")
    emulator.wait_for_status(run_id)
    emulator.api("POST", f"{V6}/test_runs/{run_id}/abort")
    assert contract.check_all(emulator.exchanges) >= 7


@pytest.mark.parametrize(("status", "is_legal"), [(403, True), (429, True), (409, False)])
def test_concurrency_errors_conform_to_the_document(
    emulator: EmulatorHandle, contract: Contract, status: int, is_legal: bool
) -> None:
    """403 is declared for a start and any API may respond with 429; 409 is neither, though k6 handles it."""
    emulator.set_concurrency(0, status=status)
    with pytest.raises(httpx.HTTPStatusError):
        emulator.start_script(scripts.INSTANT)
    if is_legal:
        assert contract.check_all(emulator.exchanges) == 2
    else:
        with pytest.raises(DeviationError):
            contract.check_all(emulator.exchanges)


@pytest.mark.parametrize(
    "change",
    [
        {"started_by": None, "drop": "is_starred"},
        {"created": "2026-01-01T00:00:00"},
        {"status_details": {"type": "created"}},
        {"cost": {"total_vuh": None}},
        {"id": "152701"},
    ],
    ids=["key-missing", "naive-date", "nested-key-missing", "null-cost", "text-id"],
)
def test_the_check_finds_an_invalid_response(
    emulator: EmulatorHandle, contract: Contract, change: dict[str, Any]
) -> None:
    """A response with one defect is rejected."""
    run_id = emulator.start_script(scripts.INSTANT)
    emulator.wait_for_status(run_id)
    good = emulator.exchanges[-1]
    contract.check_response(good)
    body = {**json.loads(good.response_body), **change}
    body.pop(body.pop("drop", ""), None)
    with pytest.raises(DeviationError):
        contract.check_response(dataclasses.replace(good, response_body=json.dumps(body).encode()))


def test_the_check_finds_an_invalid_request(emulator: EmulatorHandle, contract: Contract) -> None:
    """Undeclared query names, a stack that is not a number, and an invalid body are rejected."""
    emulator.api("GET", f"{V6}/projects?top=1")
    emulator.api("GET", f"{V6}/projects", headers={"X-Stack-Id": "demo"})
    emulator.api("POST", f"{V6}/projects", json={"title": "x"})
    emulator.api("GET", f"{V6}/no_such_thing")
    for exchange in emulator.exchanges:
        with pytest.raises(DeviationError):
            contract.check_request(exchange)


def test_schemathesis_finds_no_deviation(tmp_path: Path, contract: Contract) -> None:
    """Thousands of requests, valid and invalid: every response is in the document, none is 5xx."""
    with emulator_in_thread(wheel_config()) as emulator:
        runs = [emulator.start_script(scripts.INSTANT, name) for name in "abcd"]
        for run_id in runs:
            emulator.wait_for_status(run_id)
        (tmp_path / "schema.json").write_text(json.dumps(_narrowed(emulator, runs)), encoding="utf-8")
        (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        found = _schemathesis(emulator, tmp_path)
        assert found.returncode == 0, found.stdout[-6000:]
        assert contract.check_all(emulator.exchanges, check_requests=False) > 1000
        assert not [exchange for exchange in emulator.exchanges if (exchange.status or 0) >= 500]
        undeclared = {exchange.status for exchange in emulator.exchanges} & UNDECLARED_STATUSES
        assert undeclared <= {405, 413}


def _schemathesis(emulator: EmulatorHandle, folder: Path) -> subprocess.CompletedProcess[str]:
    binary = ROOT / ".venv" / "bin" / "schemathesis"
    argv = [str(binary), "--config-file", "schemathesis.toml", "run", "schema.json", "--url", emulator.url]
    argv += ["--include-path-regex", "^/cloud/v6", "--phases", "examples,coverage,fuzzing", "--checks", CHECKS]
    argv += ["--seed", "1", "--max-examples", "5", "--continue-on-failure", "--no-color", "--no-shrink"]
    argv += ["--generation-database", "none", "--request-timeout", "20", "--max-time", "100"]
    environ = {**os.environ, "EMULATOR_TOKEN": emulator.token}
    return subprocess.run(
        argv, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8", timeout=360, check=False
    )


def _narrowed(emulator: EmulatorHandle, runs: list[int]) -> dict[str, Any]:
    """The document, with the stack and the IDs that exist as the only ones, so that requests get past 404.

    A deletion has other IDs than the other operations, which would else find nothing any more.
    """
    document = copy.deepcopy({key: value for key, value in load_document().items() if key != "servers"})
    document["components"]["parameters"]["stackId"]["schema"]["enum"] = [emulator.emulator.stack_id]
    tests = [load_test["id"] for load_test in emulator.state()["load_tests"]]
    kept_ids = {"projects": 3101, "load_tests": tests[0], "test_runs": runs[0], "load_zones": 801}
    deleted_ids = {"projects": 3102, "load_tests": tests[2], "test_runs": runs[1], "load_zones": 801}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            existing = (deleted_ids if method == "delete" else kept_ids).get(path.split("/")[3])
            for parameter in operation.get("parameters", []):
                if parameter.get("name") in {"id", "project_id"} and existing is not None:
                    parameter["schema"]["enum"] = [existing]
                if parameter.get("name") == "X-Stack-Url":
                    parameter["schema"]["enum"] = [emulator.emulator.stack_url]
    return document


def _is_good(exchange: Exchange) -> bool:
    return exchange.status is not None and exchange.status < 400
