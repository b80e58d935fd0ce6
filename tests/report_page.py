"""Screenshots of report.html for docs/: both themes, and a phone. `make screenshots` draws them."""

from __future__ import annotations

import pathlib
from typing import Final
from unittest import mock

from playwright.sync_api import ViewportSize, sync_playwright

import k6ci
from github_page import CHROMIUM, png
from k6ci.render.html import report_html
from sample_reports import failed_report

FOLDER: Final = pathlib.Path(__file__).parents[1] / "docs" / "images"
# Name -> theme and size of the window; what is below is not shown.
SHOWN: Final[dict[str, tuple[str, ViewportSize]]] = {
    "report-light": ("light", {"width": 1100, "height": 1240}),
    "report-dark": ("dark", {"width": 1100, "height": 1240}),
    "report-phone": ("light", {"width": 390, "height": 1240}),
}


def page() -> str:
    """A failed run, as k6ci 0.0.0 reports it: a release does not change the screenshots."""
    with mock.patch.object(k6ci, "__version__", "0.0.0"):
        return report_html(failed_report())


def main() -> None:
    """Draw all screenshots."""
    html = page()
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, who runs CI in a container.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (scheme, size) in SHOWN.items():
            context = chromium.new_context(viewport=size, java_script_enabled=False, offline=True, color_scheme=scheme)
            shown = context.new_page()
            shown.set_content(html)
            (FOLDER / f"{name}.png").write_bytes(png(shown, html, full_page=False))
        chromium.close()


if __name__ == "__main__":
    main()
