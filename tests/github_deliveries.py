"""Makes the deliveries to GitHub's API, in a job on a stand-in of GitHub."""

from __future__ import annotations

import anyio
import pytest

from github_api import github_stand_in, write_event
from github_runner.files import parse_pairs
from k6ci import publish
from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.publish.delivery import Destination, PullRequestReport, ReportFiles
from k6ci.redaction import Redactor
from k6ci.results.model import Decision, Report, RunReport, Verdict
from k6ci.runs.interruption import Interruption

BOTH = "the check run and the pull request comment could not be written"


@pytest.fixture(params=[""])
def github(request):
    with github_stand_in(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def at(github, tmp_path, monkeypatch):
    """Makes destinations for jobs of this GitHub; only the deliveries to its API are made."""
    monkeypatch.setattr(publish, "MODULES", ("check_run", "pull_request_comment"))

    def destination(event="pull_request", payload=None, options=None, **environ) -> Destination:
        if payload is not False:
            environ.setdefault("GITHUB_EVENT_PATH", write_event(tmp_path, **(payload or {})))
        environ = github.environ(event, GITHUB_OUTPUT=str(tmp_path / "outputs"), **environ)
        settings = {"token": environ["K6CI_GITHUB_TOKEN"], "comment": "on-change", "has_check_run": True}
        report = PullRequestReport(**(settings | (options or {})))
        files = ReportFiles(tmp_path / "report", tmp_path)
        return Destination(files, detect_platform(environ), environ, tmp_path, report)

    return destination


def report(verdict=Verdict.PASSED, thresholds=(), script="a.js"):
    decision = Decision(verdict, ExitCode.PASSED, f"It is {verdict}.")
    return Report(decision, is_emulated=False, runs=(RunReport(script, decision, thresholds=tuple(thresholds)),))


def deliver(destination, what=None, *, begins=True) -> publish.Published:
    async def story() -> publish.Published:
        interruption = Interruption()
        if begins:
            await publish.begin(destination, interruption)
        return await publish.publish(what or report(), destination, Redactor(), interruption)

    return anyio.run(story)


def bodies(github, pull_request=7):
    return [one["body"] for one in github.comments[pull_request]]


def check_runs(github):
    return [(one["status"], one["conclusion"]) for one in github.check_runs]


def left_open(tmp_path) -> str:
    return parse_pairs((tmp_path / "outputs").read_text(encoding="utf-8"))["check-run"]
