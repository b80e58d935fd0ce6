"""Reports for machines: our own JSON, and SARIF 2.1.0 for GitHub code scanning and editors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import Finding
from k6ci.secretscan.report.rules import RULES

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DOCUMENTATION = "https://github.com/k6ci/k6ci/blob/main/docs/pre-commit.md"


def json_report(findings: Sequence[Finding], skipped: Sequence[Content]) -> str:
    """One object: `findings`, each with path, line, column, rule, hint, reason and remedy; and `skipped`."""
    not_scanned = [{"path": one.path, "reason": one.skipped, "is_failure": one.is_failure} for one in skipped]
    return _dump({"schema_version": 1, "findings": [one.as_json() for one in findings], "skipped": not_scanned})


def sarif_report(findings: Sequence[Finding], version: str) -> str:
    """SARIF 2.1.0: every used rule described, every finding with its location."""
    used = sorted({one.rule for one in findings})
    rules = [
        {
            "id": name,
            "name": "".join(word.title() for word in name.split("-")),
            "shortDescription": {"text": RULES[name].title},
            "helpUri": _DOCUMENTATION,
            "properties": {"tags": ["security", "secret"], "security-severity": "8.0"},
        }
        for name in used
    ]
    driver = {"name": "k6ci", "informationUri": _DOCUMENTATION, "semanticVersion": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, used.index(one.rule)) for one in findings],
    }
    return _dump({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(one: Finding, rule_index: int) -> dict[str, object]:
    place = {
        "artifactLocation": {"uri": quote(one.path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": one.line, "startColumn": one.column},
    }
    return {
        "ruleId": one.rule,
        "ruleIndex": rule_index,
        "level": "error",
        "message": {"text": f"{one.reason} {one.remedy}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"k6ci/v1": one.identity()},
    }


def _dump(report: dict[str, object]) -> str:
    return json.dumps(report, indent=2) + "\n"
