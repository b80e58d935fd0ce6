"""The only user of PyGithub: one client for one repository of one host, bounded in time. Its calls block.

GitHub.com or an Enterprise Server, by GITHUB_API_URL. The token is sent to that host only, and in plain text to
loopback only. PyGithub refuses redirects and pages that lead to another host. It repeats GET only.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Final, Self

import github
import github.Repository
import requests

import k6ci
from k6ci.lines import one_line
from k6ci.platforms.connection import (
    FIRST_SERVER_ERROR,
    LONGEST_MESSAGE,
    PAGE_SIZE,
    REQUEST_SECONDS,
    checked_url,
    connection_error,
    retry,
    trusted_certificates,
)
from k6ci.platforms.host import HostError

_DEFAULT_URL: Final = "https://api.github.com"
_DEFAULT_SERVER: Final = "https://github.com"
_PAUSES_SECONDS: Final = (0.3, 0.6)
_JOBS_OWN_NAME: Final = "github-actions[bot]"
# What PyGithub raises for an answer of another form, and for a redirect that it does not follow.
_ODD_ANSWERS: Final = (
    AssertionError,
    AttributeError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
    github.BadAttributeException,
)


class GitHubApi:
    """Requests about the repository of the job; a context manager that closes its connections."""

    def __init__(self, environ: Mapping[str, str], token: str, is_left: threading.Event) -> None:
        """Send nothing yet.

        Args:
            environ: GITHUB_API_URL, GITHUB_SERVER_URL and GITHUB_REPOSITORY of the job.
            token: for the host of GITHUB_API_URL.
            is_left: set once nobody waits any more; then no further request is sent.

        Raises:
            HostError: one of the variables is not usable.
        """
        url, self._name = _api_url(environ), environ.get("GITHUB_REPOSITORY", "")
        if self._name.count("/") != 1:
            raise HostError("GITHUB_REPOSITORY is not owner/name")
        self._is_left = is_left
        self._client = github.Github(
            auth=_Token(token.strip(), is_left),
            base_url=url,
            timeout=REQUEST_SECONDS,
            user_agent=f"k6ci/{k6ci.__version__}",
            per_page=PAGE_SIZE,
            verify=trusted_certificates(),
            retry=retry("GET"),
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def repository(self) -> github.Repository.Repository:
        """The repository of the job, without a request."""
        return self._client.get_repo(self._name)

    def repeat(self, send: Callable[[], object], had_effect: Callable[[], bool] = lambda: False) -> None:
        """Send a request; repeat it if GitHub may have failed to handle it.

        Args:
            send: sends the request.
            had_effect: asks GitHub whether a request without a usable answer had its effect nevertheless; needed for a
                request that GitHub must not handle twice.

        Raises:
            HostError: why it failed.
        """
        for pause in _PAUSES_SECONDS:
            try:
                with explained():
                    send()
            except HostError as error:
                if not error.is_uncertain or self._is_left.wait(pause):
                    raise
                if had_effect():
                    return
            else:
                return
        with explained():
            send()

    def own_name(self) -> str:
        """The user name under which the token writes; `github-actions[bot]` for the token of a job.

        Only GraphQL has an answer for tokens of apps, such as that of a job. A server may have turned it off.
        """
        for ask in (self._viewer, self._user):
            try:
                with explained():
                    return ask()
            except HostError as error:
                if error.is_uncertain:
                    raise
        return _JOBS_OWN_NAME

    def _viewer(self) -> str:
        _, answer = self._client.requester.graphql_query("query { viewer { login } }", {})
        return str(answer["data"]["viewer"]["login"])

    def _user(self) -> str:
        return self._client.get_user().login

    def pull_request_of(self, head_label: str, head_sha: str) -> int | None:
        """The number of the open pull request whose head is this commit of `owner:branch`; None if there is none."""
        with explained():
            for one in self.repository.get_pulls(state="open", head=head_label):
                if one.head.sha == head_sha and one.head.label == head_label:
                    return one.number
        return None


def _api_url(environ: Mapping[str, str]) -> str:
    """The address of the API of the server that runs the job.

    Raises:
        HostError: it is unknown, or the token would be sent in plain text.
    """
    url, server = environ.get("GITHUB_API_URL"), environ.get("GITHUB_SERVER_URL") or _DEFAULT_SERVER
    if not url and server.rstrip("/") != _DEFAULT_SERVER:  # the token of an Enterprise Server is not for github.com
        raise HostError("GITHUB_API_URL is not set")
    return checked_url(url or _DEFAULT_URL, "GITHUB_API_URL")


class _Token(github.Auth.Token):
    """Adds the token to a request, as long as somebody waits for the answer."""

    def __init__(self, token: str, is_left: threading.Event) -> None:
        super().__init__(token)
        self._is_left = is_left

    def authentication(self, headers: dict[str, str]) -> None:
        """Called by PyGithub before each request, pages included.

        Raises:
            HostError: nobody waits any more.
        """
        if self._is_left.is_set():
            raise HostError("it was abandoned", is_uncertain=True)
        super().authentication(headers)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what PyGithub and requests raise into a HostError.

    Raises:
        HostError: why the request failed.
    """
    try:
        yield
    except github.GithubException as error:
        raise _status_error(error) from None
    except requests.RequestException as error:
        raise connection_error(error, "GitHub") from None
    except _ODD_ANSWERS as error:
        raise HostError(f"GitHub's answer is not usable ({type(error).__name__})", is_uncertain=True) from None


def _status_error(error: github.GithubException) -> HostError:
    status = error.status
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    is_limited = (
        isinstance(error, github.RateLimitExceededException)
        or status == requests.codes.too_many_requests
        or "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
    )
    if status >= FIRST_SERVER_ERROR:
        return HostError(f"GitHub failed (HTTP {status})", is_uncertain=True)
    if is_limited and status in (requests.codes.forbidden, requests.codes.too_many_requests):
        return HostError(f"GitHub's rate limit is reached (HTTP {status})")
    if status == requests.codes.unauthorized:
        return HostError("GitHub refused the token (HTTP 401)")
    is_forbidden = status in (requests.codes.forbidden, requests.codes.not_found)
    return HostError(f"GitHub refused it (HTTP {status}{_said(error)})", is_forbidden=is_forbidden)


def _said(error: github.GithubException) -> str:
    said = error.data.get("message") if isinstance(error.data, dict) else None
    return f": {one_line(str(said))[:LONGEST_MESSAGE]}" if said else ""
