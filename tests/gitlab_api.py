"""A stand-in for GitLab's REST API on loopback: the notes of merge requests, users and scopes of tokens, and faults.

Written from GitLab's documentation (docs.gitlab.com/api: notes, users, rest/#pagination, rest/authentication). The
server has `X-Next-Page` and `Link`, as GitLab has.
"""

from __future__ import annotations

import collections
import dataclasses
import re
import secrets
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api_stand_in import RefusedError, Request, StandIn, serving

PROJECT = "acme/shop"
PROJECT_ID = "34"
MERGE_REQUEST = 7


@dataclasses.dataclass(frozen=True)
class TokenUser:
    """Whom a token belongs to. The token of a job may not use this API."""

    username: str
    may_write: bool = True
    is_job: bool = False


class GitLabStandIn(StandIn):
    """The state, and the routes as methods; `url` is what CI_SERVER_URL has."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self.users: dict[str, TokenUser] = {}
        self.notes: dict[int, list[dict[str, Any]]] = collections.defaultdict(list)
        self.redirect_to: str | None = None
        self.token = self.add_user(TokenUser("project_34_bot_k6ci"))

    def add_user(self, user: TokenUser) -> str:
        token = f"glpat-{secrets.token_hex(10)}"
        self.users[token] = user
        return token

    def add_note(self, number: int, username: str, body: str, *, system: bool = False) -> dict[str, Any]:
        note = {"id": next(self._numbers), "body": body, "author": {"username": username}, "system": system}
        self.notes[number].append(note)
        return note

    def bodies(self, number: int = MERGE_REQUEST) -> list[str]:
        return [one["body"] for one in self.notes[number]]

    def environ(self, **more: str) -> dict[str, str]:
        return {
            "GITLAB_CI": "true",
            "CI_SERVER_URL": self.url,
            "CI_PROJECT_PATH": PROJECT,
            "CI_PROJECT_ID": PROJECT_ID,
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_IID": str(MERGE_REQUEST),
            "CI_MERGE_REQUEST_PROJECT_ID": PROJECT_ID,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": PROJECT_ID,
            "CI_JOB_NAME": "k6-cloud",
            **more,
        }

    def answer(self, request: Request) -> tuple[int, dict[str, str], Any]:
        if self.redirect_to is not None:
            return 302, {"Location": self.redirect_to}, {}
        user = self.users.get(request.authorization.removeprefix("Bearer "))
        if user is None or user.is_job:
            raise RefusedError(401, {"message": "401 Unauthorized"})
        path = request.path.removeprefix("/api/v4")
        if (request.method, path) == ("GET", "/user"):
            return 200, {}, {"id": 9, "username": user.username}
        found = re.fullmatch(r"/projects/([^/]+)/merge_requests/(\d+)/notes(?:/(\d+))?", path)
        if found is None or urllib.parse.unquote(found[1]) not in (PROJECT, PROJECT_ID):
            raise RefusedError(404, {"message": "404 Project Not Found"})
        with self._lock:
            return self._on_notes(request, user, int(found[2]), found[3])

    def _on_notes(self, request: Request, user: TokenUser, number: int, note: str | None):
        if request.method == "GET" and note is None:
            return self._page(request, self.notes[number])
        if not user.may_write:
            raise RefusedError(403, {"error": "insufficient_scope", "error_description": "needs api"})
        assert len(request.body["body"]) <= 1_000_000
        assert not re.search(r"^\s*/\w", request.body["body"], re.MULTILINE), "GitLab would execute a quick action"
        if request.method == "POST" and note is None:
            return 201, {}, self.add_note(number, user.username, request.body["body"])
        own = next((one for one in self.notes[number] if str(one["id"]) == note), None)
        if request.method != "PUT" or own is None:
            raise RefusedError(404, {"message": "404 Not found"})
        if own["author"]["username"] != user.username:
            raise RefusedError(403, {"message": "403 Forbidden"})
        own["body"] = request.body["body"]
        return 200, {}, own

    def _page(self, request: Request, notes: list[dict[str, Any]]):
        assert (request.query["order_by"], request.query["sort"]) == ("created_at", "asc")
        size, page = int(request.query.get("per_page", 20)), int(request.query.get("page", 1))
        assert size <= 100
        if page * size >= len(notes):
            return 200, {"X-Next-Page": ""}, notes[(page - 1) * size :]
        headers = {"X-Next-Page": str(page + 1), "Link": self.link_to(request, page + 1)}
        return 200, headers, notes[(page - 1) * size : page * size]


@contextmanager
def gitlab_stand_in(prefix: str = "") -> Iterator[GitLabStandIn]:
    """A running stand-in; with a prefix GitLab is below a path of its server."""
    with serving(GitLabStandIn(prefix)) as state:
        yield state
