"""Reads result.json back into a report. The file is untrusted: a pull request may have written it.

A report made here contains values of the documented types only, and no link outside of Grafana Cloud. Whoever shows it
escapes its texts, as those of any report. No text in the file is used as a path, a command or an address to contact.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from k6ci import strict_json
from k6ci.errors import ExitCode
from k6ci.results.model import SCHEMA_VERSION, Decision, Report, RunReport, Verdict

# Version 1 has no comparison.
_READABLE_VERSIONS: Final = (1, SCHEMA_VERSION)
MAX_BYTES: Final = 10 * 1024 * 1024
_MAX_ITEMS: Final = 500_000
_DECISION: Final = ("verdict", "exit_code", "reason", "remedy")
# A host below Grafana's domains, without a port or a user, and printable ASCII only.
_CLOUD_PAGE: Final = re.compile(r"https://(?:[A-Za-z0-9-]+\.)+(?:grafana\.net|grafana\.com|k6\.io)/[!-~]*")
_LINK_OMITTED: Final = "The link to the test run was omitted: it does not point to Grafana Cloud."


def read_report(data: bytes) -> Report:
    """The report in the content of a result.json.

    Unknown keys are ignored; they are not shown.

    Raises:
        ValueError: it is not a result.json of a version that k6ci reads, with the reason as the end of a sentence.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        document = strict_json.loads(data, max_items=_MAX_ITEMS)
    except ValueError as error:
        reason = "it is not JSON" if isinstance(error, json.JSONDecodeError | UnicodeError) else str(error)
        raise ValueError(reason) from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if type(version) is not int:
        raise ValueError("it has no schema_version")
    if version not in _READABLE_VERSIONS:
        raise ValueError(f"its schema_version is {version}, not {' or '.join(map(str, _READABLE_VERSIONS))}")
    return _with_safe_links(_validated(document))


def _validated(document: Mapping[str, Any]) -> Report:
    try:
        # Strict: no value is converted. JSON mode: lists become tuples, and words become members of enums.
        text = json.dumps(_arranged(document), allow_nan=False)
        report = TypeAdapter(Report).validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        renamed = {"decision": "", "is_emulated": "emulated"}
        place = ".".join(filter(None, (renamed.get(str(part), str(part)) for part in first["loc"])))
        raise ValueError(f"{place}: {first['msg']}") from None
    except ValueError:  # json.dumps
        raise ValueError("it contains a number that is too large") from None
    for decision in (report.decision, *(run.decision for run in report.runs)):
        _check_decision(decision)
    return report


def _arranged(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the keys of `Report`; what is missing or of a wrong type is left to validation."""
    arranged = _with_decision(document)
    arranged["is_emulated"] = arranged.pop("emulated", None)
    if isinstance(runs := arranged.get("runs"), list):
        arranged["runs"] = [_with_decision(run) if isinstance(run, dict) else run for run in runs]
    if isinstance(problems := arranged.get("problems"), list):
        arranged["problems"] = [
            [one.get("cause"), one.get("remedy")] if isinstance(one, dict) else one for one in problems
        ]
    return arranged


def _with_decision(mapping: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in mapping.items() if key not in (*_DECISION, "decision")}
    return kept | {"decision": {key: mapping[key] for key in _DECISION if key in mapping}}


def _check_decision(decision: Decision) -> None:
    """Refuse a pair of verdict and exit code that k6ci never writes."""
    allowed = {True: (Verdict.PASSED, Verdict.SKIPPED), False: tuple(one for one in Verdict if one != Verdict.PASSED)}
    if decision.verdict not in allowed[decision.exit_code is ExitCode.PASSED]:
        raise ValueError(
            f"verdict {decision.verdict.value} and exit_code {int(decision.exit_code)} do not fit together"
        )


def _with_safe_links(report: Report) -> Report:
    return dataclasses.replace(
        report, runs=tuple(_with_safe_link(run, is_emulated=report.is_emulated) for run in report.runs)
    )


def _with_safe_link(run: RunReport, *, is_emulated: bool) -> RunReport:
    if run.run_url is None or _CLOUD_PAGE.fullmatch(run.run_url):
        return run
    # The pages of an emulated run do not exist.
    warnings = run.warnings if is_emulated else (*run.warnings, _LINK_OMITTED)
    return dataclasses.replace(run, run_url=None, warnings=warnings)
