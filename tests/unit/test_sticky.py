"""The comment that each run edits: when it is written, by whom, how long it may be, and that there is only one."""

from __future__ import annotations

import dataclasses

import pytest

from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.platforms.host import Comment, HostError
from k6ci.publish.sticky import MAX_BYTES, Mode, StickyComment, job_key, write
from k6ci.results.model import Decision, Report, RunReport, Verdict

US = "github-actions[bot]"
KEY = "0123456789abcdef01234567"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "octocat/shop",
    "GITHUB_WORKFLOW_REF": "octocat/shop/.github/workflows/load.yml@refs/pull/7/merge",
    "GITHUB_JOB": "load",
}


class Thread:
    """A CommentThread in memory; `failures` are what the next calls of `create` do, before or after their effect."""

    def __init__(self, *bodies: str, author: str = US) -> None:
        self.written = [Comment(number, author, body) for number, body in enumerate(bodies)]
        self.failures: list[tuple[HostError, bool]] = []
        self.asked_name = 0

    def comments(self):
        return list(self.written)

    def own_name(self):
        self.asked_name += 1
        return US

    def create(self, body):
        error, has_effect = self.failures.pop(0) if self.failures else (None, True)
        if has_effect:
            self.written.append(Comment(len(self.written), US, body))
        if error is not None:
            raise error

    def edit(self, comment, body):
        self.written[comment.number] = dataclasses.replace(comment, body=body)

    def verdicts(self):
        return [one.body.partition(" -->")[0].rpartition(":")[2] for one in self.written]


def sticky(verdict: Verdict, key: str = KEY) -> StickyComment:
    decision = Decision(verdict, ExitCode.PASSED, "Because.")
    return StickyComment.of(Report(decision, is_emulated=False), key)


@pytest.mark.parametrize(
    ("mode", "verdicts", "seen"),
    [
        # What the comment says after each of the runs; None: there is none.
        ("always", "passed passed failed", ["passed", "passed", "failed"]),
        ("on-change", "passed failed passed", ["passed", "failed", "passed"]),
        ("on-failure", "passed failed failed passed", [None, "failed", "failed", "passed"]),
        ("on-failure", "skipped unknown", [None, "unknown"]),
        ("never", "failed", [None]),
    ],
)
def test_the_mode_says_when_a_comment_is_written(mode, verdicts, seen):
    thread = Thread()
    for verdict, expected in zip(verdicts.split(), seen, strict=True):
        write(thread, sticky(Verdict(verdict)), Mode(mode))
        assert thread.verdicts() == ([expected] if expected else [])


def test_on_change_leaves_a_comment_with_the_same_verdict_as_it_is():
    thread = Thread(sticky(Verdict.PASSED).body + "older")
    write(thread, sticky(Verdict.PASSED), Mode.ON_CHANGE)
    assert thread.written[0].body.endswith("older")
    write(thread, sticky(Verdict.PASSED), Mode.ALWAYS)
    assert not thread.written[0].body.endswith("older")


def test_the_comments_of_others_are_left_alone():
    """Whoever can comment can write the hidden line, too; and somebody may quote a comment of ours."""
    forged = sticky(Verdict.PASSED).body
    thread = Thread(forged, author="mallory")
    write(thread, sticky(Verdict.PASSED), Mode.ON_CHANGE)
    assert [one.author for one in thread.written] == ["mallory", US]
    quoting = Thread(f"> {forged}", sticky(Verdict.PASSED, "f" * 24).body)
    write(quoting, sticky(Verdict.FAILED), Mode.ALWAYS)
    assert len(quoting.written) == 3
    assert quoting.asked_name == 0, "nobody needs to know who we are where nothing is ours"


@pytest.mark.parametrize("has_effect", [True, False])
def test_a_failed_answer_makes_one_comment(has_effect):
    thread = Thread()
    thread.failures = [(HostError("GitHub failed (HTTP 502)", is_uncertain=True), has_effect)]
    write(thread, sticky(Verdict.PASSED), Mode.ALWAYS)
    assert thread.verdicts() == ["passed"]


def test_a_refusal_is_not_repeated():
    thread = Thread()
    thread.failures = [(HostError("no", is_forbidden=True), False)] * 2
    with pytest.raises(HostError):
        write(thread, sticky(Verdict.PASSED), Mode.ALWAYS)
    assert len(thread.failures) == 1


@pytest.mark.parametrize("sign", ["x", "\N{PILE OF POO}", "|"])
def test_a_long_report_is_truncated_with_a_visible_line(sign):
    decision = Decision(Verdict.FAILED, ExitCode.THRESHOLDS, "Because.")
    runs = tuple(RunReport(f"{number}-{sign * 900}.js", decision) for number in range(300))
    body = StickyComment.of(Report(decision, is_emulated=False, runs=runs), KEY).body
    assert len(body) <= len(body.encode()) <= MAX_BYTES
    assert body.startswith(f"<!-- k6ci:v1:{KEY}:failed -->\n")
    assert body.endswith("\n… truncated: the full report is in result.json.\n")


def test_each_job_has_a_key_of_its_own_that_stays_the_same():
    def key(report_id: str = "", **more: str) -> str:
        return job_key(detect_platform(GITHUB | more), report_id)

    leg = '{"zone": "eu"}'
    assert key() == key(GITHUB_RUN_ID="8", GITHUB_RUN_ATTEMPT="2")
    later = GITHUB["GITHUB_WORKFLOW_REF"].replace("/7/", "/8/")
    assert key() == key(GITHUB_WORKFLOW_REF=later)
    others = [
        key(GITHUB_JOB="soak"),
        key(GITHUB_WORKFLOW_REF="octocat/shop/.github/workflows/other.yml@refs/heads/main"),
        key(K6CI_MATRIX=leg),
        key(K6CI_MATRIX=leg.replace("eu", "us")),
        key("second"),
    ]
    assert len({key(), *others}) == 6
