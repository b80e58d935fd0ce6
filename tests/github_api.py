"""A stand-in for GitHub's REST API on loopback: comments, check runs, pull requests, permissions, and faults.

Written from GitHub's documentation (docs.github.com/en/rest: issues/comments, checks/runs, pulls; using pagination,
rate limits, troubleshooting). It is stricter than GitHub where k6ci must not rely on leniency.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from api_stand_in import RefusedError, Request, StandIn, serving

REPOSITORY = "octocat/shop"
HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
WRITES = frozenset({"pull-requests", "checks"})
MAX_COMMENT = 65_536
MAX_TEXT = 65_535
MAX_ANNOTATIONS = 50
NO_ACCESS = {"message": "Resource not accessible by integration"}


@dataclasses.dataclass(frozen=True)
class User:
    """Who a token belongs to. Only apps may write check runs, as on GitHub."""

    login: str
    writes: frozenset[str] = WRITES
    is_app: bool = True


class GitHubStandIn(StandIn):
    """The state, and the routes as methods; `url` is what GITHUB_API_URL has."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self.users: dict[str, User] = {}
        self.comments: dict[int, list[dict[str, Any]]] = collections.defaultdict(list)
        self.check_runs: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.commits = {HEAD}
        self.token = self.add_user(User("github-actions[bot]"))

    def add_user(self, user: User) -> str:
        token = f"ghs_{secrets.token_hex(18)}"
        self.users[token] = user
        return token

    def add_comment(self, pull_request: int, login: str, body: str) -> dict[str, Any]:
        number = next(self._numbers)
        comment = {
            "id": number,
            "url": f"{self.url}/repos/{REPOSITORY}/issues/comments/{number}",
            "body": body,
            "user": {"login": login, "id": 1, "type": "Bot" if login.endswith("[bot]") else "User"},
        }
        self.comments[pull_request].append(comment)
        return comment

    def sent(self, method: str, path: str = "") -> list[Request]:
        return [one for one in self.requests if one.method == method and re.search(path, one.path)]

    def environ(self, event: str = "pull_request", **more: str) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_SHA": "f" * 40,
            "GITHUB_RUN_ID": "9",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_JOB": "load",
            "GITHUB_WORKFLOW": "Load test",
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/load.yml@refs/pull/7/merge",
            "K6CI_GITHUB_TOKEN": self.token,
            **more,
        }

    def answer(self, request: Request) -> tuple[int, dict[str, str], Any]:
        user = self.users.get(request.authorization.partition(" ")[2])
        if user is None:
            raise RefusedError(401, {"message": "Bad credentials"})
        if request.path == "/graphql":
            return 200, {}, {"data": {"viewer": {"login": user.login}}}
        for method, pattern, route in self._routes():
            found = re.fullmatch(pattern, request.path.removeprefix(f"/repos/{REPOSITORY}"))
            if found and method == request.method:
                with self._lock:
                    return route(request, user, *found.groups())
        raise RefusedError(404, {"message": "Not Found"})

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, dict[str, str], Any]]]]:
        return [
            ("GET", r"/issues/(\d+)/comments", self._list_comments),
            ("POST", r"/issues/(\d+)/comments", self._create_comment),
            ("PATCH", r"/issues/comments/(\d+)", self._edit_comment),
            ("GET", r"/commits/(\w+)/check-runs", self._list_check_runs),
            ("POST", r"/check-runs", self._create_check_run),
            ("GET", r"/check-runs/(\d+)", self._get_check_run),
            ("PATCH", r"/check-runs/(\d+)", self._edit_check_run),
            ("GET", r"/pulls", self._list_pulls),
        ]

    def _page(self, request: Request, found: list[Any]) -> tuple[dict[str, str], list[Any]]:
        size, page = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
        assert size <= 100
        headers = {"Link": self.link_to(request, page + 1)} if page * size < len(found) else {}
        return headers, found[(page - 1) * size : page * size]

    def _list_comments(self, request, user, number):
        headers, found = self._page(request, self.comments[int(number)])
        return 200, headers, found

    def _create_comment(self, request, user, number):
        self._require(user, "pull-requests")
        self._limit(request.body["body"], MAX_COMMENT, "body")
        return 201, {}, self.add_comment(int(number), user.login, request.body["body"])

    def _edit_comment(self, request, user, number):
        self._require(user, "pull-requests")
        self._limit(request.body["body"], MAX_COMMENT, "body")
        every = itertools.chain.from_iterable(self.comments.values())
        comment = next((one for one in every if one["id"] == int(number)), None)
        if comment is None or comment["user"]["login"] != user.login:
            raise RefusedError(403, NO_ACCESS)
        comment["body"] = request.body["body"]
        return 200, {}, comment

    def _list_check_runs(self, request, user, sha):
        found = [one for one in self.check_runs if one["head_sha"] == sha]
        if "check_name" in request.query:
            found = [one for one in found if one["name"] == request.query["check_name"]]
        if request.query.get("filter", "latest") == "latest":
            found = list({one["name"]: one for one in found}.values())
        headers, page = self._page(request, found)
        return 200, headers, {"total_count": len(found), "check_runs": page}

    def _create_check_run(self, request, user, *_):
        self._require(user, "checks")
        if request.body["head_sha"] not in self.commits:
            raise RefusedError(422, {"message": f"No commit found for SHA: {request.body['head_sha']}"})
        number = next(self._numbers)
        url = f"{self.url}/repos/{REPOSITORY}/check-runs/{number}"
        check_run = {"id": number, "url": url, "conclusion": None, "status": "queued", "annotations": []}
        self._update(check_run, request.body)
        self.check_runs.append(check_run)
        return 201, {}, _shown(check_run)

    def _check_run(self, number: str) -> dict[str, Any]:
        for one in self.check_runs:
            if one["id"] == int(number):
                return one
        raise RefusedError(404, {"message": "Not Found"})

    def _get_check_run(self, request, user, number):
        return 200, {}, _shown(self._check_run(number))

    def _edit_check_run(self, request, user, number):
        self._require(user, "checks")
        check_run = self._check_run(number)
        self._update(check_run, request.body)
        return 200, {}, _shown(check_run)

    def _update(self, check_run: dict[str, Any], body: dict[str, Any]) -> None:
        output = body.get("output")
        if output is not None:
            assert {"title", "summary"} <= output.keys()
            self._limit(output["summary"], MAX_TEXT, "summary")
            annotations = output.get("annotations", [])
            if len(annotations) > MAX_ANNOTATIONS:
                raise RefusedError(422, {"message": "Invalid request.\n\nNo more than 50 items are allowed"})
            for one in annotations:
                assert not one["path"].startswith("/")
                assert one["start_line"] >= 1
                self._limit(one["title"], 255, "title")
            check_run["annotations"] += annotations
        check_run.update({key: value for key, value in body.items() if value is not None})
        if body.get("conclusion"):
            check_run["status"] = "completed"

    def _list_pulls(self, request, user, *_):
        wanted = request.query.get("head")
        found = [one for one in self.pulls if wanted in (None, one["head"]["label"])]
        headers, page = self._page(request, found)
        return 200, headers, page

    @staticmethod
    def _require(user: User, permission: str) -> None:
        if permission not in user.writes or (permission == "checks" and not user.is_app):
            raise RefusedError(403, NO_ACCESS)

    @staticmethod
    def _limit(text: str, most: int, field: str) -> None:
        if len(text) > most:
            raise RefusedError(
                422, {"message": f"Validation Failed: {field} is too long (maximum is {most} characters)"}
            )


def _shown(check_run: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in check_run.items() if name != "annotations"}
    output = {"title": None, "summary": None, **(check_run.get("output") or {})}
    return shown | {"output": {**output, "annotations": None, "annotations_count": len(check_run["annotations"])}}


@contextmanager
def github_stand_in(prefix: str = "") -> Iterator[GitHubStandIn]:
    """A running stand-in; with the prefix `/api/v3` it is an Enterprise Server."""
    with serving(GitHubStandIn(prefix)) as state:
        yield state


def write_event(folder: Any, pull_request: int = 7, *, is_fork: bool = False, **payload: Any) -> str:
    """The payload of a pull request's event in a file; its path."""
    head = "mallory/shop" if is_fork else REPOSITORY
    of_pull_request = {
        "pull_request": {
            "number": pull_request,
            "head": {"sha": HEAD, "repo": {"full_name": head}},
            "base": {"sha": "b" * 40, "repo": {"full_name": REPOSITORY}},
        }
    }
    path = folder / "event.json"
    path.write_text(json.dumps(payload or of_pull_request), encoding="utf-8")
    return str(path)
