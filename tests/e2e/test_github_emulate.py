"""Comment and check against `emulate`, an emulation of GitHub's API that nobody here wrote (npm, in `make tools`).

It has users with tokens, but no apps' tokens without a key, and no GraphQL: the author is the user of the token.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from pathlib import Path

import anyio
import httpx
import pytest

from faces import TOOLS
from github_api import write_event
from k6ci import publish
from k6ci.errors import ExitCode
from k6ci.platforms import detect_platform
from k6ci.publish.delivery import Destination, PullRequestReport, ReportFiles
from k6ci.redaction import Redactor
from k6ci.results.model import Decision, Report, RunReport, Threshold, Verdict
from k6ci.runs.interruption import Interruption

pytestmark = pytest.mark.e2e
PROGRAM = TOOLS / "node_modules" / "emulate" / "dist" / "index.js"
REPOSITORY = "/repos/octocat/shop"
SEED = {
    "tokens": {"token-of-octocat": {"login": "octocat"}, "token-of-mallory": {"login": "mallory"}},
    "github": {
        "users": [{"login": "octocat"}, {"login": "mallory"}],
        "repos": [{"owner": "octocat", "name": "shop", "auto_init": True}],
    },
}
# It would listen on every address of the machine.
ON_LOOPBACK = """
const net = require('net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, host, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest.concat(typeof host === 'function' ? [host] : []));
};
"""


@pytest.fixture(scope="module")
def github(tmp_path_factory):
    """Clients of the running emulation, by login; an issue stands for the pull request, as in GitHub's API."""
    folder = tmp_path_factory.mktemp("emulate")
    (folder / "seed.json").write_text(json.dumps(SEED))
    (folder / "loopback.cjs").write_text(ON_LOOPBACK)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    options = ["--service", "github", "--port", str(port), "--base-url", url, "--seed", str(folder / "seed.json")]
    with (
        open(folder / "log", "w") as log,  # noqa: PTH123
        subprocess.Popen(
            ["node", "--require", str(folder / "loopback.cjs"), str(PROGRAM), *options],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            clients = {
                entry["login"]: httpx.Client(
                    base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
                )
                for token, entry in SEED["tokens"].items()
            }
            wait_for(clients["octocat"], folder / "log")
            yield clients
        finally:
            for client in clients.values():
                client.close()
            process.terminate()
            process.wait(10)


def wait_for(client: httpx.Client, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            client.get("/user").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture
def pull_request(github) -> int:
    return github["octocat"].post(f"{REPOSITORY}/issues", json={"title": "a change"}).json()["number"]


def deliver(github, tmp_path, number: int, verdict: Verdict, thresholds=()) -> publish.Published:
    client = github["octocat"]
    sha = client.get(f"{REPOSITORY}/commits").json()[0]["sha"]
    event = Path(write_event(tmp_path, number))
    payload = json.loads(event.read_text())
    payload["pull_request"]["head"]["sha"] = sha
    event.write_text(json.dumps(payload))
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": str(client.base_url),
        "GITHUB_REPOSITORY": "octocat/shop",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_RUN_ID": "9",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_JOB": "load",
        "GITHUB_WORKFLOW": "Load test",
    }
    report = PullRequestReport("token-of-octocat", "on-change", has_check_run=True)
    files = ReportFiles(tmp_path / "report", tmp_path)
    destination = Destination(files, detect_platform(environ), environ, tmp_path, report)
    decision = Decision(verdict, ExitCode.PASSED, f"It is {verdict}.")
    run = RunReport("a.js", decision, thresholds=tuple(thresholds))

    async def story() -> publish.Published:
        interruption = Interruption()
        await publish.begin(destination, interruption)
        return await publish.publish(Report(decision, False, (run,)), destination, Redactor(), interruption)

    return anyio.run(story)


def comments(github, number: int) -> list[tuple[str, str]]:
    found = github["octocat"].get(f"{REPOSITORY}/issues/{number}/comments", params={"per_page": 100, "page": 2}).json()
    first = github["octocat"].get(f"{REPOSITORY}/issues/{number}/comments", params={"per_page": 100}).json()
    return [(one["user"]["login"], one["body"]) for one in [*first, *found]]


def test_the_second_run_edits_the_comment_of_the_first_behind_120_others(github, pull_request, tmp_path):
    for number in range(119):
        github["octocat"].post(f"{REPOSITORY}/issues/{pull_request}/comments", json={"body": f"comment {number}"})
    assert deliver(github, tmp_path, pull_request, Verdict.PASSED).warnings == ()
    first = comments(github, pull_request)
    github["mallory"].post(f"{REPOSITORY}/issues/{pull_request}/comments", json={"body": first[-1][1]})
    assert deliver(github, tmp_path, pull_request, Verdict.FAILED).warnings == ()
    after = comments(github, pull_request)
    assert len(after) == 121
    assert (after[-2][0], "k6 load test: failed" in after[-2][1]) == ("octocat", True)
    assert after[-1] == ("mallory", first[-1][1])


def test_the_check_is_concluded_with_its_annotations(github, pull_request, tmp_path):
    """Those of one request: on GitHub an update adds annotations, here it replaces them."""
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(50)]
    assert deliver(github, tmp_path, pull_request, Verdict.FAILED, crossed).warnings == ()
    client = github["octocat"]
    sha = client.get(f"{REPOSITORY}/commits").json()[0]["sha"]
    found = client.get(f"{REPOSITORY}/commits/{sha}/check-runs", params={"filter": "all"}).json()["check_runs"]
    assert {one["status"] for one in found} == {"completed"}
    newest = max(found, key=lambda one: one["id"])
    assert (newest["conclusion"], newest["output"]["annotations_count"]) == ("failure", 50)
