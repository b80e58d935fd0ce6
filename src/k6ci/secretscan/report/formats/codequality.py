"""GitLab's report of code quality, which merge requests show on every tier."""

from __future__ import annotations

import json
from collections.abc import Sequence

from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import Finding


def report(findings: Sequence[Finding], _skipped: Sequence[Content]) -> str:
    """GitLab's code quality report: a list of issues with fingerprints."""
    issues = [
        {
            "description": f"{one.reason} {one.remedy}",
            "check_name": f"k6ci/{one.rule}",
            "fingerprint": one.identity(),
            "severity": "critical",
            "location": {"path": one.path, "lines": {"begin": one.line}},
        }
        for one in findings
    ]
    return json.dumps(issues, indent=2) + "\n"
