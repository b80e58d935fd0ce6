"""The calls of Grafana Cloud k6 that k6ci makes: REST v6, and the v5 metrics queries. One method, one request.

Facts: Grafana's OpenAPI document 1.12.0; for v5 the metrics documentation.
"""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import urllib.parse
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, TypeVar

from k6ci.clock import Clock
from k6ci.cloud.coding import about, as_content, as_form, model, models, odata, upload_seconds
from k6ci.cloud.failures import BadAnswerError, NoAnswerError
from k6ci.cloud.models import (
    Auth,
    Limits,
    LoadTest,
    LoadZone,
    Metric,
    Project,
    QueryAnswer,
    Sample,
    StartedRun,
    TestRun,
    ValidatedOptions,
    Wire,
)
from k6ci.cloud.retry import ONCE, RetryPolicy, retried
from k6ci.cloud.transport import Transport

Model = TypeVar("Model", bound=Wire)

V6: Final = "/cloud/v6"
V5: Final = "/cloud/v5"
_LISTED: Final = 1000
# A run is a hundred times as long as a project.
_LISTED_RUNS: Final = 100
_PAGES: Final = 100
_MOST: Final = 10_000
_LIST_SECONDS: Final = 120.0
# The contract knows the first two.
_SCRIPT_KINDS: Final = ("application/x-tar", "text/javascript", "application/javascript", "application/octet-stream")
# The server's Date is cut to whole seconds.
_CLOCK_TOLERANCE: Final = dt.timedelta(seconds=1.5)
# A clock that is farther off is not believed when runs are looked for.
_LARGEST_OFFSET: Final = dt.timedelta(days=1)
# The cloud takes archives of 100 MB.
_LARGEST_SCRIPT: Final = 110_000_000
_SCRIPT_SECONDS: Final = 60.0


class CloudClient:
    """A client for one stack (`stack_id` None until it is resolved); an async context manager.

    Every method raises CallError (failures.py), after the retries of `policy`.
    """

    def __init__(self, transport: Transport, clock: Clock, policy: RetryPolicy | None = None) -> None:
        self._transport = transport
        self._clock = clock
        self._policy = policy or RetryPolicy()
        self.stack_id: int | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API."""
        return self._transport.origin

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    @property
    def clock_offset(self) -> dt.timedelta:
        """How far the server's clock is ahead of ours, to the second."""
        return self._transport.clock_offset

    async def authenticate(self, stack_url: str) -> Auth:
        """Whether the token is accepted for a stack, and the stack's number. 401, 403 otherwise; never 404."""
        headers = {"X-Stack-Url": stack_url}
        return await self._read(Auth, "GET", f"{V6}/auth", "checking the token", headers=headers)

    async def project(self, project_id: int) -> Project:
        """One project; 404 when it is not visible to the token."""
        doing = "looking up the project"
        found = await self._read(Project, "GET", f"{V6}/projects/{project_id}", doing)
        return about(found, doing, id=project_id)

    async def projects(self) -> list[Project]:
        """The projects that the token sees; a stack has a thousand at most."""
        return await self._pages(Project, "projects", "listing the projects")

    async def load_zones(self) -> list[LoadZone]:
        """The load zones that the stack may use."""
        doing = "listing the load zones"
        return models(LoadZone, await self._call("GET", f"{V6}/load_zones", doing), doing)

    async def limits(self, project_id: int) -> Limits:
        """What the project allows; 403 or 404 when it is not visible to the token."""
        return await self._read(Limits, "GET", f"{V6}/projects/{project_id}/limits", "looking up the project's limits")

    async def validate_options(self, project_id: int, options: Mapping[str, Any]) -> ValidatedOptions:
        """The estimate for a set of k6 options; 400 when the cloud refuses them."""
        body = {"project_id": project_id, "options": dict(options), "is_local_execution": False}
        return await self._read(ValidatedOptions, "POST", f"{V6}/validate_options", "validating the options", json=body)

    async def find_load_test(self, project_id: int, name: str) -> LoadTest | None:
        """The load test of exactly this name, if there is one."""
        doing = "looking for the load test"
        query = {"$top": "1", "name": name}
        found = models(
            LoadTest, await self._call("GET", f"{V6}/projects/{project_id}/load_tests", doing, query=query), doing
        )
        same = next((test for test in found if test.name == name), None)
        return same and about(same, doing, project_id=project_id)

    async def create_load_test(self, project_id: int, name: str, archive: pathlib.Path) -> LoadTest:
        """A new load test with its script; 409 when the name is taken."""
        path, doing = f"{V6}/projects/{project_id}/load_tests", "creating the load test"
        answer = await self._upload("POST", path, doing, archive, lambda file: as_form(name, file))
        return about(model(LoadTest, answer, doing), doing, project_id=project_id)

    async def replace_script(self, load_test_id: int, archive: pathlib.Path) -> None:
        """Store another script in a load test."""
        path = f"{V6}/load_tests/{load_test_id}/script"
        await self._upload("PUT", path, "uploading the script", archive, as_content)

    async def start(self, load_test_id: int, project_id: int, idempotency_key: str) -> TestRun:
        """Ask once for a run of what is stored now; the same key leads to the same run (for 10 minutes)."""
        path, headers = f"{V6}/load_tests/{load_test_id}/start", {"K6-Idempotency-Key": idempotency_key}
        doing = "starting the test run"
        run = await self._read(StartedRun, "POST", path, doing, headers=headers, once=True)
        if run.test_id is None:  # the contract requires it, and a run that may be anybody's must not be stopped as ours
            raise BadAnswerError(doing, "the API's answer does not say which load test was started")
        return about(run, doing, test_id=load_test_id, project_id=project_id)

    async def write_note(self, run_id: int, note: str) -> None:
        """Replace the note of a run, which its page shows."""
        await self._call("PATCH", f"{V6}/test_runs/{run_id}", "marking the test run", json={"note": note})

    async def test_run(self, run_id: int, *, of: TestRun | None = None, once: bool = False) -> TestRun:
        """A run as it is now; `once` leaves repetition to the caller, who polls anyway.

        With `of`, an earlier answer about it, one that names another load test or project is a bad answer, as one about
        another run always is.
        """
        doing = "asking for the test run"
        run = await self._read(TestRun, "GET", f"{V6}/test_runs/{run_id}", doing, once=once)
        return about(run, doing, id=run_id, **({"test_id": of.test_id, "project_id": of.project_id} if of else {}))

    async def runs_since(self, load_test_id: int, moment: dt.datetime) -> list[TestRun]:
        """The latest runs of a load test that were created after a moment of our clock, the newest first."""
        offset = self.clock_offset if abs(self.clock_offset) <= _LARGEST_OFFSET else dt.timedelta()
        moment += offset - _CLOCK_TOLERANCE
        doing = "looking for a started run"
        query = {"created_after": moment.isoformat(), "$orderby": "created desc", "$top": "10"}
        path = f"{V6}/load_tests/{load_test_id}/test_runs"
        found = models(StartedRun, await self._call("GET", path, doing, query=query), doing)
        ours = [about(run, doing, test_id=load_test_id) for run in found]
        return [run for run in ours if run.created is None or run.created >= moment]

    async def recent_runs(self, moment: dt.datetime) -> list[TestRun]:
        """The runs of the whole stack that were created after a moment, at most ten thousand."""
        query = {"created_after": moment.isoformat()}
        return [*await self._pages(StartedRun, "test_runs", "listing the test runs", query, top=_LISTED_RUNS)]

    async def abort(self, run_id: int) -> None:
        """Ask the cloud to stop a run; 409 when it is not running: not yet, or no longer."""
        await self._call("POST", f"{V6}/test_runs/{run_id}/abort", "stopping the test run", once=True)

    async def run_script(self, run_id: int, file: BinaryIO) -> str:
        """Save the script that a run executes (not repeated on failure); its media type."""
        path, doing = f"{V6}/test_runs/{run_id}/script", "reading the run's script"
        return await self._transport.save(
            path,
            file,
            doing=doing,
            kinds=_SCRIPT_KINDS,
            headers=self._headers(),
            max_bytes=_LARGEST_SCRIPT,
            seconds=_SCRIPT_SECONDS,
        )

    async def metrics(self, run_id: int) -> list[Metric]:
        """The metrics of which a run has samples."""
        answer = await self._call("GET", f"{V5}/test_runs/{run_id}/metrics", "listing the metrics")
        return models(Metric, answer, "listing the metrics")

    async def aggregate(self, run_id: int, metric: str, query: str, *, once: bool = False) -> list[Sample]:
        """A v5 aggregate over the whole run, one sample per label set; empty when there are no samples."""
        arguments = f"query='{odata(query)}',metric='{odata(metric)}'"
        segment = urllib.parse.quote(f"query_aggregate_k6({arguments})", safe="()',=")
        answer = await self._read(
            QueryAnswer, "GET", f"{V5}/test_runs/{run_id}/{segment}", f"reading the metric {metric}", once=once
        )
        # Without a grouping there is one: thousands of them in each of many answers would only fill the memory.
        return answer.data.result if " by (" in query else answer.data.result[:1]

    def _headers(self) -> dict[str, str]:
        return {} if self.stack_id is None else {"X-Stack-Id": str(self.stack_id)}

    async def _call(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
        **rest: Any,
    ) -> Any:
        # The stack is named in one way: by number, or (to resolve the number) by URL.
        named = dict(headers or {})
        if "X-Stack-Url" not in named:
            named |= self._headers()

        async def send() -> Any:
            return await self._transport.json(method, path, doing=doing, headers=named, **rest)

        return await retried(send, ONCE if once else self._policy, self._clock)

    async def _pages(
        self, kind: type[Model], path: str, doing: str, query: Mapping[str, str] | None = None, top: int = _LISTED
    ) -> list[Model]:
        """A list to its end. The server may make smaller pages than it is asked for, and says when there are more."""
        found: list[Model] = []
        begun = self._clock.monotonic()
        for _ in range(_PAGES):
            if self._clock.monotonic() - begun > _LIST_SECONDS:
                raise NoAnswerError(doing, f"no end of the list within {_LIST_SECONDS:.0f} s")
            page = {**(query or {}), "$top": str(top), **({"$skip": str(len(found))} if found else {})}
            answer = await self._call("GET", f"{V6}/{path}", doing, query=page)
            listed = models(kind, answer, doing)
            found += listed
            if not listed or len(found) >= _MOST or not answer.get("@nextLink"):
                break
        return found

    async def _upload(
        self, method: str, path: str, doing: str, archive: pathlib.Path, body: Callable[[BinaryIO], dict[str, Any]]
    ) -> Any:
        """Send a file without holding it in memory; each try reads it anew."""

        async def send() -> Any:
            with archive.open("rb") as file:
                parts = body(file)
                headers = self._headers() | parts.pop("headers", {})
                seconds = upload_seconds(os.fstat(file.fileno()).st_size)
                return await self._transport.json(method, path, doing=doing, headers=headers, seconds=seconds, **parts)

        return await retried(send, self._policy, self._clock)

    async def _read(self, kind: type[Model], method: str, path: str, doing: str, **rest: Any) -> Model:
        return model(kind, await self._call(method, path, doing, **rest), doing)
