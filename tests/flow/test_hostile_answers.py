"""S5 to S9, S12: one kind of hostile response at one route; the run is stopped or named in time, others go on.

The cloud is the raw server of the storm tests (`storms/hostile_cloud.py`); `make storm` runs all combinations.
"""

from __future__ import annotations

import pathlib
import signal
import time

import pytest

from storms import hostile
from storms.hostile_cloud import FOREIGN_ID, HostileCloud, hostile_cloud
from waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.unmeasured

START, POLL, SCRIPT, TAIL = "POST */start", "GET */test_runs/*", "GET */script", "GET /tail"
RUN = "GET /cloud/v6/test_runs/[0-9]*[0-9]"
TIMEOUT_SECONDS = 3.0  # the first poll is 2 s after the start
KINDS = {
    "s5 start": (
        START,
        ("nested lists", "all years 1", "digits", "surrogate", "keys twice", "odd date", "redirect", "all null"),
    ),
    "s6 start": (START, ("another id", "another test")),
    "s6 poll": (RUN, ("another id", "another project")),
    "s7 script": (SCRIPT, ("sparse", "negative", "many members", "tar bomb", "endless")),
    "s8 poll": (RUN, ("dripping body", "dripping head", "one out of range", "infinite numbers")),
    "s9 tail": (TAIL, ("flood of pings", "flood of lines", "odd numbers", "large frame")),
    "s12 start": (START, ("gzip twice", "identity, gzip", "gzip bomb")),
}
# The last kind of each group in `make test`, all in `make e2e`: each waits for the timeout of its run.
CASES = [
    pytest.param(route, kind, 97, id=f"{group}: {kind}", marks=() if kind == kinds[-1] else pytest.mark.thorough)
    for group, (route, kinds) in KINDS.items()
    for kind in kinds
]


@pytest.fixture
def cloud():
    """A hostile cloud on loopback."""
    with hostile_cloud() as one:
        yield one


@pytest.mark.parametrize(("route", "kind", "code"), CASES)
def test_the_run_is_stopped_with_any_response(cloud: HostileCloud, tmp_path: pathlib.Path, route, kind, code):
    """An endless load with a short timeout: stopped, 97. `make storm` also measures how late.

    On a busy machine the search for the run may not end in its 3 s: then it is named, 98.
    """
    planned = hostile.Round(0, route, kind, None, is_long=True)
    ended = hostile.run_round(cloud, tmp_path / "round", planned, TIMEOUT_SECONDS, PATIENCE_SECONDS)
    assert ended.problems == (), ended.text
    assert ended.code in (code, 98), ended.text
    assert ended.hits
    assert ended.code == 98 or cloud.active_runs == []
    assert FOREIGN_ID not in cloud.aborts


def test_s5_a_run_that_cannot_be_found_is_named(cloud: HostileCloud, tmp_path: pathlib.Path):
    """Neither the start nor the list of the load test's runs can be read: 98, and how to look."""
    planned = hostile.Round(0, "* /cloud/v6/load_tests/4*[ts]", "nested lists", None, is_long=True)
    ended = hostile.run_round(cloud, tmp_path / "round", planned, TIMEOUT_SECONDS, PATIENCE_SECONDS)
    assert ended.code == 98, ended.text
    assert ended.problems == (), ended.text
    assert "Look at the runs of the load test" in ended.text


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        (TAIL, "flood of pings"),
        (SCRIPT, "endless"),
        pytest.param(TAIL, "flood of lines", marks=pytest.mark.thorough),
        pytest.param(SCRIPT, "many members", marks=pytest.mark.thorough),
        pytest.param(RUN, "dripping body", marks=pytest.mark.thorough),
    ],
)
def test_a_signal_is_handled_under_a_flood(cloud: HostileCloud, tmp_path: pathlib.Path, route, kind):
    """S7, S9: the abort is sent, and the process ends with the signal's code; `make storm` measures how soon."""
    planned = hostile.Round(0, route, kind, None, is_long=True)
    with hostile.k6ci_process(cloud, tmp_path / "round", planned, 60.0) as process:
        wait_for(lambda: cloud.attack and cloud.attack.hits)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        wait_for(lambda: cloud.aborts, "a request to abort", seconds=PATIENCE_SECONDS / 2)  # the load takes longer
        code = process.wait(PATIENCE_SECONDS)
    assert code == 130, (tmp_path / "round" / "output").read_text()
    assert cloud.active_runs == []
