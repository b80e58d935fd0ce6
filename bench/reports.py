"""What the reports cost: a run on an emulator with all that k6ci collects and writes; the largest run; a large suite.

The first is a whole `k6ci run` (its own CPU time and memory, without the k6 processes). The largest run has as many
steps, URLs, groups and checks as a report shows.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Final

from bench._cloud import K6, K6CI, emulator
from k6ci.commands.demo_shop import serving_shop
from k6ci.errors import ExitCode
from k6ci.render.document import report_json
from k6ci.render.html import report_html
from k6ci.render.junit import report_junit
from k6ci.render.markdown import summary_markdown
from k6ci.results.model import (
    MAX_STEPS,
    Check,
    Decision,
    Endpoint,
    Group,
    Report,
    RunReport,
    Threshold,
    TimeSeries,
    Verdict,
)

RENDERERS: Final[tuple[Callable[[Report], str], ...]] = (report_json, summary_markdown, report_junit, report_html)
SCRIPT: Final = """
import http from 'k6/http';
import { check, group, sleep } from 'k6';
export const options = { vus: 4, duration: '10s', thresholds: { http_req_duration: ['p(95)<9000'] } };
export default function () {
  for (let page = 0; page < 8; page++) {
    const tags = { name: `page ${page}` };
    group(tags.name, () => check(http.get('%s/products', { tags }), { [tags.name]: (r) => r.status === 200 }));
  }
  sleep(0.1);
}
"""
PASSED: Final = Decision(Verdict.PASSED, ExitCode.PASSED, "The run completed and met all its thresholds.")


def main() -> int:
    """Measure, print, and tell whether the goals hold; 1 when they do not."""
    rows = [*_of_a_run(), *_of_the_largest_run(), *_of_a_suite()]
    print(f"{'':44}{'':>10}  goal")
    for name, value, limit in rows:
        print(f"{name:44}{value:10.2f}  at most {limit:g}: {'holds' if value <= limit else 'MISSED'}")
    return 0 if all(value <= limit for _, value, limit in rows) else 1


def _of_a_run() -> list[tuple[str, float, float]]:
    with tempfile.TemporaryDirectory() as folder, serving_shop() as shop, emulator() as environ:
        place = pathlib.Path(folder)
        (place / "load.js").write_text(SCRIPT % shop)
        argv = [sys.executable, "-c", K6CI, "usage.json", "run", "load.js", "--k6-path", str(K6)]
        subprocess.run(argv, cwd=place, env=environ, check=True, capture_output=True)
        used = json.loads((place / "usage.json").read_text())
        size = (place / "k6ci-report" / "report.html").stat().st_size
    return [
        ("a run: own CPU time, s", used["cpu"], 1.0),
        ("a run: peak memory, MB", used["rss"], 120.0),
        ("a run: report.html, KB", size / 1000, 400.0),
    ]


def _of_the_largest_run() -> list[tuple[str, float, float]]:
    report = Report(PASSED, is_emulated=False, runs=(_largest(),))
    began = time.process_time()
    html = [renderer(report) for renderer in RENDERERS][-1]
    return [
        ("largest run: CPU time of all formats, s", time.process_time() - began, 0.5),
        ("largest run: report.html, KB", len(html.encode()) / 1000, 400.0),
    ]


def _of_a_suite() -> list[tuple[str, float, float]]:
    largest = _largest()
    small = dataclasses.replace(largest, checks=largest.checks[:20])
    runs = tuple(dataclasses.replace(small, script=f"load-tests/{number}.js") for number in range(200))
    began = time.process_time()
    document, summary, _, html = (renderer(Report(PASSED, is_emulated=False, runs=runs)) for renderer in RENDERERS)
    return [
        ("200 scripts: CPU time of all formats, s", time.process_time() - began, 3.0),
        ("200 scripts: result.json, MB (k6ci report)", len(document.encode()) / 1e6, 10.0),
        ("200 scripts: summary.md, KB (GitHub)", len(summary.encode()) / 1000, 921.6),
        ("200 scripts: report.html, MB", len(html.encode()) / 1e6, 10.0),
    ]


def _largest() -> RunReport:
    line = tuple(100.0 + step / 7 for step in range(MAX_STEPS))
    return RunReport(
        "load-tests/checkout.js",
        PASSED,
        run_id=123457,
        time_series=TimeSeries("2026-11-20T10:00:05+00:00", 240, line, line, line, line, line, line),
        endpoints=tuple(Endpoint(f"https://shop.example/api/{n}/{'x' * 60}", "GET", 5.0, 1.0, 12.5) for n in range(20)),
        groups=tuple(Group(f"::group {number}", 5.0, 12.5) for number in range(20)),
        checks=tuple(Check(f"check {number} of the page", 400, number % 2) for number in range(200)),
        thresholds=tuple(
            Threshold("http_req_duration", f"p({90 + number})<150", 150.0, 120.0, 30.0, is_met=True)
            for number in range(10)
        ),
    )
