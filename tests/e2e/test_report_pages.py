"""report.html and the charts of the job summary in Debian's Chromium, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import golden_reports
from emulation import ROOT
from github_page import CHROMIUM
from k6ci.render.charts import charts
from k6ci.render.html import report_html
from k6ci.render.mermaid import diagram
from k6ci.results.model import Verdict
from sample_reports import failed_report, full_report, hostile_report, passed_report, suite_report

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(CHROMIUM is None, reason="no chromium")]
NODE_MODULES = ROOT / ".tools" / "node_modules"
REPORTS = {
    "failed": failed_report(),
    "suite": suite_report(),
    "hostile": hostile_report(),
    "full": full_report(Verdict.ABORTED),
    "regressed": golden_reports.REPORTS["regressed"],
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, who runs CI in a container.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page with what it said and asked for."""

    def __init__(self, context: BrowserContext, html: str, path) -> None:
        path.write_text(html, encoding="utf-8")
        self.page: Page = context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_drawn_without_scripts_requests_and_scrolling_to_the_side(chromium, tmp_path, name, width, scheme):
    """Both themes, a screen and a phone: charts have their size, and the page is not wider than the window."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=False, offline=True
    )
    opened = Opened(context, report_html(REPORTS[name]), tmp_path / "report.html")
    drawn = opened.page.locator("svg.chart")
    assert drawn.count() == sum(len(charts(run)) for run in REPORTS[name].runs)
    for place in range(drawn.count()):
        box = drawn.nth(place).bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["x"] + box["width"] <= width
        assert drawn.nth(place).locator("path.line-1").count() >= 1
    assert opened.page.locator("body").bounding_box()["width"] <= width
    assert opened.said == []
    assert opened.asked == [(tmp_path / "report.html").as_uri()]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_axe_finds_no_violation(chromium, tmp_path, name, scheme):
    """axe-core looks at contrast, names, headings, tables and regions; `best-practice` rules, too."""
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True, offline=True)
    opened = Opened(context, report_html(REPORTS[name]), tmp_path / "report.html")
    opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    opened.page.add_script_tag(path=NODE_MODULES / "axe-core" / "axe.min.js")
    found = opened.page.evaluate("axe.run()")["violations"]
    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []
    context.close()


def test_the_keyboard_reaches_links_tables_and_values(chromium, tmp_path):
    context = chromium.new_context(offline=True)
    opened = Opened(context, report_html(failed_report()), tmp_path / "report.html")
    reached = []
    for _ in range(10):
        opened.page.keyboard.press("Tab")
        reached.append(opened.page.evaluate("document.activeElement.tagName"))
    assert {"A", "DIV", "SUMMARY"} <= set(reached)
    first = reached.index("SUMMARY")
    opened.page.reload()
    for _ in range(first + 1):
        opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("details[open] tbody tr").count() == 104
    context.close()


def test_a_suite_is_printed_with_a_page_per_script(chromium, tmp_path):
    context = chromium.new_context(offline=True)
    opened = Opened(context, report_html(suite_report()), tmp_path / "report.html")
    pdf = opened.page.pdf(format="A4")
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 6
    context.close()


@pytest.mark.parametrize("report", [passed_report(), full_report(Verdict.FAILED)], ids=["passed", "full"])
def test_mermaid_draws_the_charts_of_the_job_summary(chromium, tmp_path, report):
    """The library that GitHub and GitLab use, in its small edition."""
    page = '<!DOCTYPE html><meta charset="utf-8"><title>x</title>'
    context = chromium.new_context(offline=True)
    opened = Opened(context, page, tmp_path / "mermaid.html")
    opened.page.add_script_tag(path=NODE_MODULES / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js")
    for number, chart in enumerate(charts(report.runs[0])):
        text = diagram(chart).removeprefix("```mermaid\n").removesuffix("\n```")
        svg = opened.page.evaluate("async ([id, text]) => (await mermaid.render(id, text)).svg", [f"c{number}", text])
        assert len(re.findall(r'<g class="line-plot-\d+"', svg)) == len(chart.lines) + len(chart.limits)
        assert chart.title in svg
    assert opened.said == []
    context.close()
