"""The screenshots of report.html in docs/ are of today's report."""

from __future__ import annotations

import pytest

import report_page
from faces import PROJECT
from github_page import shows


@pytest.mark.parametrize("name", report_page.SHOWN)
def test_the_screenshots_of_the_html_report_are_of_todays(name):
    """If this fails: `make screenshots`."""
    path = report_page.FOLDER / f"{name}.png"
    assert shows(path, report_page.page())
    assert path.stat().st_size < 60_000
    assert f"images/{name}.png" in (PROJECT / "docs" / "results.md").read_text(encoding="utf-8")
