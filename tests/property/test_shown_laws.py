"""Whatever others name their checks, scripts and files: a line stays a line, and no verdict can be forged (S13)."""

from __future__ import annotations

import io
import json
import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from k6ci.ci import github
from k6ci.ci.github import GitHubLog
from k6ci.ci.gitlab import GitLabLog
from k6ci.cloud.models import TestRun
from k6ci.errors import ExitCode, ScriptError, SeveralProblemsError, error_lines
from k6ci.lines import marked, one_line, visible
from k6ci.redaction import Redactor
from k6ci.render.closing import show_report
from k6ci.render.document import report_json
from k6ci.render.github_markdown import escaped
from k6ci.render.live import LiveSuiteListener
from k6ci.render.markdown import summary_markdown
from k6ci.render.plain import PlainSuiteListener
from k6ci.render.wrapped import wrapped
from k6ci.results.model import Check, Decision, Metrics, Report, RunReport, Threshold, Verdict
from k6ci.runs.listener import Progress

RED = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, "Thresholds were crossed.", "See the page.")
# What attacks are made of, and everything else.
PIECES = (
    *("\n", "\r", "\x1b[2K", "\x1b[0Ksection_start:1:x\r\x1b[0K", "\x9b31m", "\x07", "\b", "\0", "\u2028", "\u2029"),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\x85", "\x0b", "\x0c", "\x1c", "::error::x", "##[error]x", "PASSED"),
    *(
        "PASSED (exit code 0) ",
        "|",
        "`",
        "<img src=x onerror=y>",
        "[a](https://x)",
        "![a](b)",
        "@team",
        "#123",
        "&#64;x",
    ),
    *("https://evil.example/", "www.evil.example", "[red]", "[/]", "\ud800", "\U000e0041", "\u3164", "%0A", "k6ci: "),
)
names = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=6).map("".join)
printable_names = names.map(lambda text: text.encode("utf-8", "replace").decode("utf-8"))


def is_plain(text: str) -> bool:
    return not [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


def report(name: str, **more: object) -> Report:
    """A report of a run in which everything that others name has that name."""
    threshold = Threshold(metric=name, expression=name, is_met=False, value=9.0, limit=1.0, distance=-8.0, note=name)
    run = RunReport(
        script=name or "a.js",
        decision=RED,
        run_id=7,
        run_url=name,
        load_test_name=name,
        status=name,
        result=name,
        thresholds=(threshold,),
        checks=(Check(name, 1, 1),),
        metrics=Metrics(),
        warnings=(name,),
        **more,
    )
    return Report(RED, False, (run,), (name,))


def closing(shown: Report) -> list[str]:
    stream = io.StringIO()
    show_report(Console(file=stream, width=2000, highlight=False, color_system=None), shown)
    return stream.getvalue().split("\n")


@given(names)
def test_s13_one_line_is_one_line_without_control_characters(text):
    assert is_plain(one_line(text))
    assert is_plain(visible(text).replace("\n", "").replace("\t", ""))
    assert is_plain("".join(marked(text)))
    if text.isprintable() and "\u3164" not in text:
        assert one_line(text) == text
    assert json.loads(f'"{one_line(text)}"' if not set('"\\') & set(text) else '""') in (text, "")


@given(printable_names)
def test_s13_the_closing_view_has_the_same_lines_whatever_the_names(name):
    lines, plain = closing(report(name)), closing(report("x"))
    assert len(lines) == len(plain)
    assert all(map(is_plain, lines))
    verdicts = [line for line in lines if re.match(r"\s*(PASSED|FAILED|ERROR)\b", line)]
    assert verdicts == ["FAILED (exit code 99) Thresholds were crossed."]


@example("https://evil.example/\x9b31m")
@example("https://evil.example/\u202e\u200b")
@given(printable_names)
def test_s13_markdown_has_the_same_lines_and_nothing_but_text(name):
    text = summary_markdown(report(name))
    assert text.count("\n") == summary_markdown(report("x")).count("\n")
    assert is_plain(text.replace("\n", "").replace("\u200b", "").replace("\ufe0f", ""))
    cell = escaped(name)
    assert not re.search(r"(?<!\\)[<>`*_\[\]|~]", cell)
    assert not re.search(r"@\w|#\d|://|&(?!amp;)|\bwww\.", cell)


@given(printable_names)
def test_s13_json_gives_the_names_back(name):
    (run,) = json.loads(report_json(report(name)))["runs"]
    assert run["checks"][0]["name"] == name
    assert json.loads(github.inert_json(json.dumps([name], ensure_ascii=False))) == [name]
    assert "##[" not in github.inert_json(json.dumps([name], ensure_ascii=False))


@given(names, st.sampled_from([GitHubLog, GitLabLog]))
def test_s13_a_log_line_is_a_line_with_our_mark(name, job_log):
    stream = io.StringIO()
    listener = PlainSuiteListener(stream, job_log())
    listener = listener.of(name, is_alone=False)
    listener.warned(name)
    listener.warned(name)
    listener.waiting(name, 5.0)
    listener.stopping(name)
    lines = stream.getvalue().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 4
    assert all(is_plain(line) and line.startswith("k6ci: ") for line in lines)


@given(names)
def test_s13_sections_of_hostile_names_are_two_commands(name):
    for job_log, begins, ends in (
        (GitLabLog(), "section_start:", "section_end:"),
        (GitHubLog(), "::group::", "::endgroup::"),
    ):
        job_log.opening()
        opening, end = job_log.open_section(name), job_log.close_section()
        assert sum(line.startswith(begins) for line in re.split(r"[\n\r]|\x1b\[0K", opening)) == 1
        assert sum(line.startswith(ends) for line in re.split(r"[\n\r]|\x1b\[0K", end)) == 1
        assert "\n" not in opening.strip("\n") or isinstance(job_log, GitHubLog)


@given(names)
def test_s13_the_live_view_shows_names_as_text(name):
    stream = io.StringIO()
    live = LiveSuiteListener(Console(file=stream, width=2000, force_terminal=False))
    listener = live.of(name, is_alone=False)
    live.warned(name)
    status = name.encode("utf-8", "replace").decode() or "x"
    run = TestRun.model_construct(id=1, status=status)
    listener.progressed(Progress(run, 1.0, None))
    live.console.print(*listener.cells()[:3], soft_wrap=True)
    assert is_plain(stream.getvalue().replace("\n", ""))
    assert stream.getvalue().count("\n") == 2


@given(names)
def test_s13_errors_are_marked_line_by_line(text):
    error = SeveralProblemsError([ScriptError(text, "Fix it."), ScriptError("other", text)])
    lines = error_lines(error)
    assert all(map(is_plain, lines))
    assert all(line.startswith(("k6ci: ", "  | ", "  -> ", "     ")) for line in lines)
    assert sum(line.startswith("k6ci: ") for line in lines) == 2
    assert sum(line.startswith("  -> ") for line in lines) == 2


@given(names)
def test_s13_what_nobody_escaped_is_escaped_by_the_stream(text):
    stream = io.StringIO()
    with Redactor().wrap(stream) as wrapping:
        wrapping.write(text)
    assert is_plain(stream.getvalue().replace("\n", "").replace("\t", ""))
    assert is_plain(wrapped(text, stream))


@given(names)
def test_s13_an_annotation_is_one_command(text):
    line = github.annotation(text, title=text, file=text)
    assert line.count("\n") == 1
    assert is_plain(line.rstrip("\n"))
    assert line.startswith("::error file=")
    assert len(re.findall(r"(?<=[^:])::", line)) >= 1
    assert ":" not in re.match(r"::error (.*?)::", line)[1]
