"""Which commits a pull request, a merge request or a push brings, as each CI says it."""

from __future__ import annotations

import pytest

from k6ci.errors import SettingsError
from k6ci.secretscan.ranges import revisions

A, B, ZERO = "a" * 40, "b" * 40, "0" * 40
NEW = ("--not", "--remotes")


@pytest.mark.parametrize(
    ("variables", "event", "expected"),
    [
        ({"PRE_COMMIT_FROM_REF": A, "PRE_COMMIT_TO_REF": B}, None, (f"{A}..{B}",)),
        ({"PRE_COMMIT_FROM_REF": ZERO, "PRE_COMMIT_TO_REF": B}, None, (B, *NEW)),
        ({"PRE_COMMIT_TO_REF": B}, None, (B, *NEW)),
        ({"GITLAB_CI": "true", "CI_COMMIT_SHA": B, "CI_MERGE_REQUEST_DIFF_BASE_SHA": A}, None, (f"{A}..{B}",)),
        (
            {
                "GITLAB_CI": "true",
                "CI_COMMIT_SHA": "c" * 40,
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": A,
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": B,
            },
            None,
            (f"{A}..{B}",),
        ),
        ({"GITLAB_CI": "true", "CI_COMMIT_SHA": B, "CI_COMMIT_BEFORE_SHA": A}, None, (f"{A}..{B}",)),
        (
            {
                "GITLAB_CI": "true",
                "CI_COMMIT_SHA": B,
                "CI_COMMIT_BEFORE_SHA": ZERO,
                "CI_DEFAULT_BRANCH": "main",
                "CI_COMMIT_BRANCH": "x",
            },
            None,
            (f"origin/main..{B}",),
        ),
        (
            {"GITLAB_CI": "1", "CI_COMMIT_SHA": B, "CI_COMMIT_BEFORE_SHA": ZERO, "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main"},
            None,
            (B, *NEW),
        ),
        ({"GITHUB_ACTIONS": "true"}, {"pull_request": {"base": {"sha": A}, "head": {"sha": B}}}, (f"{A}..{B}",)),
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}, None, ("origin/main..HEAD",)),
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}, {"pull_request": {"base": None}}, ("origin/main..HEAD",)),
        ({"GITHUB_ACTIONS": "true"}, {"before": A, "after": B}, (f"{A}..{B}",)),
        ({"GITHUB_ACTIONS": "true"}, {"before": ZERO, "after": B}, (B, *NEW)),
        ({"GITHUB_ACTIONS": "true", "GITHUB_SHA": B}, {}, (B, *NEW)),
    ],
)  # fmt: skip
def test_the_environment_says_the_range(variables, event, expected):
    """A token that a later commit removed was pushed all the same."""
    assert revisions("auto", variables, event) == expected


def test_a_range_that_is_given_is_taken():
    """CI's variables do not overrule the command line."""
    assert revisions(f"{A}..{B}", {"PRE_COMMIT_TO_REF": "x"}) == (f"{A}..{B}",)
    assert revisions(B, {}) == (B, *NEW)


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "true"}, {"CI_COMMIT_SHA": B}])
def test_no_range_is_an_error_with_a_way_out(variables):
    """Looking at nothing and passing would be a lie."""
    with pytest.raises(SettingsError) as caught:
        revisions("auto", variables)
    assert caught.value.code == 10
    assert "--range origin/main..HEAD" in caught.value.explain()
    assert "fetch-depth: 0" in caught.value.explain()
