"""Reports that GitLab shows in merge requests: secret detection (schema 15) and code quality."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from k6ci.secretscan.report.findings import Finding
from k6ci.secretscan.report.rules import RULES

_SCHEMA_VERSION = "15.2.1"
_NO_COMMIT = "0" * 40


def secret_detection_report(findings: Sequence[Finding], version: str, now: dt.datetime) -> str:
    """GitLab's report of type secret_detection; `now` is the time of the scan in UTC."""
    at = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    tool = {"id": "k6ci", "name": "k6ci", "version": version, "vendor": {"name": "k6ci"}}
    report = {
        "version": _SCHEMA_VERSION,
        "vulnerabilities": [_vulnerability(one) for one in findings],
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": at,
            "end_time": at,
            "status": "success",
        },
    }
    return json.dumps(report, indent=2) + "\n"


def code_quality_report(findings: Sequence[Finding]) -> str:
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


def _vulnerability(one: Finding) -> dict[str, object]:
    rule = RULES[one.rule]
    return {
        "id": one.identity(),
        "category": "secret_detection",
        "name": rule.title,
        "description": one.reason,
        "severity": "Critical",
        "solution": one.remedy,
        # The schema has no place for a hint: the raw source stays out of it on purpose.
        "location": {
            "file": one.path,
            "start_line": one.line,
            "end_line": one.line,
            "commit": {"sha": one.commit or _NO_COMMIT},
        },
        "identifiers": [{"type": "k6ci_rule_id", "name": f"k6ci rule {one.rule}", "value": one.rule}],
    }
