"""Markdown as GitHub shows it: HTML by the renderer of GitHub's dialect, styled like a comment, and as a PNG."""

from __future__ import annotations

import contextlib
import hashlib
import io
import pathlib
import shutil
from collections.abc import Callable, Iterator
from typing import Final

import cmarkgfm
from cmarkgfm.cmark import Options
from PIL import Image, PngImagePlugin
from playwright.sync_api import Page, sync_playwright

from k6ci.render.markdown import report_markdown
from sample_reports import failed_report, hostile_report, passed_report, suite_report

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
REPORTS: Final = {
    "comment-passed": passed_report,
    "comment-failed": failed_report,
    "comment-suite": suite_report,
    "comment-hostile": hostile_report,
}
# Those that docs/ shows; `make screenshots` writes them.
SHOWN: Final = ("comment-passed", "comment-failed", "comment-suite")
_PAGE_KEY: Final = "page"
_STYLE: Final = """
body { margin: 0; padding: 12px; background: #fff; color: #1f2328;
  font: 14px/1.5 "Liberation Sans", "DejaVu Sans", sans-serif; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; width: 780px; }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0;
  padding: 8px 16px; color: #59636e; }
.body { padding: 16px; overflow-wrap: break-word; }
.body > :first-child { margin-top: 0 } .body > :last-child { margin-bottom: 0 }
h2 { font-size: 21px; border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; margin: 24px 0 16px; line-height: 1.25; }
h3 { font-size: 17.5px; margin: 24px 0 16px; line-height: 1.25; }
p, ul, table, details, blockquote { margin: 0 0 16px; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) td { background: #f6f8fa; }
a { color: #0969da; } ul { padding-left: 28px; }
code { background: #eff1f3; border-radius: 6px; padding: 2px 5px; font: 12px "DejaVu Sans Mono", monospace; }
blockquote { padding: 0 14px; color: #59636e; border-left: 4px solid #d1d9e0; }
"""


def as_html(markdown: str) -> str:
    """The HTML of a text in GitHub's dialect, before GitHub's sanitizer: raw HTML would be in it."""
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)


def page_of(name: str) -> str:
    """A page that shows the report as a comment."""
    body = as_html(report_markdown(REPORTS[name]()))
    return (
        f'<!doctype html><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style><div class="box">'
        f'<div class="head"><b>github-actions</b> bot commented now</div><div class="body">{body}</div></div>'
    )


@contextlib.contextmanager
def browser() -> Iterator[Callable[[str], Page]]:
    """Opens pages, by their HTML, in Debian's Chromium, without scripts and without a network."""
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, who runs CI in a container.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = chromium.new_context(
            viewport={"width": 806, "height": 200}, java_script_enabled=False, offline=True, color_scheme="light"
        )

        def opened(html: str) -> Page:
            page = context.new_page()
            page.set_content(html)
            return page

        try:
            yield opened
        finally:
            chromium.close()


def png(page: Page, html: str, *, full_page: bool = True) -> bytes:
    """A screenshot with 64 colours, which says of which page it is."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=full_page))).convert("RGB").quantize(64)
    written, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text(_PAGE_KEY, _digest(html))
    picture.save(written, "PNG", optimize=True, pnginfo=about)
    return written.getvalue()


def shows(path: pathlib.Path, html: str) -> bool:
    """Whether a screenshot is of this page."""
    with Image.open(path) as picture:
        return picture.info.get(_PAGE_KEY) == _digest(html)


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()


def main() -> None:
    """Write the screenshots of docs/."""
    folder = pathlib.Path(__file__).parents[1] / "docs" / "images"
    folder.mkdir(exist_ok=True)
    with browser() as opened:
        for name in SHOWN:
            html = page_of(name)
            (folder / f"{name}.png").write_bytes(png(opened(html), html))


if __name__ == "__main__":
    main()
