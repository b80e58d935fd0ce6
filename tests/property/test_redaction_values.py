"""Secrets of odd forms: none survives in result.json, summary.md or the outputs, and all three keep their form."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_runner.files import parse_pairs
from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.publish.delivery import Destination, ReportFiles
from k6ci.publish.step_outputs import outputs_text
from k6ci.redaction import Redactor
from k6ci.redaction.values import redacted, redacted_document
from k6ci.render.document import report_json
from k6ci.render.html import report_html
from k6ci.render.junit import report_junit
from k6ci.render.markdown import summary_markdown
from k6ci.results import model
from k6ci.results.model import (
    Check,
    Decision,
    Endpoint,
    Group,
    Metrics,
    Report,
    RunReport,
    StatusChange,
    Threshold,
    TimeSeries,
    Verdict,
)

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "result.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
KEYS = tuple(re.findall(r"[a-z_0-9]{6,}", json.dumps(SCHEMA)))

digits = st.from_regex(r"[1-9][0-9]{5,15}", fullmatch=True)
odd = st.text(alphabet="ab1\"'\\/{}[]:,<&%$@\u00e9\u4e16\U0001f600 \n\t#`|*_", min_size=6, max_size=30)
parts_of_keys = st.sampled_from(KEYS).flatmap(
    lambda key: st.integers(0, len(key) - 6).map(lambda start: key[start : start + 6])
)
times = st.sampled_from(["2026-01", "T00:00:0", "00:00+00:00"])
secrets = st.one_of(digits, odd, parts_of_keys, times).filter(lambda secret: len(secret.strip()) >= 6)


def report(text: str, number: float | None = 1.5) -> Report:
    """A report with something in every field, of which `text` and `number` come from others."""
    decision = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, f"Because {text}.", text)
    run = RunReport(
        text,
        decision,
        load_test_name=text,
        load_test_id=1,
        project_id=2,
        run_id=3,
        run_url=f"https://acme.grafana.net/{text}",
        status=text,
        result=text,
        result_details=text,
        history=(StatusChange(text, "2026-01-01T00:00:00+00:00", text, text, 5),),
        created="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:00:09Z",
        execution_seconds=number,
        vuh_estimate=number,
        vuh=number,
        started_by=text,
        metrics=Metrics(requests=number, duration_p95_ms=3.5),
        checks=(Check(text, 4, 1),),
        thresholds=(Threshold(text, f"avg<{text}", number, 2.0, -1.0, is_met=False, note=text),),
        time_series=TimeSeries("2026-01-01T00:00:00+00:00", 1, vus=(number, 2.0, None)),
        endpoints=(Endpoint(text, text, number, number, 3.5),),
        groups=(Group(text, number, 3.5),),
        warnings=(text,),
    )
    return Report(decision, True, (run,), (text,), ((text, text),))


def values_in(document: Any) -> list[str]:
    """All values as text, without keys."""
    if isinstance(document, dict):
        return [text for value in document.values() for text in values_in(value)]
    if isinstance(document, list):
        return [text for value in document for text in values_in(value)]
    return [document if isinstance(document, str) else json.dumps(document)]


def shape(document: Any) -> Any:
    """Keys and lengths."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items()}
    return [shape(value) for value in document] if isinstance(document, list) else None


@given(secrets, st.text(alphabet="xyz ", max_size=3), st.text(alphabet="xyz ", max_size=3))
def test_result_json_keeps_its_schema_and_holds_no_secret(secret, before, after):
    redactor = Redactor([secret])
    number = float(secret) if secret.isdecimal() and secret.isascii() else None
    dirty = report(f"{before}{secret}{after}", number)
    document = json.loads(report_json(redacted(dirty, redactor)))
    VALIDATOR.validate(document)
    assert shape(document) == shape(json.loads(report_json(dirty)))
    own = {*map(str, Verdict), "k6ci_version"}
    for line in {secret.strip(), *(line.strip() for line in secret.split("\n"))}:
        if len(line) >= 6:
            assert not [text for text in values_in(document) if line in text and text not in own], line


@given(secrets)
def test_summary_and_outputs_hold_no_secret(secret):
    redactor = Redactor([secret])
    clean, harmless = redacted(report(f"x{secret}x"), redactor), report("x***x")
    destination = Destination(ReportFiles(pathlib.Path("/r"), pathlib.Path("/r")), detect_platform({}), {})
    outputs = parse_pairs(outputs_text(clean, destination))
    assert secret.strip() not in outputs["run-url"]
    assert set(outputs) == {"run-id", "run-url", "result", "result-file", "report-file", "vuh"}
    for render in (summary_markdown, report_junit, report_html):
        if secret.strip() not in render(harmless):  # our own words
            assert secret.strip() not in render(clean), render


def test_the_numbers_of_one_threshold_are_hidden_together():
    """Its limit would follow from value and distance."""
    threshold = Threshold("m", "avg<1234567", 1234567.0, 7.0, 1234560.0, is_met=True)
    assert redacted(threshold, Redactor(["1234567"])) == Threshold("m", "avg<***", is_met=True)
    assert redacted(threshold, Redactor(["7654321"])) == threshold


def test_identifiers_and_counts_stay():
    """Without its ID nobody could stop a run; no secret is told by a number that the cloud assigned."""
    run = redacted(
        RunReport("a.js", Decision(Verdict.PASSED, ExitCode.PASSED, ""), run_id=1234567), Redactor(["1234567"])
    )
    assert run.run_id == 1234567


def test_every_measured_number_of_the_report_may_be_none():
    for kind in vars(model).values():
        for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
            assert "float" not in str(field.type) or "None" in str(field.type), (kind, field.name)


@pytest.mark.parametrize("secret", ["1234567", 'with "quotes"', "back\\slash", "two\nlines of it"])
def test_documents_for_programs_stay_json(secret):
    """What `--json` writes passes the redacting stream, too, which then finds nothing to cut."""
    redactor = Redactor([secret])
    document = {"id": 1234567, "share": 0.51234567, "is": True, "nested": [secret, {"key": f"x{secret}"}]}
    text = json.dumps(redacted_document(document, redactor), ensure_ascii=False)
    assert redactor.text(text) == text
    assert json.loads(text)["nested"][1]["key"] in ("x***", "x***\n***")


def test_a_number_in_a_series_that_shows_a_secret_is_a_gap():
    """The other values, the step and the form of the series stay."""
    series = TimeSeries("2026-01-01T00:00:00.123456+00:00", 1, vus=(123456.0, 2.0, None))
    assert redacted(series, Redactor(["123456"])) == TimeSeries(None, 1, vus=(None, 2.0, None))
