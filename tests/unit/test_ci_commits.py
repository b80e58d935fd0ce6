"""Which commits a pull request, a merge request or a push brings, as each CI says it."""

from __future__ import annotations

import pytest

from k6ci.ci.commits import REMOTES, Span, span_of

A, B, C, ZERO = "a" * 40, "b" * 40, "c" * 40, "0" * 40
GITLAB = {"GITLAB_CI": "true", "CI_COMMIT_SHA": B, "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": B}
MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": A}
PULL = {"base": {"sha": A, "ref": "main"}, "head": {"sha": B}}


def push(before: str, ref: str, after: str = B) -> dict:
    return {"before": before, "after": after, "ref": ref, "repository": {"default_branch": "main"}}


@pytest.mark.parametrize(
    ("variables", "event", "expected"),
    [
        ({"PRE_COMMIT_FROM_REF": A, "PRE_COMMIT_TO_REF": B}, None, Span(A, B, (REMOTES,))),
        ({"PRE_COMMIT_FROM_REF": ZERO, "PRE_COMMIT_TO_REF": B}, None, Span(ZERO, B, (REMOTES,))),
        ({"PRE_COMMIT_TO_REF": B}, None, Span("", B, (REMOTES,))),
        (
            {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/x", "PRE_COMMIT_REMOTE_NAME": "up"},
            None,
            Span("", "refs/heads/x", ("--remotes=up",)),
        ),
        (GITLAB | MERGE_REQUEST, None, Span(A, B)),
        (GITLAB | MERGE_REQUEST | {"CI_PIPELINE_SOURCE": "parent_pipeline"}, None, Span(A, B)),
        (GITLAB | MERGE_REQUEST | {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "next"}, None, Span(A, B, ("origin/next",))),
        (GITLAB | MERGE_REQUEST | {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": C}, None, Span(A, C)),
        (GITLAB | {"CI_COMMIT_BEFORE_SHA": A, "CI_COMMIT_BRANCH": "main"}, None, Span(A, B)),
        (GITLAB | {"CI_COMMIT_BEFORE_SHA": ZERO, "CI_COMMIT_BRANCH": "x"}, None, Span(ZERO, B, ("origin/main",))),
        (GITLAB | {"CI_COMMIT_BEFORE_SHA": ZERO, "CI_COMMIT_BRANCH": "main"}, None, Span(ZERO, B)),
        (GITLAB | {"CI_COMMIT_BEFORE_SHA": ZERO, "CI_COMMIT_TAG": "v1"}, None, Span(ZERO, B, ("origin/main",))),
        (GITHUB, {"pull_request": PULL}, Span(A, B, ("origin/main",))),
        (GITHUB | {"GITHUB_BASE_REF": "main"}, None, Span("origin/main", "HEAD")),
        (GITHUB | {"GITHUB_BASE_REF": "main"}, {"pull_request": {"base": None}}, Span("origin/main", "HEAD")),
        (GITHUB, {"merge_group": {"base_sha": A, "head_sha": B}}, Span(A, B)),
        (GITHUB, push(A, "refs/heads/main"), Span(A, B)),
        (GITHUB, push(A, "refs/heads/x"), Span(A, B, ("origin/main",))),
        (GITHUB, push(ZERO, "refs/heads/main"), Span(ZERO, B)),
        (GITHUB, push(ZERO, "refs/tags/v1"), Span(ZERO, B, ("origin/main",))),
        (GITHUB, push(A, "refs/heads/x", ZERO), Span(A, ZERO, ("origin/main",))),
        (GITHUB, {"before": A, "after": B}, Span(A, B)),
    ],
)
def test_the_environment_says_the_span(variables, event, expected):
    """A token that a later commit removed was pushed all the same."""
    assert span_of(variables, event) == expected


@pytest.mark.parametrize(
    ("variables", "event"),
    [
        ({}, None),
        (GITHUB, {}),
        (GITHUB, {"schedule": "0 0 * * *"}),
        (GITHUB, {"inputs": {}, "ref": "refs/heads/main"}),
        ({"CI_COMMIT_SHA": B}, None),
        (GITLAB | {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BEFORE_SHA": ZERO}, None),
        (GITLAB | {"CI_PIPELINE_SOURCE": "web"}, None),
    ],
)
def test_a_schedule_or_a_button_brings_nothing_new(variables, event):
    """Then there is no span: a job looks at everything, and `--range auto` is an error."""
    assert span_of(variables, event) is None
