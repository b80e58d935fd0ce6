"""The JSON reports: one template per format in `formats/`, named as `--format` names it.

A text `{field}` stands for a field of the scan, a rule, a finding or a skipped file, as a number where it is one; a key
whose field is empty is omitted. `for each of` (findings, rules or skipped) repeats what it shows.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from k6ci import __version__
from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import RULES, Finding
from k6ci.secretscan.report.render import FOLDER

_FIELD = re.compile(r"\{(\w+)\}")


def report(form: str, findings: Sequence[Finding], skipped: Sequence[Content]) -> str:
    """The report in the format of the template `form`."""
    with open(os.path.join(FOLDER, f"{form}.json"), encoding="utf-8") as file:
        template = json.load(file)
    rules = sorted({one.rule for one in findings})
    fields = {
        "version": __version__,
        "now": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        "findings": [{**_of_finding(one), "rule_index": rules.index(one.rule)} for one in findings],
        "rules": [{"rule": rule, "name": rule.title().replace("-", ""), **RULES[rule]._asdict()} for rule in rules],
        "skipped": [one._asdict() for one in skipped],
    }
    return json.dumps(_filled(template, fields), indent=2) + "\n"


def _of_finding(one: Finding) -> dict[str, object]:
    place = f"{one.path}\0{one.line}\0{one.column}\0{one.rule}"
    return {
        **one._asdict(),
        "title": RULES[one.rule].title,
        # Nothing of the secret is in it; a file name may hold bytes that are no UTF-8.
        "identity": hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest(),
        "uri": quote(one.path, errors="surrogateescape"),
        "commit_or_zeros": one.commit or "0" * 40,
    }


def _filled(template: Any, fields: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        field = _FIELD.fullmatch(template)
        return fields[field[1]] if field else _FIELD.sub(lambda one: str(fields[one[1]]), template)
    if isinstance(template, list):
        return [_filled(item, fields) for item in template]
    if not isinstance(template, dict):
        return template
    if "for each of" in template:
        return [_filled(template["show"], item) for item in fields[template["for each of"]]]
    filled = {key: _filled(value, fields) for key, value in template.items()}
    return {key: value for key, value in filled.items() if value != ""}
