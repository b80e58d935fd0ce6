"""Which runs a run is compared with: the history of the default branch, under the same conditions."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time

import pytest

from emulation import emulator_in_thread, wheel_config
from histories import BRANCH, SCRIPT, STEADY, figures, seed, with_history


@pytest.fixture
def short(tmp_path_factory):
    """The same with five runs."""
    with emulator_in_thread(wheel_config()) as emulator:
        emulator.history = with_history(emulator, tmp_path_factory.mktemp("short"), STEADY[:5])
        yield emulator


def test_five_runs_are_too_few_to_fail(compared, short):
    told = compared(figures(900.0), "--compare", "fail", on=short)
    assert told.code == 0, told.text
    assert told.run["comparison"]["outcome"] == "regressed"
    assert "`compare: fail` needs 10 comparable runs" in told.text


def test_runs_that_do_not_belong_to_the_history_are_left_out(k6ci, short):
    """An aborted run, a run of another branch, a confirmation run, a run without a note."""
    aborted, branch, confirmation, foreign = (
        short.api("POST", f"/cloud/v6/load_tests/{short.state()['load_tests'][0]['id']}/start").json()["id"]
        for _ in range(4)
    )
    note = short.api("GET", f"/cloud/v6/test_runs/{short.history[0]}").json()["note"]
    notes = {aborted: note, branch: note.replace(" default=yes", ""), confirmation: f"{note} confirms=yes"}
    for run_id, text in notes.items():
        short.api("PATCH", f"/cloud/v6/test_runs/{run_id}", json={"note": text}).raise_for_status()
    short.set_run(aborted, status="aborted", result="error")
    k6ci.write(a=SCRIPT)
    time.sleep(1.0)
    short.set_run_scenario(metrics=figures(300.0))
    told = k6ci("run", "a.js", on=short, **BRANCH)
    assert told.run["comparison"]["runs"] == short.history, (aborted, branch, confirmation, foreign)
    assert "Not compared: 1 run ended early." in told.text


def test_runs_under_other_conditions_are_not_compared(k6ci, short):
    """Another k6, and load generators that measured themselves; three runs are too few then."""
    short.set_run(short.history[0], k6_versions={"k6": "v0.49.0"})
    seed(short, short.history[1], {"load_generator_cpu_percent avg": 95.0})
    seed(short, short.history[2], {"load_generator_cpu_percent avg": 60.0})
    k6ci.write(a=SCRIPT)
    short.set_run_scenario(metrics=figures(900.0))
    comparison = k6ci("run", "a.js", "--compare", "fail", on=short, **BRANCH).run["comparison"]
    assert comparison["runs"] == short.history[2:]
    assert comparison["outcome"] == "too few runs"
    assert "3 comparable runs: a comparison needs 5." in comparison["notes"]
    said = "Not compared: 1 run with overloaded load generators, 1 run with another version of k6."
    assert said in comparison["notes"]


def test_a_starred_run_is_a_named_baseline(k6ci, short):
    starred = short.history[2]
    short.api("POST", f"/cloud/v6/test_runs/{starred}/star").raise_for_status()
    k6ci.write(a=SCRIPT)
    short.set_run_scenario(metrics=figures(300.0))
    told = k6ci("run", "a.js", on=short, **BRANCH)
    assert told.run["comparison"]["baseline"]["run_id"] == starred
    assert told.run["comparison"]["baseline"]["duration_p95_ms"] == STEADY[2]
    assert f"Starred run {starred}" in told.text


def test_a_shop_that_became_many_times_slower_is_seen(k6ci, tmp_path_factory):
    """Measured figures on both sides; by so much that what a busy machine adds does not hide it."""
    shop = _Shop()
    script = SCRIPT.replace("http.get('http://127.0.0.1:1/')", f"for (let i = 0; i < 3; i++) http.get('{shop.url}')")
    with shop, emulator_in_thread(wheel_config()) as emulator:
        with_history(emulator, tmp_path_factory.mktemp("shop"), [0.0] * 5, script)
        shop.seconds = 2.0
        k6ci.write(a=script)
        told = k6ci("run", "a.js", on=emulator, **BRANCH)
    assert told.code == 0, told.text
    p95 = told.run["comparison"]["metrics"][0]
    assert p95["outcome"] == "regressed", told.text
    assert p95["change"] > 1.2


class _Shop(contextlib.AbstractContextManager):
    """An HTTP server that takes its time: 100 ms at first."""

    def __init__(self):
        self.seconds = 0.1
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                time.sleep(shop.seconds)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
