"""The action itself in jobs on the stand-in runner: fixtures of several modules, and one use of it with a token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from faces import copy_action
from github_runner import ActionReport, Cancellation, Job


@pytest.fixture(scope="module")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_action(tmp_path_factory.mktemp("actions") / "k6ci")


@pytest.fixture(scope="module")
def runner_temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: the locked requirements are installed once."""
    return tmp_path_factory.mktemp("runner temp")


def use_with_token(
    job: Job, action: Path, token: str, secrets: Sequence[str], cancellation: Cancellation | None = None, **inputs: str
) -> ActionReport:
    """Use the action alone in a job, as an example shows it; no process stays, and no secret is in the log."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    with job:
        report = job.use(
            action,
            inputs={"script": "load-tests/*.js", **given},
            environ={"K6_CLOUD_TOKEN": token},
            cancellation=cancellation,
        )
    assert job.orphans == []
    for secret in secrets:
        assert secret not in report.log
        assert secret not in report.raw_log.replace(f"::add-mask::{secret}", "")
    return report
