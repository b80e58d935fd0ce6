"""No upload and no request stops the emulator: an invalid upload ends its run, an invalid request is an error."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
import zlib

import pytest

import scripts
from archives import archive, block
from emulation import EmulatorHandle
from hostile_clients import assert_alive

pytestmark = pytest.mark.unmeasured


NESTED = b'{"options":' * 20_000 + b"1" + b"}" * 20_000


def _read_to_end(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


@pytest.mark.parametrize(
    "upload",
    [
        pytest.param(archive("", metadata=NESTED), id="nested metadata"),
        pytest.param(archive("", metadata=b"[" * 1_000_000), id="brackets"),
        pytest.param(archive("", block("metadata.json", kind=b"1", link="metadata.json")), id="link to itself"),
        pytest.param(block("metadata.json", kind=b"2", link="metadata.json") + b"\0" * 1024, id="only a loop"),
        pytest.param(
            block("metadata.json", kind=b"1", link="data") + block("data", kind=b"1", link="metadata.json"),
            id="two links",
        ),
        pytest.param(archive("", block("file/a", size=b"\xff" * 12)), id="negative size"),
        pytest.param(archive("", block("file/a", kind=b"S", size=b"\x80" + b"\xff" * 11)), id="huge sparse"),
        pytest.param(archive("", block("file/a") * 20_000), id="too many members"),
        pytest.param(archive("", options={"vus": 10**400}), id="number beyond every type"),
        pytest.param(archive("", options={"duration": 10**400}), id="duration beyond floating point"),
        pytest.param(archive("", options={"scenarios": {"a": {"executor": []}}}), id="executor of a wrong type"),
        pytest.param(archive("", options={"scenarios": {"a": 7}}), id="scenario of a wrong type"),
        pytest.param(archive("", options={"stages": {"a": 1}}), id="stages of a wrong type"),
        pytest.param(archive("", options=[1]), id="options of a wrong type"),
        pytest.param(archive("", dependencies=[1]), id="dependencies of a wrong type"),
        pytest.param(archive("", filename=7), id="file name of a wrong type"),
        pytest.param(archive("", env={"A": {"B": 1}}), id="environment of a wrong type"),
        pytest.param(b"\0" * 257 + b"ustar" + os.urandom(5_000), id="noise behind a magic"),
        pytest.param(zlib.compress(b"\0" * 10_000_000), id="compressed"),
        pytest.param(b"\xff\xfe\0" * 1_000, id="no text"),
        pytest.param(b"const a = " + b"(" * 100_000, id="nested javascript"),
        pytest.param(
            b"export const options = JSON.parse('" + b"[" * 9_000 + b"]" * 9_000 + b"');", id="nested options"
        ),
    ],
)
def test_s15_an_upload_ends_its_own_run_and_nothing_else(attacked: EmulatorHandle, upload: bytes) -> None:
    """The run is aborted with a reason; the server goes on."""
    run = attacked.wait_for_status(attacked.start_script(upload, f"upload {time.monotonic()}"))
    assert (run["status"], run["result"]) == ("aborted", "error")
    assert run["result_details"]["message"]
    assert "unexpected" not in run["result_details"]["message"].split(":")[0]
    assert len(json.dumps(run)) < 20_000
    assert_alive(attacked)


def test_s15_a_script_may_measure_and_log_anything(attacked: EmulatorHandle) -> None:
    """Numbers at the edge of floating point, endless names, a flood of lines and time series."""
    body = (
        "for (const v of [1e308, -1e308, 5e-324, 0]) { trend.add(v); counter.add(v); gauge.add(v); rate.add(v); }"
        "for (let i = 0; i < 3000; i++) trend.add(1, { tag: `${i}`.padStart(2000, 'x') });"
        "for (let i = 0; i < 5000; i++) console.log(`${i} \\u0000\\ud800 `.repeat(20));"
        "console.log('long'.repeat(500000));"
    )
    more = "".join(f"const {kind.lower()} = new {kind}('{kind.lower()}_of_all');\n" for kind in _KINDS)
    text = scripts.script(
        "vus: 1, iterations: 2", body, more=f"import {{ {', '.join(_KINDS)} }} from 'k6/metrics';\n{more}"
    )
    run_id = attacked.start_script(text, "measuring")
    assert attacked.wait_for_status(run_id)["result"] == "passed"
    for kind, queries in _QUERIES.items():
        for query in queries:
            assert attacked.measured(run_id, f"{kind}_of_all", query)
    assert attacked.api("GET", f"/cloud/v5/test_runs/{run_id}/series", params={"match[]": "trend_of_all"}).is_success
    assert_alive(attacked)


_KINDS = ("Trend", "Counter", "Gauge", "Rate")


_QUERIES = {
    "trend": ["histogram_avg", "histogram_max", "histogram_min", "histogram_stddev", "histogram_quantile(0.99)"],
    "counter": ["increase", "rate", "max_rate(1)"],
    "gauge": ["avg", "max", "min", "last"],
    "rate": ["ratio", "increase_nz"],
}


def test_s15_a_script_that_never_initialises_ends(attacked: EmulatorHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Init code in an endless loop is stopped after a while."""
    monkeypatch.setattr("k6ci.emulator.execution.INSPECT_SECONDS", 2.0)
    run = attacked.wait_for_status(attacked.start_script("for (;;) {}\n", "looping"))
    assert "did not end" in run["result_details"]["message"]
