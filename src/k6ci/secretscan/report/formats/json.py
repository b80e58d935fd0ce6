"""The report of k6ci's own: one JSON object, versioned."""

from __future__ import annotations

import json
from collections.abc import Sequence

from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import Finding


def report(findings: Sequence[Finding], skipped: Sequence[Content]) -> str:
    """One object: `findings`, each with path, line, column, rule, hint, reason and remedy; and `skipped`."""
    not_scanned = [{"path": one.path, "reason": one.skipped, "is_failure": one.is_failure} for one in skipped]
    shown = {"schema_version": 1, "findings": [one.as_json() for one in findings], "skipped": not_scanned}
    return json.dumps(shown, indent=2) + "\n"
