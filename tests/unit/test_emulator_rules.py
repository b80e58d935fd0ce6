"""Parts of the emulator that need no server: final statuses, faults, journal, authentication, scripts, logs."""

from __future__ import annotations

import base64
import secrets

import pytest

from k6ci.emulator.archive import read_archive
from k6ci.emulator.authentication import Authenticator
from k6ci.emulator.faults import FaultRegistry, FaultRequest
from k6ci.emulator.final_status import final_status_of
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.journal import RequestJournal
from k6ci.emulator.log_buffer import LogBuffer
from k6ci.emulator.run import Result, Status
from k6ci.emulator.script import Script, ScriptError, without_secrets
from k6ci.emulator.tail import streams_of
from k6ci.k6.supervision import Ended
from k6ci.redaction import Redactor

pytestmark = pytest.mark.unmeasured


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
def test_exit_codes_become_final_statuses(
    code: int, messages: list[str], status: Status, result: Result, reason: int | None
) -> None:
    """The table of k6's exit codes, row by row."""
    verdict = final_status_of(Ended(code), messages, stopped_by=None)
    assert (verdict.status, verdict.result, verdict.reason and verdict.reason.code) == (status, result, reason)


def test_a_stopped_run_names_its_user_unless_it_had_ended() -> None:
    """Aborted by a user, whatever k6's exit code; a run that had ended passed."""
    stopped = final_status_of(Ended(105), [], stopped_by="ann@example.com")
    assert stopped.reason is not None
    assert (stopped.status, stopped.reason.by_user) == (Status.ABORTED, "ann@example.com")
    assert final_status_of(Ended(0), [], stopped_by="ann@example.com").status is Status.COMPLETED
    late = final_status_of(Ended(-9, is_timed_out=True), [], stopped_by=None)
    assert late.reason is not None
    assert late.reason.code == 8034


def test_a_fault_hits_as_many_matching_requests_as_configured() -> None:
    """Skip one, hit two, then none."""
    registry = FaultRegistry(seed=0)
    registry.add(FaultRequest(route="GET /cloud/v6/test_runs/*", skip=1, count=2, status=503))
    hits = [registry.hit("GET", "/cloud/v6/test_runs/7") is not None for _ in range(5)]
    assert hits == [False, True, True, False, False]
    assert registry.hit("POST", "/cloud/v6/test_runs/7") is None


def test_random_hits_are_the_same_for_the_same_seed() -> None:
    """A test with a probability can be repeated."""

    def drawn(seed: int) -> list[bool]:
        registry = FaultRegistry(seed)
        registry.add(FaultRequest(route="* *", count=None, probability=0.5))
        return [registry.hit("GET", "/x") is not None for _ in range(40)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 5 < sum(drawn(1)) < 35


def test_the_journal_masks_every_form_of_a_secret() -> None:
    """Known tokens, and presented credentials that are wrong."""
    token, wrong = secrets.token_hex(20), secrets.token_hex(20)
    journal = RequestJournal(Redactor([token]))
    journal.learn_secret(wrong)
    disguised = base64.b64encode(f"user:{wrong}".encode()).decode()
    journal.add(
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
def test_each_api_family_has_its_authentication(path: str, headers: dict[str, str], status: int | None) -> None:
    """v6 requires Bearer and the stack; older families accept Token, too; control routes require Bearer."""
    gatekeeper = Authenticator(token="s3", stack_id=7, port=80)
    if status is None:
        gatekeeper.check(path, headers)
        return
    with pytest.raises(HttpError) as caught:
        gatekeeper.check(path, headers)
    assert caught.value.status == status


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1", "127.0.0.1:81", "127.0.0.1.evil.example:80"])
def test_foreign_host_names_are_rejected(host: str) -> None:
    """A web page whose name resolves to loopback sends its own name."""
    with pytest.raises(HttpError):
        Authenticator(token="s3", stack_id=7, port=80).check_host({"host": host})
    Authenticator(token="s3", stack_id=7, port=80).check_host({"host": "LOCALHOST:80"})


def test_an_invalid_archive_is_an_error() -> None:
    """A tar without the members of k6."""
    script = Script(b"\0" * 257 + b"ustar" + b"\0" * 300)
    assert script.is_archive
    with pytest.raises(ScriptError):
        read_archive(script.content)
    assert not Script(b"export default function () {}").is_archive


def test_options_are_shown_without_the_token() -> None:
    """Real k6 writes it into `cloud`."""
    shown = without_secrets({"vus": 1, "cloud": {"token": "x", "projectID": 3}, "tags": {"token": "a tag"}})
    assert shown == {"vus": 1, "cloud": {"projectID": 3}, "tags": {"token": "a tag"}}


def test_the_log_buffer_keeps_order_and_limits() -> None:
    """Equal times become increasing, the oldest lines are dropped, and a late reader can see that."""
    book = LogBuffer(lines_kept=3)
    for number in range(5):
        book.write(100, {"level": "info"}, f"line {number}")
    lines = book.after(0)
    assert [line.message for line in lines] == ["line 2", "line 3", "line 4"]
    assert [line.nanoseconds for line in lines] == [102, 103, 104]
    assert book.has_dropped_after(0)
    assert not book.has_dropped_after(101)


def test_neighbouring_lines_share_a_stream() -> None:
    """Loki's format, in the order of the lines."""
    book = LogBuffer()
    for level, text in (("info", "a"), ("info", "b"), ("error", "c"), ("info", "d")):
        book.write(1, {"level": level}, text)
    frames = streams_of(book.after(0))
    assert [frame["stream"] for frame in frames] == [{"level": "info"}, {"level": "error"}, {"level": "info"}]
    assert frames[0]["values"] == [["1", "a"], ["2", "b"]]
