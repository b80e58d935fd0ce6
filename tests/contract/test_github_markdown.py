"""What GitHub makes of our Markdown: only our own elements, and screenshots in docs/ that show today's report."""

from __future__ import annotations

import html.parser

import pytest

from faces import PROJECT
from github_page import CHROMIUM, REPORTS, SHOWN, as_html, browser, page_of, png, shows
from k6ci.render.markdown import summary_markdown
from sample_reports import HOSTILE_TEXTS

ELEMENTS = set("h2 h3 p strong a table thead tbody tr th td ul li details summary pre code".split())  # noqa: SIM905
IMAGES = PROJECT / "docs" / "images"


class Elements(html.parser.HTMLParser):
    """The elements, addresses and texts of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.names, self.addresses, self.attributes, self.text = [], [], set(), ""
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_our_own_elements_and_links_only(name):
    found = Elements(as_html(summary_markdown(REPORTS[name]())))
    assert set(found.names) <= ELEMENTS
    assert found.attributes <= {"href", "align", "lang"}
    assert all(address.startswith("https://acme.grafana.net/a/k6-app/runs/") for address in found.addresses)
    assert found.names.count("h2") == 1


def test_hostile_texts_are_shown_as_they_are():
    """Escaped in Markdown, not removed: a zero-width space may be in a name that would become a link."""
    text = Elements(as_html(summary_markdown(REPORTS["comment-hostile"]()))).text.replace("\u200b", "")
    for hostile in (one for one in HOSTILE_TEXTS if one.isprintable() and len(one) < 100):
        assert " ".join(hostile.split()) in text
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("name", SHOWN)
def test_the_screenshots_in_docs_are_of_todays_report(name):
    """If this fails: `make screenshots`."""
    path = IMAGES / f"{name}.png"
    assert shows(path, page_of(name))
    assert path.stat().st_size < 60_000
    assert f"images/{name}.png" in (PROJECT / "docs" / "github.md").read_text(encoding="utf-8")


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_each_report_is_drawn_within_the_width_of_a_comment(tmp_path):
    with browser() as opened:
        for name in REPORTS:
            html = page_of(name)
            page = opened(html)
            (tmp_path / f"{name}.png").write_bytes(png(page, html))
            assert shows(tmp_path / f"{name}.png", html)
            boxes = page.locator("h2, h3, p, li, table, summary").all()
            shown = [box.bounding_box() for box in boxes if box.is_visible()]
            assert shown
            assert all(box["x"] + box["width"] <= 806 for box in shown)
