"""Slices of the storm tests (`make storm` runs all of them), and tests of their own checks."""

from __future__ import annotations

import pathlib
import signal

import pytest

from storms import cancel, faults
from storms.worker import ProcessResult
from story import EACH_K6
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.unmeasured

GREEN = {
    "result.json": '{"exit_code": 0, "runs": [{"run_id": 1}]}',
    "summary.md": "",
    "run.json": "",
}
RECORD = {"id": 1, "status": "completed", "result": "passed", "exit_code": 0}
PLAIN = faults.Round(0, "passing", (), None, None, is_replaced=False)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [22, 23])
@pytest.mark.parametrize("k6", EACH_K6)
def test_signals_in_every_phase_leave_nothing_running(k6: pathlib.Path, seed: int) -> None:
    """One round per phase: stopped, with the signal's code and a whole report; `make storm` also measures the time."""
    ended = cancel.storm(seed, 1, [k6], workers=3, longest_seconds=PATIENCE_SECONDS)
    assert {one.round.phase for one in ended} == set(cancel.PHASES)
    assert [(one.round, one.problems, one.result.text) for one in ended if one.problems] == []


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [22, 23])
@pytest.mark.parametrize("k6", EACH_K6)
def test_faults_make_nothing_green_and_nothing_twice(k6: pathlib.Path, seed: int) -> None:
    """Eight rounds; a fault hits a request in most of them."""
    ended = faults.storm(seed, 8, [k6], workers=4)
    assert [(one.round, one.problems, one.result.text) for one in ended if one.problems] == []
    assert sum(bool(one.hit_kinds) for one in ended) >= 4


def test_the_same_seed_is_the_same_storm() -> None:
    """Another seed has other rounds."""
    assert cancel.rounds(7, 3) == cancel.rounds(7, 3) != cancel.rounds(8, 3)
    assert faults.rounds(7, 30) == faults.rounds(7, 30) != faults.rounds(8, 30)
    assert len(cancel.rounds(1, 25)) == 150


@pytest.mark.parametrize(
    ("changes", "planned", "said"),
    [
        ({}, PLAIN, None),
        ({"runs": [{**RECORD, "result": "failed"}]}, PLAIN, "passed, but"),
        ({"runs": [{**RECORD, "status": "aborted"}]}, PLAIN, "passed, but"),
        ({"runs": []}, PLAIN, "passed, but"),
        ({"runs": [{**RECORD, "id": 2}]}, PLAIN, "passed, but"),
        ({}, faults.Round(0, "passing", (), None, None, is_replaced=True), "passed, but"),
        ({"runs": [RECORD, {**RECORD, "id": 2}]}, PLAIN, "2 runs for one script"),
        ({"code": 3, "runs": [{**RECORD, "status": "running"}]}, PLAIN, "does not say so"),
        ({"code": 70}, PLAIN, "exit code 70"),
        ({"code": 255}, PLAIN, "exit code 255"),
        ({"files": {**GREEN, "result.json": "{"}}, PLAIN, "cannot be read"),
        ({"code": 97}, PLAIN, "result.json says 0, the process 97"),
    ],
)
def test_the_check_of_the_fault_storm_finds_every_problem(
    changes: dict, planned: faults.Round, said: str | None
) -> None:
    """One changed value at a time."""
    result = ProcessResult(**{"code": 0, "text": "", "files": GREEN, "runs": [RECORD]} | changes)
    found = faults.problems_of(planned, result)
    assert found == [] if said is None else any(said in problem for problem in found), found


@pytest.mark.parametrize(
    ("changes", "seconds", "said"),
    [
        ({}, 1.0, None),
        ({"code": 98}, 1.0, "exit code 98 after SIGTERM"),
        ({}, 10.5, "10.5 s to the exit"),
        ({"runs": [{**RECORD, "status": "running"}]}, 1.0, "still active"),
        ({"runs": [RECORD, RECORD]}, 1.0, "2 runs"),
        ({"files": {"result.json": '{"exit_code": 0}'}}, 1.0, "another exit code"),
        ({"files": {"result.json": '{"exit_code": 143}'}}, 1.0, "run.json is missing"),
    ],
)
def test_the_check_of_the_cancel_storm_finds_all_problems(changes: dict, seconds: float, said: str | None) -> None:
    """One changed value at a time."""
    cancelled = {**GREEN, "result.json": '{"exit_code": 143}'}
    result = ProcessResult(**{"code": 143, "text": "", "files": cancelled, "runs": [RECORD]} | changes)
    planned = cancel.Round(0, "run", "1", ((signal.SIGTERM, 0.1), (signal.SIGINT, 0.1)))
    found = cancel.problems_of(planned, seconds, result)
    assert found == [] if said is None else any(said in problem for problem in found), found


def test_the_check_of_all_rounds_finds_all_problems() -> None:
    """The token in a file, a traceback, a missing report."""
    token = "t" * 20
    result = ProcessResult(0, "Traceback (most recent call last)", {"result.json": token}, [])
    assert result.problems(token) == ["result.json holds the token", "traceback", "summary.md is missing"]
