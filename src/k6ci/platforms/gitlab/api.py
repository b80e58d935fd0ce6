"""The only user of python-gitlab: the notes of one merge request, bounded in time. Its calls block.

The token is sent to the server of CI_SERVER_URL only, and in plain text to loopback only: redirects are not followed,
and pages that lead to another server are refused. A POST is never repeated here.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

import gitlab
import gitlab.exceptions
import requests
import requests.adapters

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
from k6ci.platforms.host import Comment, HostError

# GitLab executes lines that begin with a slash and a command (/merge, /close), also in notes of the API.
_QUICK_ACTION: Final = re.compile(r"^(\s*)/", re.MULTILINE)
# What python-gitlab raises for an answer of another form.
_ODD_ANSWERS: Final = (AttributeError, KeyError, TypeError, ValueError)


class MergeRequestNotes:
    """A CommentThread (host.py)."""

    def __init__(
        self, environ: Mapping[str, str], project: str, merge_request: int, token: str, is_left: threading.Event
    ) -> None:
        """Send nothing yet.

        Args:
            environ: CI_SERVER_URL of the job.
            project: the number or path of the project that has the merge request.
            merge_request: its number in the project.
            token: a project or group access token with the scope `api`.
            is_left: set once nobody waits any more; then no further request is sent.

        Raises:
            HostError: CI_SERVER_URL is not usable.
        """
        url = checked_url(environ.get("CI_SERVER_URL", ""), "CI_SERVER_URL")
        self._client = gitlab.Gitlab(
            url,
            oauth_token=token.strip(),  # sent as `Authorization: Bearer`, which access tokens of projects may use
            ssl_verify=trusted_certificates(),
            timeout=REQUEST_SECONDS,
            per_page=PAGE_SIZE,
            user_agent=f"k6ci/{k6ci.__version__}",
            keep_base_url=True,
            session=_Session(url, is_left),
        )
        self._notes = self._client.projects.get(project, lazy=True).mergerequests.get(merge_request, lazy=True).notes

    def comments(self) -> Iterator[Comment]:
        """All notes of all pages, the oldest first; without those that GitLab wrote about changes."""
        with _explained():
            for one in self._notes.list(iterator=True, order_by="created_at", sort="asc"):
                if not one.system:
                    yield Comment(one.id, (one.author or {}).get("username", ""), one.body or "")

    def own_name(self) -> str:
        """The user name of the token; tokens of projects and groups have a user of their own."""
        with _explained():
            self._client.auth()
            return str(self._client.user.username if self._client.user is not None else "")

    def create(self, body: str) -> None:
        """Write another note."""
        with _explained():
            self._notes.create({"body": _without_quick_actions(body)})

    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a note."""
        with _explained():
            self._notes.update(comment.number, {"body": _without_quick_actions(body)})


class _Session(requests.Session):
    """Sends requests to one server, follows no redirect, and repeats what changes nothing or always the same."""

    def __init__(self, url: str, is_left: threading.Event) -> None:
        super().__init__()
        self._url, self._is_left = url, is_left
        for scheme in ("https://", "http://"):
            self.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retry("GET", "PUT")))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Called for each request, pages included.

        Raises:
            HostError: nobody waits any more, the request is for another server, or the rate limit is reached.
        """
        if self._is_left.is_set():
            raise HostError("it was abandoned", is_uncertain=True)
        if not (request.url or "").startswith(f"{self._url}/api/"):
            raise HostError("GitLab's answer leads to another server")
        response = super().send(request, **options)
        if response.status_code == requests.codes.too_many_requests:  # python-gitlab would wait for minutes
            raise HostError("GitLab's rate limit is reached (HTTP 429)")
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow no redirect: the token is for this server."""
        del resp


def _without_quick_actions(body: str) -> str:
    return _QUICK_ACTION.sub(r"\1\\/", body)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what python-gitlab and requests raise into a HostError.

    Raises:
        HostError: why the request failed.
    """
    try:
        yield
    except gitlab.exceptions.GitlabError as error:
        raise _status_error(error) from None
    except requests.RequestException as error:
        raise connection_error(error, "GitLab") from None
    except _ODD_ANSWERS as error:
        raise HostError(f"GitLab's answer is not usable ({type(error).__name__})", is_uncertain=True) from None


def _status_error(error: gitlab.exceptions.GitlabError) -> HostError:
    status = error.response_code
    if status is None:
        return HostError("GitLab's answer is not usable", is_uncertain=True)
    if status >= FIRST_SERVER_ERROR:
        return HostError(f"GitLab failed (HTTP {status})", is_uncertain=True)
    if status == requests.codes.unauthorized:
        return HostError("GitLab refused K6CI_GITLAB_TOKEN (HTTP 401): it may have expired, or is no access token")
    if status in (requests.codes.forbidden, requests.codes.not_found):
        needs = "the scope api, and the role Reporter in this project"
        return HostError(f"K6CI_GITLAB_TOKEN has no permission (HTTP {status}): it needs {needs}", is_forbidden=True)
    said = one_line(str(error.error_message))[:LONGEST_MESSAGE]
    return HostError(f"GitLab refused it (HTTP {status}: {said})")
