"""The v5 metrics of runs that real k6 executes, during the run and after it."""

from __future__ import annotations

import pytest

import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config
from k6ci.emulator import StatusDelays
from waiting import wait_for

pytestmark = pytest.mark.unmeasured


def test_metrics_are_those_of_the_script(shared_emulator: EmulatorHandle) -> None:
    """Exact numbers for a script with known counts; the list of metrics has names and types."""
    text = scripts.script(
        "scenarios: { count: { executor: 'per-vu-iterations', vus: 2, iterations: 5 } }",
        "sold.add(3, { shelf: exec.vu.idInTest === 1 ? 'left' : 'right' }); took.add(exec.vu.iterationInScenario * 10);"
        "check(1, { even: () => exec.vu.iterationInScenario % 2 === 0 });",
        more="import { Counter, Trend } from 'k6/metrics';\n"
        "const sold = new Counter('sold'), took = new Trend('took');",
    )
    run_id = shared_emulator.start_script(text, "metrics")
    shared_emulator.wait_for_status(run_id)
    assert shared_emulator.value(run_id, "iterations", "increase") == 10
    rows = shared_emulator.measured(run_id, "sold", "increase by (shelf)")
    assert {row["metric"]["shelf"]: row["values"][0][1] for row in rows} == {"left": 15, "right": 15}
    assert rows[0]["metric"].keys() == {"__name__", "shelf", "test_run_id"}
    assert shared_emulator.value(run_id, 'sold{shelf="left"}', "increase") == 15
    assert shared_emulator.value(run_id, "took", "histogram_quantile(0.5)") == pytest.approx(20, rel=0.01)
    assert shared_emulator.value(run_id, "took", "histogram_max") == 40
    assert shared_emulator.value(run_id, "checks", "ratio") == pytest.approx(0.6)
    assert shared_emulator.value(run_id, "http_req_duration", "histogram_avg") is None
    metrics = shared_emulator.api("GET", f"/cloud/v5/test_runs/{run_id}/metrics").json()["value"]
    found = {metric["name"]: (metric["type"], metric["origin"]) for metric in metrics}
    assert found["sold"] == ("counter", "script")
    assert found["iterations"] == ("counter", "builtin")
    assert found["took"] == ("trend", "script")


def test_metrics_are_available_during_the_run(emulator: EmulatorHandle) -> None:
    """A query during the run has samples, and a later one has more."""
    text = scripts.script("vus: 3, duration: '30s'", "check(1, { ok: () => true }); sleep(0.02);")
    run_id = emulator.start_script(text)
    emulator.wait_for_status(run_id, "running")
    wait_for(lambda: emulator.value(run_id, "vus", "last") == 3)
    first = wait_for(lambda: emulator.value(run_id, "iterations", "increase"))
    wait_for(lambda: emulator.value(run_id, "iterations", "increase") > first)
    emulator.api("POST", f"/cloud/v6/test_runs/{run_id}/abort")


def test_samples_before_running_count() -> None:
    """k6 starts during `initializing`; no sample is lost when a second ends before `running`."""
    delays = StatusDelays(created=0.01, queued=0.01, initializing=1.5, processing_metrics=0.01)
    counter = "import { Counter } from 'k6/metrics';\nconst sold = new Counter('sold');"
    with emulator_in_thread(wheel_config(status_delays=delays)) as emulator:
        run_id = emulator.start_script(scripts.script("vus: 1, iterations: 1", "sold.add(3); sleep(2);", more=counter))
        emulator.wait_for_status(run_id)
        assert emulator.value(run_id, "sold", "increase") == 3
        path = f"/cloud/v5/test_runs/{run_id}/query_range_k6(query='increase',metric='sold',step=1)"
        (line,) = emulator.api("GET", path).json()["data"]["result"]
        assert sum(value for _, value in line["values"]) == 3


def test_a_range_query_spreads_the_run_over_steps(emulator: EmulatorHandle) -> None:
    """The points of all steps add up to the aggregate; the lists of labels and series show the same time series."""
    run_id = emulator.start_script(scripts.script("vus: 1, duration: '2s'", "sleep(0.1);"))
    emulator.wait_for_status(run_id)
    home = f"/cloud/v5/test_runs/{run_id}"
    answer = emulator.api("GET", f"{home}/query_range_k6(query='increase',metric='iterations',step=1)").json()
    assert answer["data"]["resultType"] == "matrix"
    (line,) = answer["data"]["result"]
    assert len(line["values"]) >= 2
    assert sum(value for _, value in line["values"]) == emulator.value(run_id, "iterations", "increase")
    labels = emulator.api("GET", f"{home}/labels", params={"match[]": "iterations"}).json()["data"]
    assert {"__name__", "scenario", "load_zone", "test_run_id"} <= set(labels)
    values = emulator.api("GET", f"{home}/label/scenario/values", params={"match[]": "iterations"}).json()["data"]
    assert values == ["default"]
    series = emulator.api("GET", f"{home}/series", params={"match[]": 'iterations{scenario="default"}'}).json()["data"]
    assert [one["__name__"] for one in series] == ["iterations"]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("query_aggregate_k6(query='ratio',metric='iterations')", 400),
        ("query_aggregate_k6(metric='iterations')", 400),
        ("query_aggregate_k6(query='rate',metric='iterations',start=yesterday)", 400),
        ("query_aggregate_k6(query='rate',metric='iterations',step=1)", 400),
        ("query_range_k6(query='rate',metric='iterations',step=0)", 400),
        ("query_something_else(query='rate')", 404),
        ("query_aggregate_k6", 404),
        ("metrics?x=1", 400),
        ("labels", 400),
        ("series?match[]=iterations{", 400),
    ],
)
def test_invalid_metric_calls_are_rejected(shared_emulator: EmulatorHandle, call: str, status: int) -> None:
    """Wrong method for the type, missing arguments, invalid time, unknown call: the error document has the reason."""
    run_id = shared_emulator.start_script(scripts.INSTANT, f"calls {call}")
    shared_emulator.wait_for_status(run_id)
    answer = shared_emulator.api("GET", f"/cloud/v5/test_runs/{run_id}/{call}")
    assert answer.status_code == status
    assert isinstance(answer.json()["error"]["code"], str)
