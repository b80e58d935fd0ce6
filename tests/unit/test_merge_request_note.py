"""The note on the merge request, against a stand-in of GitLab's API that keeps state and fails on request."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time

import anyio
import pytest

from api_stand_in import Fault
from gitlab_api import MERGE_REQUEST, PROJECT_ID, TokenUser, gitlab_stand_in
from k6ci import publish
from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.publish.delivery import Destination, PullRequestReport, ReportFiles
from k6ci.publish.merge_request_note import MergeRequest, merge_request_of
from k6ci.redaction import Redactor
from k6ci.results.model import Decision, Report, RunReport, Verdict
from k6ci.runs.interruption import Interruption
from sample_reports import hostile_report

pytestmark = pytest.mark.unmeasured

NOTE = "the merge request note could not be written"


@pytest.fixture(params=[""])
def gitlab(request):
    with gitlab_stand_in(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def at(gitlab, tmp_path, monkeypatch):
    """Makes destinations for jobs of this GitLab; only the note is written."""
    monkeypatch.setattr(publish, "MODULES", ("merge_request_note",))

    def destination(options=None, **environ) -> Destination:
        environ = gitlab.environ(**environ)
        settings = {"token": gitlab.token, "comment": "on-change"}
        report = PullRequestReport(**(settings | (options or {})))
        files = ReportFiles(tmp_path / "report", tmp_path)
        return Destination(files, detect_platform(environ), environ, tmp_path, report)

    return destination


def report(verdict=Verdict.PASSED, reason=None):
    decision = Decision(verdict, ExitCode.PASSED, reason or f"It is {verdict}.")
    return Report(decision, is_emulated=False, runs=(RunReport("a.js", decision),))


def deliver(destination, what=None) -> publish.Published:
    return anyio.run(publish.publish, what or report(), destination, Redactor(), Interruption())


@pytest.mark.parametrize("gitlab", ["", "/gitlab"], indirect=True)
def test_a_merge_request_gets_one_note(gitlab, at):
    """On a server of its own, and below a path of one."""
    for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.FAILED):
        assert deliver(at(), report(verdict)) == publish.Published(report(verdict))
    (body,) = gitlab.bodies()
    assert "k6 load test: failed" in body
    assert {one.authorization for one in gitlab.requests} == {f"Bearer {gitlab.token}"}


def test_a_note_behind_many_others_is_found(gitlab, at):
    deliver(at())
    own = gitlab.notes[MERGE_REQUEST].pop()
    for number in range(230):
        gitlab.add_note(MERGE_REQUEST, "jo", f"note {number}", system=number % 3 == 0)
    gitlab.notes[MERGE_REQUEST].append(own)
    assert deliver(at(), report(Verdict.FAILED)).warnings == ()
    assert len(gitlab.bodies()) == 231
    assert "failed" in own["body"]


def test_a_note_of_somebody_else_with_our_marker_is_not_edited(gitlab, at):
    deliver(at())
    (forged,) = gitlab.bodies()
    gitlab.notes[MERGE_REQUEST].clear()
    gitlab.add_note(MERGE_REQUEST, "mallory", forged)
    assert deliver(at(), report(Verdict.FAILED)).warnings == ()
    assert gitlab.bodies()[0] == forged
    assert "k6 load test: failed" in gitlab.bodies()[1]


@pytest.mark.parametrize(
    ("mode", "written"),
    [
        ("always", ["passed", "failed", "passed"]),
        ("on-change", ["passed", "failed", "passed"]),
        ("on-failure", [None, "failed", "passed"]),
        ("never", [None, None, None]),
    ],
)
def test_the_modes_are_those_of_github(gitlab, at, mode, written):
    shown = []
    for verdict in ("passed", "failed", "passed"):
        deliver(at({"comment": mode}), report(Verdict(verdict)))
        body = gitlab.bodies()
        shown.append(next((one for one in ("passed", "failed") if body and f"test: {one}" in body[0]), None))
    assert shown == written


def test_jobs_have_notes_of_their_own_and_a_retry_has_not(gitlab, at):
    for name, job_id in (("load: [eu]", "1"), ("load: [us]", "2"), ("load: [eu]", "3"), ("other", "4")):
        deliver(at({"comment": "always"}, CI_JOB_NAME=name, CI_JOB_ID=job_id, CI_NODE_TOTAL="2"))
    assert len(gitlab.bodies()) == 3


def test_no_line_of_foreign_text_is_a_quick_action(gitlab, at):
    """The stand-in refuses them."""
    named = dataclasses.replace(hostile_report(), decision=report(reason="/merge /close now").decision)
    assert deliver(at(), named).warnings == ()
    assert len(gitlab.bodies()) == 1


def test_without_a_token_a_notice_says_once_which_one_is_needed(gitlab, at):
    published = deliver(at({"token": None}))
    assert published.warnings == ()
    (notice,) = published.notices
    assert notice.startswith(f"{NOTE}: there is no K6CI_GITLAB_TOKEN")
    assert "CI_JOB_TOKEN cannot write notes" in notice
    asked = {"token": None, "comment": "always", "requested": frozenset({"comment"})}
    assert len(deliver(at(asked)).warnings) == 1, "somebody asked for it"
    assert gitlab.requests == []


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (TokenUser("jo", may_write=False), "K6CI_GITLAB_TOKEN has no permission (HTTP 403): it needs the scope api"),
        (TokenUser("job", is_job=True), "GitLab refused K6CI_GITLAB_TOKEN (HTTP 401): it may have expired"),
    ],
    ids=["scope read_api", "token of a job"],
)
@pytest.mark.parametrize("source", [PROJECT_ID, "35"], ids=["same project", "fork"])
def test_a_token_that_may_not_write_is_told(gitlab, at, user, said, source):
    """Also in a pipeline that a maintainer starts for a merge request from a fork."""
    options = {"token": gitlab.add_user(user), "requested": frozenset({"comment"})}
    published = deliver(at(options, CI_MERGE_REQUEST_SOURCE_PROJECT_ID=source))
    assert published.report == report(), "the verdict is the same"
    (warning,) = published.warnings
    assert warning.startswith(f"{NOTE}: {said}")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_recovers_gets_the_note_once(gitlab, at, status):
    gitlab.faults.append(Fault("GET", "notes", status, times=1))
    gitlab.faults.append(Fault("POST", "notes", status, has_effect=True, times=1))
    assert deliver(at()).warnings == ()
    assert len(gitlab.bodies()) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_that_fails_is_a_warning(gitlab, at, method):
    gitlab.faults.append(Fault(method, "notes", 503))
    begun = time.monotonic()
    published = deliver(at())
    assert published.report == report()
    assert published.warnings == (f"{NOTE}: GitLab failed (HTTP 503).",)
    assert time.monotonic() - begun < 60


def test_a_rate_limit_is_not_waited_for(gitlab, at):
    gitlab.faults.append(Fault("GET", "notes", 429, {"Retry-After": "600", "RateLimit-Reset": "9999999999"}))
    begun = time.monotonic()
    assert deliver(at()).warnings == (f"{NOTE}: GitLab's rate limit is reached (HTTP 429).",)
    assert time.monotonic() - begun < 60


def test_a_slow_server_is_abandoned_and_gets_no_further_request(gitlab, at, monkeypatch):
    module = sys.modules["k6ci.publish.merge_request_note"]
    monkeypatch.setattr(module, "DELIVERY", dataclasses.replace(module.DELIVERY, seconds=0.5))
    over = threading.Event()
    gitlab.faults.append(Fault("GET", "notes", 0, until=over))
    assert deliver(at()).warnings == (f"{NOTE}: it timed out.",)
    over.set()
    time.sleep(1.0)
    assert len(gitlab.requests) <= 1


def test_a_connection_that_breaks_does_not_repeat_the_note(gitlab, at):
    gitlab.faults.append(Fault("POST", "notes", is_cut=True, has_effect=True, times=1))
    assert deliver(at()).warnings == ()
    assert len(gitlab.bodies()) == 1


@pytest.mark.parametrize("way", ["redirect", "page"])
def test_the_token_goes_to_its_own_server_only(gitlab, at, way):
    with gitlab_stand_in() as other:
        elsewhere = f"{other.url.replace('127.0.0.1', 'localhost')}/api/v4/user"
        if way == "redirect":
            gitlab.redirect_to = elsewhere
        else:
            gitlab.next_link = elsewhere
            for number in range(120):
                gitlab.add_note(MERGE_REQUEST, "jo", f"note {number}")
        assert len(deliver(at()).warnings) == 1
        assert other.requests == []


@pytest.mark.parametrize("url", ["", "http://gitlab.example.com", "ftp://gitlab.example.com", "https://u:p@127.0.0.1"])
def test_a_server_without_https_gets_nothing(gitlab, at, url):
    assert deliver(at(CI_SERVER_URL=url)).warnings == (f"{NOTE}: CI_SERVER_URL is not an https URL.",)


def test_no_proxy_gets_the_token_in_plain_text(gitlab, at, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    (warning,) = deliver(at()).warnings
    assert "a proxy would get the token in plain text" in warning
    assert gitlab.requests == []


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_PROJECT_ID": "34"}, MergeRequest("34", 3)),
        (
            {"CI_OPEN_MERGE_REQUESTS": "x/y!3,acme/shop!12", "CI_PROJECT_PATH": "acme/shop"},
            MergeRequest("acme/shop", 12),
        ),
        ({"CI_OPEN_MERGE_REQUESTS": "x/y!3", "CI_PROJECT_PATH": "acme/shop"}, None),
        ({}, None),
    ],
)
def test_the_merge_request_is_that_of_the_pipeline_or_of_the_branch(environ, found):
    assert merge_request_of(environ) == found


def test_a_branch_without_a_merge_request_gets_no_note_and_no_notice(gitlab, at):
    published = deliver(at({"token": None}, CI_MERGE_REQUEST_IID="", CI_PIPELINE_SOURCE="push"))
    assert published == publish.Published(report())
    assert deliver(at(CI_MERGE_REQUEST_IID="", CI_OPEN_MERGE_REQUESTS=f"acme/shop!{MERGE_REQUEST}")).warnings == ()
    assert len(gitlab.bodies()) == 1
    assert PROJECT_ID not in gitlab.requests[0].path


def test_k6ci_imports_the_library_only_to_write_a_note():
    code = "import sys, k6ci.cli, k6ci.publish.merge_request_note; sys.exit('gitlab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
