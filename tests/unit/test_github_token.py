"""Where the token for GitHub's API goes, and where it does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from api_stand_in import Fault
from github_api import REPOSITORY, github_stand_in
from github_deliveries import BOTH, check_runs, deliver
from tls_front import NAME, tls_front

pytestmark = pytest.mark.unmeasured


def test_the_token_goes_to_its_own_host_only(github, at):
    """Neither the next page nor a renamed repository leads it elsewhere."""
    with github_stand_in() as other:
        for number in range(120):
            github.add_comment(7, "octocat", str(number))
        github.next_link = f"{other.url}/repos/{REPOSITORY}/issues/7/comments?page=2"
        assert "not usable" in deliver(at(options={"has_check_run": False})).warnings[0]
        elsewhere = f"{other.url}/repositories/1/issues/7/comments"
        elsewhere = elsewhere.replace("127.0.0.1", "localhost")
        github.faults = [Fault("GET", "", status=301, headers={"Location": elsewhere})]
        assert "not usable" in deliver(at(options={"has_check_run": False})).warnings[0]
        assert other.requests == []


@pytest.mark.parametrize(
    "url", ["http://github.example/api/v3", "https://me@github.example/api", "ftp://x", "nonsense", "https://["]
)
def test_an_address_that_would_leak_the_token_is_not_used(at, url):
    (warning,) = deliver(at(GITHUB_API_URL=url)).warnings
    assert warning == f"{BOTH}: GITHUB_API_URL is not an https URL."


def test_the_token_of_an_enterprise_server_never_goes_to_github_com(at):
    (warning,) = deliver(at(GITHUB_API_URL="", GITHUB_SERVER_URL="https://github.example")).warnings
    assert warning == f"{BOTH}: GITHUB_API_URL is not set."


def test_a_company_has_its_own_authority_and_proxy(github, at, tmp_path, monkeypatch):
    """The authorities of SSL_CERT_FILE count for GitHub's API, too; without one nothing is sent."""
    port = int(github.url.rpartition(":")[2])
    with tls_front(tmp_path, port) as front:
        monkeypatch.setenv("HTTPS_PROXY", front.proxy)
        destination = at(GITHUB_API_URL=f"https://{NAME}")
        assert "certificate was refused" in deliver(destination).warnings[0]
        assert github.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        assert deliver(destination).warnings == ()
    assert check_runs(github) == [("completed", "success")]


def test_no_proxy_gets_the_token_in_plain_text(github, at, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    (warning,) = deliver(at()).warnings
    assert "a proxy would get the token in plain text" in warning
    assert github.requests == []


def test_k6ci_starts_without_pygithub():
    """Its import takes a quarter of a second."""
    modules = "sys, k6ci.cli, k6ci.publish.check_run, k6ci.publish.pull_request_comment"
    code = f"import {modules}; print('github' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
