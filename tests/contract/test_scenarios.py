"""docs/scenarios.md, docs/threat-model.md and the tests agree: what is promised is tested, and the other way round."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from k6ci.errors import ExitCode

ROOT = Path(__file__).parents[2]
SCENARIOS = (ROOT / "docs" / "scenarios.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", SCENARIOS, flags=re.MULTILINE)
THREATS = (ROOT / "docs" / "threat-model.md").read_text()
INVARIANTS = re.findall(r"^\| (I\d+) \| (.+?) \| (.+?) \|$", THREATS, flags=re.MULTILINE)
WANTED = {*range(1, 28), *range(31, 39), 41, 42, 47}


def functions_of(path: Path) -> set[str]:
    """The tests that a file defines."""
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def row_tests() -> set[str]:
    found = set().union(*(functions_of(path) for path in (ROOT / "tests" / "flow").glob("test_scenarios_*.py")))
    return {name for name in found if name.startswith("test_")}


def test_every_scenario_has_one_row() -> None:
    """In the order of its number."""
    assert [int(row[0]) for row in ROWS] == sorted(WANTED)


def test_every_row_names_the_tests_of_its_number_and_no_others() -> None:
    """And every test of a scenario is in the table."""
    named = {}
    for number, _, _, _, cell in ROWS:
        tests = re.findall(r"`(test_\w+)`", cell)
        assert tests, number
        assert all(name.startswith(f"test_row_{int(number):02}_") for name in tests), number
        named |= dict.fromkeys(tests)
    assert set(named) == row_tests()


@pytest.mark.parametrize(("number", "codes"), [(row[0], row[3]) for row in ROWS])
def test_the_exit_codes_of_a_row_exist(number: str, codes: str) -> None:
    """Numbers of docs/usage.md, most telling first."""
    found = [int(code) for code in re.findall(r"\d+", codes)]
    assert found, number
    assert set(found) <= {int(code) for code in ExitCode}
    assert re.fullmatch(r"\d+(, \d+)*( or \d+)?", codes), number


def test_every_invariant_is_numbered_and_held_by_tests_that_exist() -> None:
    """`file::test` of this repository; numbers without a gap."""
    assert [int(number[1:]) for number, _, _ in INVARIANTS] == list(range(1, len(INVARIANTS) + 1))
    assert len(INVARIANTS) >= 20
    for number, _, cell in INVARIANTS:
        tests = re.findall(r"`([\w/]+\.py)::(test_\w+)`", cell)
        assert tests, number
        for path, name in tests:
            assert (ROOT / "tests" / path).is_file(), f"{number}: {path}"
            assert name in functions_of(ROOT / "tests" / path), f"{number}: {path}::{name}"


def test_every_promise_of_security_md_has_an_invariant() -> None:
    """The threat model says which of its invariants hold them."""
    promises = re.findall(r"^(\d+)\. ", (ROOT / "SECURITY.md").read_text(), flags=re.MULTILINE)
    named = re.findall(r"^\| promise (\d+) \|.*I\d+", THREATS, flags=re.MULTILINE)
    assert named == promises
