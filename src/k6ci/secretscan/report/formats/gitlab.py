"""GitLab's report of secret detection (schema 15), which merge requests show."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from k6ci import __version__
from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import RULES, Finding

# Of the versions with these fields, an old one: GitLab refuses reports with a version that it does not know.
_SCHEMA_VERSION = "15.0.7"
_NO_COMMIT = "0" * 40


def report(findings: Sequence[Finding], _skipped: Sequence[Content], now: dt.datetime | None = None) -> str:
    """GitLab's report of type secret_detection; `now` is the time of the scan."""
    at = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    tool = {"id": "k6ci", "name": "k6ci", "version": __version__, "vendor": {"name": "k6ci"}}
    shown = {
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
    return json.dumps(shown, indent=2) + "\n"


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
