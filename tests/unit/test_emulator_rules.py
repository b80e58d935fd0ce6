"""The rules of the emulated stack that need no server: plans, costs, dates, schedules, verdicts, faults, journal."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from typing import Any

import pytest

from k6ci.emulator.cost import cost_of
from k6ci.emulator.credentials import Gatekeeper
from k6ci.emulator.cron import check_cron, next_cron
from k6ci.emulator.execution import Ending
from k6ci.emulator.faults import FaultBox, FaultOrder
from k6ci.emulator.instants import format_instant, parse_instant
from k6ci.emulator.journal import Journal
from k6ci.emulator.log_book import LogBook
from k6ci.emulator.plan import OptionsError, Plan, plan_of, seconds_of
from k6ci.emulator.refusal import Refusal
from k6ci.emulator.run import Result, Status
from k6ci.emulator.schedules import Frequency, Recurrence, Schedule, occurrences
from k6ci.emulator.script import Script, ScriptError, without_secrets
from k6ci.emulator.tail import streams_of
from k6ci.emulator.verdict import verdict_of
from k6ci.redaction import Redactor

NOW = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("options", "max_vus", "seconds"),
    [
        ({}, 1, 630),
        ({"vus": 5, "duration": "10s"}, 5, 40),
        ({"vus": 5, "duration": 10_000}, 5, 40),
        ({"vus": 2, "iterations": 10, "duration": "1m"}, 2, 90),
        ({"stages": [{"duration": "30s", "target": 20}, {"duration": "1m30s", "target": 0}]}, 20, 150),
        (
            {
                "scenarios": {
                    "a": {"executor": "constant-vus", "vus": 3, "duration": "10s", "gracefulStop": "0s"},
                    "b": {
                        "executor": "constant-vus",
                        "vus": 4,
                        "duration": "10s",
                        "gracefulStop": "0s",
                        "startTime": "10s",
                    },
                }
            },
            4,
            20,
        ),
        (
            {
                "scenarios": {
                    "r": {
                        "executor": "constant-arrival-rate",
                        "rate": 9,
                        "duration": "20s",
                        "preAllocatedVUs": 5,
                        "maxVUs": 50,
                    }
                }
            },
            50,
            50,
        ),
        (
            {
                "scenarios": {
                    "r": {
                        "executor": "ramping-arrival-rate",
                        "stages": [{"duration": "5s", "target": 9}],
                        "preAllocatedVUs": 5,
                    }
                }
            },
            5,
            35,
        ),
        ({"scenarios": {"x": {"executor": "externally-controlled", "vus": 1, "maxVUs": 8, "duration": "9s"}}}, 8, 9),
    ],
)
def test_a_plan_has_the_numbers_of_k6(options: dict[str, Any], max_vus: int, seconds: int) -> None:
    """Most VUs at a time and longest duration, graceful stops included."""
    plan = plan_of(options)
    assert (plan.max_vus, plan.duration_seconds) == (max_vus, seconds)


def test_browser_vus_are_counted_and_priced_apart() -> None:
    """A browser VU costs as much as ten others."""
    browser = {"executor": "constant-vus", "vus": 2, "duration": "30s", "options": {"browser": {"type": "chromium"}}}
    plan = plan_of({"scenarios": {"b": browser}})
    assert plan.max_browser_vus == 2
    cost = cost_of(plan)
    assert (cost.protocol_vuh, cost.browser_vuh) == (0, pytest.approx(2 * 10 / 60, abs=1e-4))


def test_the_real_cost_counts_whole_minutes() -> None:
    """Sixty VUs for a minute are one hour; a minute begun is a minute."""
    assert cost_of(Plan(60, 0, 3600), 61).total_vuh == 2.0
    assert cost_of(Plan(60, 0, 3600), 0).total_vuh == 0.0
    assert cost_of(Plan(60, 0, 3600)).total_vuh == 60.0


@pytest.mark.parametrize(
    "options",
    [
        {"scenarios": {"a": {"executor": "magic"}}},
        {"scenarios": {"a": []}},
        {"vus": -1, "duration": "1s"},
        {"vus": 1, "duration": "soon"},
        {"vus": True, "duration": "1s"},
        {"stages": "many"},
        {"scenarios": {"a": {"executor": "ramping-vus", "stages": []}}},
        {"vus": 1, "duration": "9999999999h"},
    ],
)
def test_options_that_cannot_be_planned_are_refused(options: dict[str, Any]) -> None:
    """The check of options is the place where they fail."""
    with pytest.raises(OptionsError):
        plan_of(options)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1m30s", 90), ("1.5s", 1.5), ("500ms", 0.5), ("1500", 1.5), ("2h", 7200), (250, 0.25)]
)
def test_durations_are_k6s(text: str | int, seconds: float) -> None:
    """Text with units, or milliseconds."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "2026-01-01", "yesterday", "2026-13-01T00:00:00Z", ""])
def test_dates_without_zone_or_sense_are_refused(text: str) -> None:
    """RFC 3339 and nothing less."""
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        parse_instant(text)


def test_dates_come_out_as_they_went_in() -> None:
    """Nanoseconds are cut, offsets resolved, a leap second is the second before."""
    assert format_instant(parse_instant("2026-01-01T02:00:00.123456789+02:00")) == "2026-01-01T00:00:00.123456Z"
    assert format_instant(parse_instant("2016-12-31T23:59:60z")) == "2016-12-31T23:59:59.000000Z"
    with pytest.raises(ValueError, match="calendar"):
        parse_instant("0001-01-01T00:00:00+14:00")


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("@daily", "UTC", "2026-02-01T00:00"),
        ("*/15 * * * *", "UTC", "2026-01-31T12:15"),
        ("0 7 * * 1", "UTC", "2026-02-02T07:00"),
        ("0 7 * * mon-fri", "UTC", "2026-02-02T07:00"),
        ("30 9 29 2 *", "UTC", "2028-02-29T09:30"),
        ("0 0 13 * fri", "UTC", "2026-02-06T00:00"),
        ("0 7 * * *", "Europe/Berlin", "2026-02-01T06:00"),
    ],
)
def test_cron_finds_the_next_moment(schedule: str, zone: str, expected: str) -> None:
    """Five entries, aliases, names, either-day rule, time zones."""
    moment = next_cron(schedule, zone, NOW)
    assert moment is not None
    assert moment.strftime("%Y-%m-%dT%H:%M") == expected


@pytest.mark.parametrize(("schedule", "zone"), [("* * * *", "UTC"), ("61 * * * *", "UTC"), ("* * * * *", "Mars/Base")])
def test_what_is_no_cron_is_refused(schedule: str, zone: str) -> None:
    """The reason is in the error."""
    with pytest.raises(ValueError, match=r"entries|outside|time zone"):
        check_cron(schedule, zone)


def test_a_cron_that_never_comes_has_no_next_run() -> None:
    """The thirtieth of February."""
    assert next_cron("0 0 30 2 *", "UTC", NOW) is None


def test_monthly_schedules_stay_at_the_end_of_short_months() -> None:
    """The document: days 29 to 31 become the last day of the month."""
    days = [moment.day for _, moment in zip(range(4), occurrences(NOW, Recurrence(Frequency.MONTHLY)), strict=False)]
    assert days == [31, 28, 31, 30]


def test_weekly_schedules_keep_to_their_days() -> None:
    """Monday and Friday, never before the start, as often as counted."""
    rule = Recurrence(Frequency.WEEKLY, byday=("FR", "MO"), count=3)
    assert [moment.strftime("%a %d") for moment in occurrences(NOW, rule)] == ["Mon 02", "Fri 06", "Mon 09"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, None),
        (Recurrence(Frequency.HOURLY, interval=2), NOW + dt.timedelta(hours=1)),
        (Recurrence(Frequency.DAILY, until=NOW - dt.timedelta(hours=2)), None),
        (Recurrence(Frequency.YEARLY, count=1), None),
        (Recurrence(Frequency.DAILY, count=9), NOW + dt.timedelta(hours=23)),
    ],
)
def test_a_schedule_knows_when_it_is_due(rule: Recurrence | None, expected: dt.datetime | None) -> None:
    """It began an hour ago: once is over, rules go on until they end."""
    started = NOW - dt.timedelta(hours=1)
    assert Schedule(1, 1, started, rule, None, is_deactivated=False, created_by=None).next_run(NOW) == expected


@pytest.mark.parametrize(
    ("code", "messages", "status", "result", "reason"),
    [
        (0, [], Status.COMPLETED, Result.PASSED, None),
        (99, ["thresholds on metrics 'checks' have been crossed"], Status.COMPLETED, Result.FAILED, None),
        (99, ["some thresholds; at least one has abortOnFail enabled"], Status.ABORTED, Result.FAILED, 8036),
        (110, ["not good enough"], Status.COMPLETED, Result.FAILED, None),
        (107, ["Error: no"], Status.ABORTED, Result.ERROR, 8035),
        (108, ["test aborted: enough"], Status.ABORTED, Result.ERROR, 8036),
        (100, [], Status.ABORTED, Result.ERROR, 8030),
        (104, ["bad options"], Status.ABORTED, Result.ERROR, 8000),
        (105, [], Status.ABORTED, Result.ERROR, 8036),
        (-9, [], Status.ABORTED, Result.ERROR, 8000),
        (255, [], Status.ABORTED, Result.ERROR, 8000),
    ],
)
def test_exit_codes_become_verdicts(
    code: int, messages: list[str], status: Status, result: Result, reason: int | None
) -> None:
    """The table of k6's exit codes, row by row."""
    verdict = verdict_of(Ending(code), messages, stopped_by=None)
    assert (verdict.status, verdict.result, verdict.reason and verdict.reason.code) == (status, result, reason)


def test_a_stopped_run_names_who_stopped_it_unless_it_was_through() -> None:
    """Aborted by a user, whatever k6 made of the signal; a run that had ended passed."""
    stopped = verdict_of(Ending(105), [], stopped_by="ann@example.com")
    assert stopped.reason is not None
    assert (stopped.status, stopped.reason.by_user) == (Status.ABORTED, "ann@example.com")
    assert verdict_of(Ending(0), [], stopped_by="ann@example.com").status is Status.COMPLETED
    late = verdict_of(Ending(-9, is_timed_out=True), [], stopped_by=None)
    assert late.reason is not None
    assert late.reason.code == 8034


def test_faults_hit_what_fits_as_often_as_ordered() -> None:
    """Skip one, hit two, then never again."""
    box = FaultBox(seed=0)
    box.order(FaultOrder(route="GET /cloud/v6/test_runs/*", skip=1, count=2, status=503))
    hits = [box.hit("GET", "/cloud/v6/test_runs/7") is not None for _ in range(5)]
    assert hits == [False, True, True, False, False]
    assert box.hit("POST", "/cloud/v6/test_runs/7") is None


def test_chance_is_the_same_for_the_same_seed() -> None:
    """A test with a probability can be repeated."""

    def drawn(seed: int) -> list[bool]:
        box = FaultBox(seed)
        box.order(FaultOrder(route="* *", count=None, probability=0.5))
        return [box.hit("GET", "/x") is not None for _ in range(40)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 5 < sum(drawn(1)) < 35


def test_the_journal_masks_every_form_of_a_secret() -> None:
    """Known tokens, and what somebody presented as one."""
    token, wrong = secrets.token_hex(20), secrets.token_hex(20)
    journal = Journal(Redactor([token]))
    journal.learn_secret(wrong)
    disguised = base64.b64encode(f"user:{wrong}".encode()).decode()
    journal.write(
        time="",
        method="GET",
        path=f"/x/{token}",
        query=f"token={wrong}",
        headers=[("authorization", "Bearer other"), ("x-a", disguised), (f"x-{token}", "y")],
        status=200,
        duration_seconds=0.1,
        request_bytes=0,
        response_bytes=0,
        fault=None,
    )
    text = str(journal.entries()[0].describe())
    assert not any(part in text for part in (token, wrong, disguised, "other"))


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/cloud/v6/projects", {}, 401),
        ("/cloud/v6/projects", {"authorization": "Token s3"}, 401),
        ("/cloud/v6/projects", {"authorization": "Bearer s3"}, 403),
        ("/cloud/v6/projects", {"authorization": "Bearer s3", "x-stack-id": "8"}, 403),
        ("/cloud/v6/projects", {"authorization": "Bearer s3", "x-stack-id": "demo"}, 403),
        ("/cloud/v6/projects", {"authorization": "Bearer s3", "x-stack-id": "9" * 30}, 403),
        ("/cloud/v6/projects", {"authorization": "bearer s3", "x-stack-id": "7"}, None),
        ("/cloud/v6/auth", {"authorization": "Bearer s3"}, None),
        ("/cloud/v5/test_runs/1/metrics", {"authorization": "Token s3"}, None),
        ("/cloud/v5/test_runs/1/metrics", {"authorization": "Token s3", "x-stack-id": "8"}, 403),
        ("/cloud-resources/v1/load-zones", {"authorization": "Token s3"}, 403),
        ("/api/v1/tail", {"authorization": "token s3"}, None),
        ("/_emulator/state", {"authorization": "Token s3"}, 401),
        ("/_emulator/state", {"authorization": "Bearer s3"}, None),
        ("/anything", {"authorization": "Bearer wrong"}, 401),
        ("/anything", {"authorization": "Bearer bad\u00e9"}, 401),
    ],
)
def test_credentials_are_asked_for_family_by_family(path: str, headers: dict[str, str], status: int | None) -> None:
    """v6 wants Bearer and the stack; older families take Token, too; control wants Bearer."""
    gatekeeper = Gatekeeper(token="s3", stack_id=7, port=80)
    if status is None:
        gatekeeper.check(path, headers)
        return
    with pytest.raises(Refusal) as caught:
        gatekeeper.check(path, headers)
    assert caught.value.status == status


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1", "127.0.0.1:81", "127.0.0.1.evil.example:80"])
def test_foreign_host_names_are_refused(host: str) -> None:
    """A web page that made its name point to loopback comes with its own name."""
    with pytest.raises(Refusal):
        Gatekeeper(token="s3", stack_id=7, port=80).check_host({"host": host})
    Gatekeeper(token="s3", stack_id=7, port=80).check_host({"host": "LOCALHOST:80"})


def test_a_broken_archive_is_said_to_be_one() -> None:
    """Something with the magic of a tar and nothing of k6 in it."""
    script = Script(b"\0" * 257 + b"ustar" + b"\0" * 300)
    assert script.is_archive
    with pytest.raises(ScriptError):
        script.metadata()
    assert not Script(b"export default function () {}").is_archive


def test_options_are_shown_without_the_token() -> None:
    """Real k6 writes it into `cloud`."""
    shown = without_secrets({"vus": 1, "cloud": {"token": "x", "projectID": 3}, "tags": {"token": "a tag"}})
    assert shown == {"vus": 1, "cloud": {"projectID": 3}, "tags": {"token": "a tag"}}


def test_the_log_book_keeps_order_and_bounds() -> None:
    """Equal times become increasing, the oldest lines go, and a late reader is told."""
    book = LogBook(lines_kept=3)
    for number in range(5):
        book.write(100, {"level": "info"}, f"line {number}")
    lines = book.after(0)
    assert [line.message for line in lines] == ["line 2", "line 3", "line 4"]
    assert [line.nanoseconds for line in lines] == [102, 103, 104]
    assert book.has_dropped_after(0)
    assert not book.has_dropped_after(101)


def test_neighbouring_lines_share_a_stream() -> None:
    """Loki's shape, in the order of the lines."""
    book = LogBook()
    for level, text in (("info", "a"), ("info", "b"), ("error", "c"), ("info", "d")):
        book.write(1, {"level": level}, text)
    frames = streams_of(book.after(0))
    assert [frame["stream"] for frame in frames] == [{"level": "info"}, {"level": "error"}, {"level": "info"}]
    assert frames[0]["values"] == [["1", "a"], ["2", "b"]]
