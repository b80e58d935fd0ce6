"""report.html: valid, complete without anything else, and every text of others is text."""

from __future__ import annotations

import dataclasses
import re
from xml.etree.ElementTree import Element

import pytest
import tinyhtml5
from tinyhtml5.parser import HTMLParser

from k6ci.errors import ExitCode
from k6ci.render.html import report_html
from k6ci.results.model import MAX_STEPS, Check, Decision, Report, StatusChange, Verdict
from sample_reports import (
    ENDPOINTS,
    HOSTILE_TEXTS,
    PASSED,
    failed_report,
    full_report,
    hostile_report,
    passed_report,
    suite_report,
    time_series,
)

pytestmark = pytest.mark.unmeasured

REPORTS = {
    "passed": passed_report(),
    "failed": failed_report(),
    "suite": suite_report(),
    "hostile": hostile_report(),
    "problems": Report(
        Decision(Verdict.ERROR, ExitCode.SETTINGS, "2 problems."),
        is_emulated=False,
        problems=(("<a>", "b"), ("c", "d")),
    ),
    **{f"full, {verdict}": full_report(verdict) for verdict in Verdict},
}
# Attributes by which a page loads something, or runs a script.
LOADS = {"src", "srcset", "data", "action", "background", "poster", "style", "xlink:href"}


def parsed(report: Report) -> Element:
    """The document; a parser as of browsers finds no error in it."""
    parser = HTMLParser(namespace_html_elements=False)
    document = parser.parse(report_html(report))
    assert parser.errors == []
    return document


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_valid_and_loads_nothing(name):
    report = REPORTS[name]
    document = parsed(report)
    elements = [one for one in document.iter() if isinstance(one.tag, str)]
    names = {one.tag.rpartition("}")[2] for one in elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video", "use"}
    for one in elements:
        assert not LOADS & one.attrib.keys(), one.attrib
        assert not any(attribute.startswith("on") for attribute in one.attrib)
    links = [one.get("href") for one in elements if one.tag == "a"]
    assert all(re.fullmatch(r"#run-\d+|https://acme\.grafana\.net/a/k6-app/runs/\d+", link) for link in links)
    style = text_of(next(one for one in elements if one.tag == "style"))
    assert "url(" not in style
    assert "@import" not in style
    identities = [one.get("id") for one in elements if one.get("id")]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("name", REPORTS)
def test_what_matters_comes_first(name):
    """Verdict, reason, remedy or problems; and EMULATED, if it was."""
    report = REPORTS[name]
    header = text_of(parsed(report).find(".//header"))
    assert header.index(report.decision.verdict.value) < header.index(" ".join(report.decision.reason.split()))
    assert ("EMULATED" in header) is report.is_emulated
    assert report.problems or report.decision.remedy in header


def test_hostile_texts_are_shown_as_they_are():
    """No element, no direction of their own; control characters are visible."""
    text = text_of(parsed(hostile_report()).find("body"))
    for hostile in (one for one in HOSTILE_TEXTS if one.isprintable() and len(one) < 100):
        assert " ".join(hostile.split()) in text
    assert "\\u001b[31mred\\u202egnp.sj\\u200b\\u0000" in text
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", text)


def test_an_error_of_a_script_keeps_its_lines_and_is_told_once():
    """k6 tells it in several lines; one problem is the reason itself."""
    cause = "k6 refuses a.js:\nGoError: <b>\n\tat a.js:1:0\x1b[2J\n"
    decision = Decision(Verdict.ERROR, ExitCode.SCRIPT_INVALID, cause, "Fix the script.")
    report = Report(decision, is_emulated=False, problems=((cause, "Fix the script."),))
    html = report_html(report)
    assert html.count("GoError: &lt;b&gt;\n\tat a.js:1:0\\u001b[2J</p>") == html.count("GoError") == 1
    assert "Fix the script." in text_of(parsed(report).find(".//header"))


def test_letters_of_all_directions_and_planes_stay():
    names = ("עברית 1<2", "عربي", "😀🏳️‍🌈", "日本語")
    run = dataclasses.replace(passed_report().runs[0], checks=tuple(Check(name, 1, 0) for name in names))
    text = text_of(parsed(Report(PASSED, is_emulated=False, runs=(run,))).find("body"))
    assert all(name in text for name in ("עברית 1<2", "عربي", "😀", "日本語"))


def test_a_chart_has_a_title_a_description_and_a_table():
    """For those who do not see it."""
    document = parsed(failed_report())
    figures = document.findall(".//figure")
    assert len(figures) == 4
    for figure in figures:
        svg = next(one for one in figure.iter() if str(one.tag).endswith("svg"))
        parts = {str(one.tag).rpartition("}")[2]: one for one in svg}
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby").split() == [parts["title"].get("id"), parts["desc"].get("id")]
        assert len(figure.findall(".//tbody/tr")) == 104
    description = text_of(next(one for one in document.iter() if one.get("id") == "run-1-duration-description"))
    assert description == (
        "p95: minimum 247.7 ms, maximum 426.8 ms, at the end 257.2 ms. p50: minimum 60 ms, maximum 104 ms, "
        "at the end 62.43 ms. Limit p(95)<300: 300 ms."
    )
    # The gap of two steps is in the table, and the line has two parts.
    assert [text_of(row) for row in figures[0].findall(".//tbody/tr")][52] == "2:36--"
    assert len([one for one in figures[0].iter() if one.get("class") == "line-1"]) == 2
    assert len([one for one in figures[0].iter() if one.get("class") == "limit"]) == 1


def test_an_abort_is_a_mark_of_each_chart():
    history = (StatusChange("aborted", "2026-11-20T10:00:50+00:00", "by hand", "jo@acme.example", 5),)
    run = dataclasses.replace(passed_report().runs[0], history=history)
    document = parsed(Report(PASSED, is_emulated=False, runs=(run,)))
    assert len([one for one in document.iter() if one.get("class") == "abort"]) == 4
    assert "aborted after 0:45" in text_of(document)
    assert "by hand by jo@acme.example (code 5)" in text_of(document)


@pytest.mark.parametrize(("steps", "marks"), [(16, 4), (15, 4), (14, 0)])
def test_an_abort_in_the_incomplete_last_step_is_a_mark_at_the_end(steps, marks):
    """That step is omitted: a run ends with its abort, a moment after its last complete step."""
    history = (StatusChange("aborted", "2026-11-20T10:00:51.9+00:00"),)
    run = dataclasses.replace(passed_report().runs[0], history=history, time_series=time_series(steps))
    document = parsed(Report(PASSED, is_emulated=False, runs=(run,)))
    drawn = [one for one in document.iter() if one.get("class") == "abort"]
    assert len(drawn) == marks
    assert ("aborted after 0:47" in text_of(document)) is bool(marks)


def test_a_value_between_gaps_is_a_dash():
    series = dataclasses.replace(time_series(3), vus=(None, 5.0, None))
    run = dataclasses.replace(passed_report().runs[0], time_series=series)
    text = report_html(Report(PASSED, is_emulated=False, runs=(run,)))
    svg = text[text.index('id="run-1-vus-description"') :]
    assert re.search(r'<path d="M[\d.]+ [\d.]+ L[\d.]+ [\d.]+" class="line-1"', svg)


def test_a_report_has_a_limited_size():
    """400 KB for the largest script; a suite of 200 has charts for 30, and says so."""
    run = dataclasses.replace(
        passed_report().runs[0],
        time_series=time_series(MAX_STEPS, cpu=(50.123456,) * MAX_STEPS),
        endpoints=tuple(dataclasses.replace(ENDPOINTS[0], name=f"{number}{'x' * 300}") for number in range(20)),
        checks=tuple(Check(f"{number}{'y' * 300}", 1, 1) for number in range(500)),
    )
    one = report_html(Report(PASSED, is_emulated=False, runs=(run,)))
    assert len(one.encode()) < 400_000
    assert "… and 300 more checks; see result.json." in one
    small = passed_report().runs[0]
    runs = tuple(dataclasses.replace(small, script=f"{number}.js") for number in range(200))
    suite = report_html(Report(PASSED, is_emulated=False, runs=runs))
    assert suite.count("<figure>") == 30 * 4
    assert "… charts of 30 of 200 scripts; result.json has the values of all." in suite


def test_a_page_of_an_emulated_run_is_no_link():
    document = tinyhtml5.parse(report_html(full_report(Verdict.FAILED)), namespace_html_elements=False)
    assert [one.get("href") for one in document.iter("a")] == ["#run-1", "#run-2"]
