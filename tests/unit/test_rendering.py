"""Views of a report: escaped, complete, within their budget; figures as people read them."""

from __future__ import annotations

import dataclasses
import html
import io

import pytest
from rich.console import Console

from k6ci.ci.job_log import PlainLog
from k6ci.cloud.models import TestRun
from k6ci.errors import ExitCode
from k6ci.render import figures
from k6ci.render.closing import show_report
from k6ci.render.github_markdown import escaped
from k6ci.render.live import LiveSuiteListener
from k6ci.render.markdown import BUDGET_BYTES, report_markdown
from k6ci.render.plain import PlainSuiteListener
from k6ci.results.comparison import Comparison, ComparisonOutcome
from k6ci.results.model import Check, Decision, Metrics, Report, RunReport, Threshold, Verdict
from k6ci.runs.listener import LiveMetrics, Progress
from sample_reports import COMPARISON, suite_report

GREEN = Decision(Verdict.PASSED, ExitCode.PASSED, "All is well.")
RED = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, "Thresholds were crossed.", "See the page.")


def shown(report: Report) -> str:
    stream = io.StringIO()
    show_report(Console(file=stream, width=100, highlight=False), report)
    return stream.getvalue()


@pytest.mark.parametrize(
    "text", ["a|b", "`x`", "<img src=x>", "*b*", "[l](u)", "~~s~~", "# h", "_i_", "a\nb", "{{ x }}", "\\"]
)
def test_foreign_text_cannot_format_or_break_a_table(text):
    """Row 30: check names and URLs are what scripts make of them."""
    line = f"| {escaped(text)} |"
    assert "\n" not in line
    for character in "|`<*[~#_{":
        position = 2
        while (position := line.find(character, position, len(line) - 2)) != -1:
            assert line[position - 1] == "\\"
            position += 1


def test_foreign_text_mentions_nobody():
    """`@team` would notify people."""
    assert "@team" not in escaped("ask @team")


@pytest.mark.parametrize("reference", ["#1", "!1", "&1", "$1", "%1", '%"next one"', "~bug", "GH-1"])
def test_foreign_text_refers_to_nothing(reference):
    """GitLab finds references in the text that the Markdown makes, so that escapes do not help."""
    made = html.unescape(escaped(reference)).replace("\\", "")
    assert reference not in made
    assert made.replace("\u200b", "") == reference


def test_a_summary_fits_the_budget_and_says_that_it_was_cut():
    """GitHub drops a larger step summary without a word."""
    warnings = tuple(f"warning {number} {'x' * 200}" for number in range(8000))
    text = report_markdown(Report(GREEN, False, (), warnings))
    assert len(text.encode()) <= BUDGET_BYTES
    assert text.endswith("… truncated: the full report is in result.json.\n")


def test_many_checks_are_cut_with_the_failing_ones_first():
    """Fifty lines, then a count."""
    checks = (*(Check(f"c{number}", 1, 0) for number in range(60)), Check("zzz", 0, 2))
    text = report_markdown(Report(GREEN, False, (RunReport("a.js", GREEN, checks=checks),)))
    assert text.index("zzz") < text.index("c0")
    assert "… and 11 more checks" in text


def test_a_suite_tells_each_run_its_own_reason():
    """The whole on top, then script by script; what has no page still has its ID."""
    runs = (
        RunReport("a.js", GREEN, run_id=7, status="completed", result="passed"),
        RunReport("b.js", RED, vuh_estimate=1),
    )
    text = report_markdown(Report(RED, False, runs, ("odd",), (("one", "do one"), ("two", "do two"))))
    assert "All is well. (exit code 0)" in text
    assert "test run 7" in text
    assert "about 1 VUh" in text
    assert "- **one** do one" in text
    assert "⚠️ odd" in text
    assert "EMULATED" not in text


def test_a_suite_collapses_what_passed_and_shows_the_rest_first():
    text = report_markdown(suite_report())
    assert "5 scripts: 3 passed, 1 failed, 1 aborted · cost of all 5 runs: 1.78 VUh (estimated 2.25)" in text
    assert text.index("| ❌ | load-tests/checkout.js | failed | 2 of 3 met | 412.9 ms |") < text.index("### ❌")
    shown, _, collapsed = text.partition("<summary>Scripts that passed: 3</summary>")
    assert shown.count("### ") == 2
    assert collapsed.count("### ✅") == 3


@pytest.mark.parametrize("limit", [1500, 2500, 3500, 5000])
def test_a_truncated_report_closes_what_it_opened(limit):
    """A comment of GitHub is shorter than a job summary."""
    text = report_markdown(suite_report(), max_bytes=limit)
    assert limit - 500 < len(text.encode()) <= limit
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith("… truncated: the full report is in result.json.\n")


def test_long_names_are_shortened():
    check = Check("x" * 5000, 1, 1)
    assert f"| {'x' * 159}… |" in report_markdown(Report(RED, False, (RunReport("a.js", RED, checks=(check,)),)))


def test_an_url_that_is_none_is_not_a_link():
    """The API's word is not trusted to be harmless Markdown."""
    run = RunReport("a.js", GREEN, run_id=7, run_url="javascript:alert(1)")
    assert "javascript" not in report_markdown(Report(GREEN, False, (run,)))


def test_the_console_shows_thresholds_checks_and_the_verdict_last():
    """Foreign text is no markup."""
    run = RunReport(
        "[red]a.js",
        RED,
        run_id=7,
        metrics=Metrics(requests=1234567.0, data_sent_bytes=1.5e6),
        checks=(Check("[b]ok", 3, 1),),
        thresholds=(Threshold("m", "avg<1", 1.0, 2.0, -1.0, is_met=False), Threshold("m", "x", note="no data")),
        warnings=("careful",),
    )
    text = shown(Report(RED, False, (run,), ("odd",)))
    for part in ("[red]a.js: failed", "run: 7", "✗", "no data", "check failed: [b]ok (1 of 4)", "1 234 567", "1.5 MB"):
        assert part in text
    assert text.rstrip().splitlines()[-2:] == ["FAILED (exit code 99) Thresholds were crossed.", "  -> See the page."]


@pytest.mark.parametrize(("width", "bars"), [(100, 12), (80, 10), (60, 0)])
def test_a_comparison_fits_a_terminal_with_all_its_numbers(width, bars):
    """The trend has less bars on a narrow one: the run itself, which is the last bar, and the latest before it."""
    metrics = tuple(dataclasses.replace(one, history=one.history[1:]) for one in COMPARISON.metrics)
    run = RunReport("a.js", RED, comparison=dataclasses.replace(COMPARISON, metrics=metrics))
    stream = io.StringIO()
    show_report(Console(file=stream, width=width, color_system=None), Report(RED, False, (run,)))
    table = stream.getvalue().split("median of 3 runs)\n")[1].split("Starred")[0]
    assert all(len(line.rstrip()) <= width for line in table.splitlines())
    assert "…" not in table
    assert all(shown in table for shown in ("412.3 ms", "+37.0 %", "regressed"))
    p95 = next(line for line in table.splitlines() if line.startswith("p95"))
    assert sum(sign in "▁▂▃▄▅▆▇█" for sign in p95) == bars
    assert ("█  regressed" in p95) is (bars > 0)


def test_a_comparison_without_any_run_is_none():
    run = RunReport("a.js", GREEN, comparison=Comparison(ComparisonOutcome.TOO_FEW_RUNS, notes=("None yet.",)))
    assert "Not compared with earlier runs\nNone yet." in shown(Report(GREEN, False, (run,)))


def test_the_console_shows_the_checks_that_failed_most():
    """A script may have thousands of them."""
    checks = tuple(Check(f"item {number}", 1, number) for number in range(30))
    text = shown(Report(RED, False, (RunReport("a.js", RED, checks=checks),)))
    assert text.count("check failed: ") == 20
    assert "check failed: item 29 (29 of 30)" in text
    assert "… and 9 more failed checks; see result.json." in text


def test_the_console_shortens_long_names():
    """A script may put a whole answer into the name of a check."""
    threshold = Threshold(f"http_reqs{{name:{'n' * 5000}}}", "count>1")
    run = RunReport("a.js", RED, checks=(Check("x" * 5000, 0, 1),), thresholds=(threshold,))
    text = shown(Report(RED, False, (run,)))
    assert f"{'x' * 199}… (1 of 1)" in text
    assert text.count("n") < 300


@pytest.mark.parametrize(
    ("shown_value", "text"),
    [
        (figures.milliseconds(None), "-"),
        (figures.milliseconds(12345.0), "12.3 s"),
        (figures.milliseconds(0.5), "0.5 ms"),
        (figures.percent(None), "-"),
        (figures.percent(0.0), "0.00 %"),
        (figures.percent(1.0), "100.00 %"),
        (figures.percent(0.0123), "1.23 %"),
        (figures.percent(1 / 50_000), "0.002 %"),
        (figures.percent(1 - 1 / 48_000), "99.9979 %"),
        (figures.percent(-0.0005), "-0.05 %"),
        (figures.percent(1e-18), "0.00 %"),
        (figures.percent(float("nan")), "nan %"),
        (figures.size(None), "-"),
        (figures.size(5e12), "5 TB"),
        (figures.duration(None), "-"),
        (figures.duration(59.6), "1:00"),
        (figures.duration(3661), "1:01:01"),
        (figures.quantity("my_counter", 3.0), "3"),
        (figures.quantity("http_req_failed{a:b}", 0.5), "50.00 %"),
        (figures.quantity("iteration_duration", 5.0), "5 ms"),
        (figures.quantity("x", None), "-"),
        (figures.count(None), "-"),
    ],
)
def test_figures_are_as_people_read_them(shown_value, text):
    """Units, and a dash for what is not known."""
    assert shown_value == text


def progress(status: str, seconds: float, fraction: float | None = None) -> Progress:
    return Progress(TestRun(id=5, status=status), seconds, fraction)


def test_plain_lines_have_a_heartbeat_that_grows_rarer():
    """Row 42: eight hours are not megabytes."""
    stream = io.StringIO()
    listener = PlainSuiteListener(stream, PlainLog()).of("a.js", is_alone=True)
    listener.started(TestRun(id=5, status="created"), None)
    for second in range(2, 3600 * 8, 2):
        listener.progressed(progress("running", float(second), second / 28800))
    listener.measured(LiveMetrics())
    lines = stream.getvalue().splitlines()
    assert "started test run 5" in lines[0]
    assert "0:02 running 0 %" in lines[1]
    assert 90 < len(lines) < 120
    assert not listener.wants_live_metrics


def test_the_living_line_shows_status_progress_vus_and_p95():
    """On a terminal; events stand above it."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, highlight=False)
    with LiveSuiteListener(console) as listener:
        live = listener.of("a.js", is_alone=True)
        live.started(TestRun(id=5, status="created"), "https://x.example/5")
        live.progressed(progress("running", 3.0, 0.5))
        live.measured(LiveMetrics(7.0, 12.5))
        live.warned("[careful]")
        console.print(listener)
        live.ended()
        assert listener.__rich__() == ""
    text = stream.getvalue()
    for part in ("started test run 5 at https://x.example/5", "running", " 50 %", "VUs 7", "p95 12.5 ms", "[careful]"):
        assert part in text
    assert dataclasses.is_dataclass(LiveMetrics)
