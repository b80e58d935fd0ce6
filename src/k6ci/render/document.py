"""The report as JSON: result.json, version 2 of docs/result.schema.json."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any, Final

import k6ci
from k6ci.results.model import SCHEMA_VERSION, Decision, Report, RunReport

# A list of numbers, each on a line of its own; no text contains a line break, so none can look like it.
_NUMBER: Final = r"(?:-?[\d.]+(?:e[-+]?\d+)?|null)"
_NUMBERS: Final = re.compile(rf"\[\n +{_NUMBER}(?:,\n +{_NUMBER})*\n +\]")


def report_json(report: Report) -> str:
    """The text of result.json."""
    text = json.dumps(_finite(report_document(report)), indent=2, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n"


def _finite(value: Any) -> Any:
    """The value with None for infinite numbers and NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def report_document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        **_decision(report.decision),
        "emulated": report.is_emulated,
        "k6ci_version": k6ci.__version__,
        "warnings": list(report.warnings),
        "problems": [{"cause": cause, "remedy": remedy} for cause, remedy in report.problems],
        "runs": [_run(run) for run in report.runs],
    }


def _run(run: RunReport) -> dict[str, Any]:
    values = dataclasses.asdict(run)
    values.pop("decision")
    return {"script": values.pop("script"), **_decision(run.decision), **values}


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.verdict.value,
        "exit_code": int(decision.exit_code),
        "reason": decision.reason,
        "remedy": decision.remedy,
    }
