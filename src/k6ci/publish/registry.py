"""Every delivery: a module of this package that defines `DELIVERY`, and one line here.

Modules are imported when something is published, so a library that only one delivery needs costs nothing before, and
a library that is missing is a warning of that delivery.
"""

from __future__ import annotations

from typing import Final

MODULES: Final = (
    "result_file",
    "summary_file",
    "junit_file",
    "html_file",
    "job_summary",
    "step_outputs",
    "check_run",
    "pull_request_comment",
    "gitlab_reports",
    "merge_request_note",
)

REPEATABLE: Final = ("job_summary", "check_run", "pull_request_comment", "merge_request_note")
"""The deliveries that `k6ci report` makes again from a result file; the others belong to the job that ran the test."""

EARLY: Final = ("check_run",)
"""The deliveries that announce the beginning of the command: only these are imported before the run starts."""

ANNOUNCING: Final = ("step_outputs",)
"""The deliveries that announce started runs. Nobody watches the runs while modules are imported: no others are."""
