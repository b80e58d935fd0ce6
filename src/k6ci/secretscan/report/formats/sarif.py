"""SARIF 2.1.0, for GitHub code scanning and editors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from k6ci import __version__
from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import RULES, Finding
from k6ci.secretscan.report.remedies import rotation_for

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DOCUMENTATION = "https://github.com/k6ci/k6ci/blob/main/docs/pre-commit.md"


def report(findings: Sequence[Finding], _skipped: Sequence[Content]) -> str:
    """SARIF 2.1.0 with what GitHub requires: every used rule described, every finding with its location."""
    used = sorted({one.rule for one in findings})
    rules = [
        {
            "id": name,
            "name": "".join(word.title() for word in name.split("-")),
            "shortDescription": {"text": RULES[name].title},
            "fullDescription": {
                "text": f"{RULES[name].title}: a secret in a file that is, or will be, in the repository."
            },
            "help": {"text": rotation_for(name)},
            "helpUri": _DOCUMENTATION,
            "defaultConfiguration": {"level": "error"},
            "properties": {"tags": ["security", "secret"], "security-severity": "8.0"},
        }
        for name in used
    ]
    driver = {"name": "k6ci", "informationUri": _DOCUMENTATION, "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, used.index(one.rule)) for one in findings],
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


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
