"""A stand-in for GitHub's runner: runs a composite action on this machine, as strictly as the real one, or stricter.

A reading of actions/runner 2.336, not the runner: whatever it does not know raises NotModelledError, so that an action
cannot come to rely on something that was only imagined here. No environment of the host, no INPUT_* variables.
"""

from __future__ import annotations

from github_runner.definition import NotModelledError
from github_runner.job import Job
from github_runner.process import Cancellation, Ladder
from github_runner.reports import ActionReport, StepReport

__all__ = ["ActionReport", "Cancellation", "Job", "Ladder", "NotModelledError", "StepReport"]
