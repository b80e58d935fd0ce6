"""Budgets and limits, compared before any upload for the whole suite; places and queues, waited for in bounds."""

from __future__ import annotations

import re
import time

import pytest

from emulation import emulator_in_thread, wheel_config
from k6ci.emulator import StatusDelays
from story import LONG, PASSING
from waiting import PATIENCE_SECONDS

START = "POST /cloud/v6/load_tests/*/start"
# One VU for a minute begun, by the emulator's formula.
MINUTE_VUH = 0.0167
BROWSER = """
export const options = { scenarios: {
  ui: { executor: 'constant-vus', vus: 3, duration: '1s', options: { browser: { type: 'chromium' } } },
  api: { executor: 'constant-vus', vus: 4, duration: '1s' },
} };
export default function () {}
"""


def uploads(emulator) -> list[str]:
    return [
        entry["path"] for entry in emulator.journal() if entry["method"] != "GET" and "validate" not in entry["path"]
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--max-vuh", "0.01"], ["a.js would cost about 0.0167 VUh; max-vuh allows 0.01", "b.js would cost about"]),
        (["--max-vuh-suite", "0.03"], ["The suite would cost about 0.0334 VUh; max-vuh-suite allows 0.03"]),
    ],
)
def test_a_budget_that_would_be_exceeded_is_13_before_any_upload(k6ci, emulator, given, said):
    """Row 10: the whole suite is estimated first."""
    k6ci.write(a=PASSING, b=PASSING)
    told = k6ci("run", "a.js", "b.js", *given, on=emulator)
    assert told.code == 13, told.text
    for text in said:
        assert text in told.text
    assert uploads(emulator) == []
    assert k6ci("check", "a.js", "b.js", *given, on=emulator).code == 13


def test_within_the_budget_estimate_and_cost_are_told(k6ci, emulator):
    """Both for each run, and the sum of the suite at the end."""
    k6ci.write(a=PASSING, b=PASSING)
    told = k6ci("run", "a.js", "b.js", "--max-vuh", "0.02", "--max-vuh-suite", "0.04", on=emulator)
    assert told.code == 0, told.text
    assert "a.js: options are valid, estimated 0.0167 VUh" in told.text
    assert [run["vuh_estimate"] for run in told.result["runs"]] == [MINUTE_VUH] * 2
    assert [run["vuh"] for run in told.result["runs"]] == [MINUTE_VUH] * 2
    assert re.search(r"cost of all 2 runs: 0\.0334 VUh \(estimated 0\.0334\)", told.text)
    assert "0.0334 VUh" in told.summary


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"vu_max_per_test": 6}, "a.js plans 7 VUs; the project allows 6 in one test"),
        ({"vu_browser_max_per_test": 2}, "a.js plans 3 browser VUs; the project allows 2"),
    ],
)
def test_a_limit_of_the_project_is_13_with_both_numbers(k6ci, emulator, limits, said):
    """Before any upload, from what k6 itself says of the script."""
    k6ci.write(a=BROWSER)
    path = f"/cloud/v6/projects/{emulator.project_id}/limits"
    emulator.api("PATCH", path, json=limits).raise_for_status()
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert said in told.text
    assert uploads(emulator) == [path]


def test_a_month_that_would_be_exceeded_is_13(k6ci, emulator):
    """What all scripts of a project would cost, against what it allows in a month."""
    k6ci.write(a=LONG.replace("vus: 1,", "vus: 90,"))
    path = f"/cloud/v6/projects/{emulator.project_id}/limits"
    emulator.api("PATCH", path, json={"vuh_max_per_month": 1}).raise_for_status()
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert "allows 1 in a month" in told.text


def test_limits_that_cannot_be_read_are_a_warning(k6ci, emulator):
    """A token may see a project and not its limits."""
    k6ci.write(a=PASSING)
    emulator.set_fault("GET *limits", status=403, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("The limits of the project 3101 are not known" in warning for warning in told.result["warnings"])


@pytest.mark.parametrize("zone", ["amazon:us:nowhere", "my-private-zone"])
def test_a_load_zone_that_does_not_exist_is_12_with_the_visible_ones(k6ci, emulator, zone):
    """Row 41: a run there would wait for ever."""
    distribution = f"cloud: {{ distribution: {{ a: {{ loadZone: '{zone}', percent: 100 }} }} }}, vus: 1"
    k6ci.write(a=PASSING.replace("vus: 1", distribution))
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 12, told.text
    assert repr(zone) in told.text
    assert "amazon:us:columbus" in told.text
    assert uploads(emulator) == []
    k6ci.write(a=PASSING.replace("vus: 1", distribution.replace(zone, "amazon:us:columbus")))
    assert k6ci("run", "a.js", on=emulator).code == 0
    emulator.set_fault("GET *load_zones", status=500, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert (told.code, "The load zones were not checked" in told.text) == (0, True)


@pytest.mark.parametrize("refusal", [{"status": 409}, {"status": 429, "retry_after_seconds": 1}])
def test_a_place_among_the_concurrent_tests_is_waited_for(k6ci, emulator, refusal):
    """Row 9: the start is tried again after a while, the upload is not; one run comes of it."""
    k6ci.write(a=PASSING)
    emulator.set_fault(START, count=2, **refusal)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert told.text.count("all test slots are in use, retrying in") == 2
    assert len(emulator.state()["runs"]) == 1
    assert sum("load_tests" in path and "start" not in path for path in uploads(emulator)) == 1
    assert len(told.run_file["runs"]) == 1


@pytest.mark.parametrize("status", [409, 429])
def test_no_place_in_time_is_13(k6ci, emulator, status):
    """How long was waited is said; with 0s there is no waiting at all."""
    k6ci.write(a=PASSING)
    emulator.set_fault(START, status=status, count=None)
    for given in ("3s", "0s"):
        began = time.monotonic()
        told = k6ci("run", "a.js", "--concurrency-timeout", given, on=emulator)
        assert told.code == 13, told.text
        assert "Concurrency limit reached" in told.run["reason"]
        assert time.monotonic() - began < PATIENCE_SECONDS
    assert emulator.state()["runs"] == []
    assert told.run_file["runs"] == []


def test_a_start_that_is_forbidden_for_another_reason_is_not_waited_for(k6ci, emulator):
    """403 without a word about limits: the token may not start tests."""
    k6ci.write(a=PASSING)
    emulator.set_fault(START, status=403, count=None)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 12, told.text
    assert "waiting" not in told.text


def test_a_load_that_never_begins_is_stopped_at_the_queue_limit(k6ci):
    """Row 41: a load zone that is off line; the status in which the run stayed is told."""
    delays = StatusDelays(created=0.01, queued=6.0, initializing=0.1, processing_metrics=0.01)
    with emulator_in_thread(wheel_config(status_delays=delays)) as cloud:
        k6ci.write(a=LONG)
        told = k6ci("run", "a.js", "--queue-timeout", "3s", on=cloud)
        (run,) = cloud.state()["runs"]
    assert told.code == 97, told.text
    assert "The load did not begin within 3 s: the run stayed 'queued'; it was stopped." in told.run["reason"]
    assert run["status"] == "aborted"


SECONDS = [
    ("duration: '1h'", 3600),
    ("stages: [{ duration: '30m', target: 1 }, { duration: '30m', target: 0 }]", 3600),
    ("scenarios: { a: { executor: 'constant-vus', duration: '50m', startTime: '10m', gracefulStop: '5m' } }", 3600),
    ("iterations: 2", 600),
    ("iterations: 2, duration: '20m'", 1200),
    ("scenarios: { a: { executor: 'shared-iterations', maxDuration: '1h' } }", 3600),
]


@pytest.mark.parametrize(("options", "seconds"), SECONDS)
def test_w19_a_limit_of_the_duration_is_about_the_load_and_not_its_graceful_stop(k6ci, emulator, options, seconds):
    k6ci.write(a=f"export const options = {{ {options} }};\nexport default function () {{}}\n")
    path = f"/cloud/v6/projects/{emulator.project_id}/limits"
    emulator.api("PATCH", path, json={"duration_max_per_test": seconds}).raise_for_status()
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 0, told.text
    emulator.api("PATCH", path, json={"duration_max_per_test": seconds - 1}).raise_for_status()
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert f"a.js plans {seconds} seconds; the project allows {seconds - 1} in one test" in told.text
