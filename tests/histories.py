"""A load test with a history on an emulator: real runs of the default branch, with figures that the test knows."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Mapping, Sequence

from emulation import EmulatorHandle
from k6ci import cli
from k6ci.runs.run_note import run_note_in
from story import told
from waiting import wait_for

P95 = "http_req_duration histogram_quantile(0.95)"
FAILED = "http_req_failed ratio"
REQUESTS = "http_reqs increase"
RATE = "http_reqs rate"
# Nobody listens there: k6 records a request that failed, so that the metrics exist whose values are seeded.
SCRIPT = """
import { check } from 'k6';
import http from 'k6/http';
export const options = { vus: 1, iterations: 1, thresholds: { checks: ['rate>0.9'] } };
export default function () { http.get('http://127.0.0.1:1/'); check(1, { 'one is one': (x) => x === 1 }); }
"""
# Spread 2 %, and twelve of them.
STEADY = (300.0, 306.0, 294.0, 303.0, 297.0, 309.0, 291.0, 300.0, 304.0, 296.0, 302.0, 298.0)
JOB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_JOB": "load-test",
}
# A schedule starts jobs of the default branch only.
MAIN = {
    **JOB,
    "GITHUB_EVENT_NAME": "schedule",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_REF_NAME": "main",
    "GITHUB_SHA": "a" * 40,
}
BRANCH = {**JOB, "GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "next"}


def figures(p95: float, *, failed: float = 0.0, rate: float = 50.0) -> dict[str, float]:
    """Seeded values of a run of a thousand requests."""
    return {P95: p95, FAILED: failed, REQUESTS: 1000.0, RATE: rate}


def with_history(
    emulator: EmulatorHandle, folder: pathlib.Path, durations: Sequence[float], script: str = SCRIPT
) -> list[int]:
    """Run the script once with k6ci in a job of the default branch, and again through the API; the runs' IDs.

    `durations` are the values of p95; the runs keep their measured figures where there is none (0).
    """
    folder.joinpath("a.js").write_text(script)
    with contextlib.chdir(folder):
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", **emulator.environment(), **MAIN}
        code = cli.main(["run", "a.js"], environ)
    first = told(code, "", folder)
    assert code == 0, first.files
    run_ids = [first.run["run_id"]]
    note = emulator.api("GET", f"/cloud/v6/test_runs/{run_ids[0]}").json()["note"]
    assert run_note_in(note).revision.is_default_branch, note
    for _ in durations[1:]:
        started = emulator.api("POST", f"/cloud/v6/load_tests/{first.run['load_test_id']}/start")
        run_ids.append(started.raise_for_status().json()["id"])
    for run_id, p95 in zip(run_ids, durations, strict=True):
        emulator.api("PATCH", f"/cloud/v6/test_runs/{run_id}", json={"note": note}).raise_for_status()
        if p95:
            seed(emulator, run_id, figures(p95))
    wait_for_end(emulator, run_ids)
    return run_ids


def seed(emulator: EmulatorHandle, run_id: int, values: Mapping[str, float]) -> None:
    """Set figures of a run."""
    emulator.control("POST", f"runs/{run_id}", json={"metrics": dict(values)})


def wait_for_end(emulator: EmulatorHandle, run_ids: Sequence[int]) -> None:
    wait_for(lambda: all(emulator.run_record(run_id)["ended"] for run_id in run_ids), "the end of the runs")
