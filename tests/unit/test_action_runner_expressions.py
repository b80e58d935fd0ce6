"""The stand-in runner's expressions: what it knows behaves like GitHub's, what it does not know raises."""

from __future__ import annotations

import pytest

from github_runner import NotModelledError
from github_runner.expressions import Expression, Lenient, holds, interpolate

CONTEXTS = {
    "inputs": {"mode": "Run", "k6-path": ""},
    "matrix": {"k6": "2.2.0"},
    "steps": {"run": {"outputs": Lenient({"run-id": "7"}), "outcome": "failure"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.mode == 'run'", True),
        ("inputs.mode != 'RUN'", False),
        ("toJSON(matrix)", '{\n  "k6": "2.2.0"\n}'),
        ("steps.run.outputs.run-id", "7"),
        ("steps.run.outputs.vuh", None),
        ("steps.run.outputs.vuh == ''", True),
        ("steps.run.outputs.run-id == 7", True),
        ("inputs.k6-path || 'k6'", "k6"),
        ("inputs.mode && inputs.k6-path", ""),
        ("!inputs.k6-path", True),
        ("!(inputs.mode == 'run' && true)", False),
        ("'it''s'", "it's"),
        ("null == 0", True),
        ("true == 1", True),
        ("'' == 0", True),
        ("'abc' == 0", False),
        ("false || null || 'c'", "c"),
        ("'a' && 'b' || 'c'", "b"),
    ],
)
def test_values_are_those_of_github(text, value):
    assert Expression(text, CONTEXTS).evaluate() == value


@pytest.mark.parametrize(
    "text",
    [
        "inputs.mod",
        "step.run",
        "steps.run",
        "steps.other.outputs.x",
        "toJSON('x')",
        "inputs['mode']",
        "inputs.mode == ",
        "a b",
        "1 < 2",
        "inputs.mode.deeper",
        "(true",
    ],
)
def test_what_is_not_modelled_raises(text):
    """On GitHub a misspelt context is silently null; here it is a mistake of the action."""
    with pytest.raises(NotModelledError):
        Expression(text, CONTEXTS).evaluate()


def test_text_around_expressions_stays():
    assert interpolate("a ${{ inputs.mode }}-${{ steps.run.outputs.vuh }} b", CONTEXTS) == "a Run- b"


@pytest.mark.parametrize(
    ("condition", "status", "runs"),
    [
        ("", "success", True),
        ("", "failure", False),
        ("inputs.mode == 'run'", "success", True),
        ("inputs.mode == 'run'", "failure", False),
        ("inputs.mode == 'check'", "success", False),
        ("always()", "cancelled", True),
        ("cancelled()", "cancelled", True),
        ("cancelled()", "failure", False),
        ("${{ failure() && steps.run.outputs.vuh == '' }}", "failure", True),
        ("${{ failure() && steps.run.outputs.run-id == '' }}", "failure", False),
    ],
)
def test_a_condition_without_a_status_function_needs_success(condition, status, runs):
    functions = {name: (lambda name=name: name == status) for name in ("success", "failure", "cancelled")}
    assert holds(condition, CONTEXTS, {**functions, "always": lambda: True}) is runs


def test_a_condition_with_text_around_an_expression_raises():
    """`${{ a }} && b` is a text that is not empty, and so always true: a well-known trap."""
    with pytest.raises(NotModelledError, match="always true"):
        holds("${{ inputs.mode }} == 'x'", CONTEXTS, {})
