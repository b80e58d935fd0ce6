"""The calls of Grafana Cloud k6 that k6ci makes: REST v6, and the v5 metrics queries. One method, one request.

Facts: Grafana's OpenAPI document 1.12.0; for v5 the metrics documentation.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import urllib.parse
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, BinaryIO, Final

from k6ci.cloud.calls import V6, ApiCalls
from k6ci.cloud.coding import about, as_content, as_form, model, models, odata
from k6ci.cloud.failures import BadAnswerError
from k6ci.cloud.models import (
    Auth,
    Limits,
    LoadTest,
    LoadZone,
    Metric,
    Project,
    QueryAnswer,
    RunWithOptions,
    Sample,
    StartedRun,
    TestRun,
    ValidatedOptions,
)

V5: Final = "/cloud/v5"
# A run is a hundred times as long as a project.
_LISTED_RUNS: Final = 100
# Enough for the history of a load test whose runs are mostly of the default branch.
_LATEST_RUNS: Final = 50
# The contract knows the first two.
_SCRIPT_KINDS: Final = ("application/x-tar", "text/javascript", "application/javascript", "application/octet-stream")
# The server's Date is cut to whole seconds.
_CLOCK_TOLERANCE: Final = dt.timedelta(seconds=1.5)
# A clock that is farther off is not believed when runs are looked for.
_MAX_OFFSET: Final = dt.timedelta(days=1)
# The cloud takes archives of 100 MB.
_MAX_SCRIPT: Final = 110_000_000
_SCRIPT_SECONDS: Final = 60.0


@dataclasses.dataclass(frozen=True)
class Range:
    """Whole steps of time, the first one from `start` on."""

    start: dt.datetime
    step_seconds: int
    steps: int

    @property
    def end(self) -> dt.datetime:
        """The end of the last step."""
        return self.start + dt.timedelta(seconds=self.step_seconds * self.steps)


class CloudClient(ApiCalls):
    """The calls for one stack; every method raises CallError (failures.py), after retries."""

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
        """Ask once for a run of what is stored now; the same key finds the same run (for 10 minutes)."""
        path, headers = f"{V6}/load_tests/{load_test_id}/start", {"K6-Idempotency-Key": idempotency_key}
        doing = "starting the test run"
        run = await self._read(StartedRun, "POST", path, doing, headers=headers, once=True)
        if run.test_id is None:  # the contract requires it, and a run that may be anybody's must not be stopped as ours
            raise BadAnswerError(doing, "the API's answer does not say which load test was started")
        return about(run, doing, test_id=load_test_id, project_id=project_id)

    async def write_note(self, run_id: int, note: str) -> None:
        """Replace the note of a run, which its page shows."""
        await self._call("PATCH", f"{V6}/test_runs/{run_id}", "writing the note of the test run", json={"note": note})

    async def test_run(self, run_id: int, *, of: TestRun | None = None, once: bool = False) -> TestRun:
        """A run as it is now; `once` leaves repetition to the caller, who polls anyway.

        With `of`, an earlier answer about it, one that names another load test or project is a bad answer, as one about
        another run always is.
        """
        doing = "asking for the test run"
        run = await self._read(TestRun, "GET", f"{V6}/test_runs/{run_id}", doing, once=once)
        return about(run, doing, id=run_id, **({"test_id": of.test_id, "project_id": of.project_id} if of else {}))

    async def run_with_options(self, run_id: int) -> RunWithOptions:
        """A run with its k6 options."""
        doing = "asking for the test run"
        run = await self._read(RunWithOptions, "GET", f"{V6}/test_runs/{run_id}", doing)
        return about(run, doing, id=run_id)

    async def runs_since(self, load_test_id: int, moment: dt.datetime) -> list[TestRun]:
        """The latest runs of a load test that were created after a moment of our clock, the newest first."""
        offset = self._transport.clock_offset
        offset = offset if abs(offset) <= _MAX_OFFSET else dt.timedelta()
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

    async def runs_of(self, load_test_id: int) -> AsyncIterator[list[TestRun]]:
        """The runs of a load test, the newest first, 50 at a time: whoever has enough stops reading.

        A run may be in two pages, if another one is started meanwhile.
        """
        doing, query = "listing the earlier runs", {"$orderby": "created desc"}
        path = f"load_tests/{load_test_id}/test_runs"
        async for page in self._each_page(StartedRun, path, doing, query, top=_LATEST_RUNS):
            yield [about(run, doing, test_id=load_test_id) for run in page]

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
            max_bytes=_MAX_SCRIPT,
            seconds=_SCRIPT_SECONDS,
        )

    async def metrics(self, run_id: int) -> list[Metric]:
        """The metrics of which a run has samples."""
        answer = await self._call("GET", f"{V5}/test_runs/{run_id}/metrics", "listing the metrics")
        return models(Metric, answer, "listing the metrics")

    async def in_steps(self, run_id: int, metric: str, query: str, steps: Range) -> list[Sample]:
        """A v5 query, evaluated for each step of a range; the samples have one pair of time and value per step."""
        text = f"step={steps.step_seconds},start={_moment(steps.start)},end={_moment(steps.end)}"
        answer = await self._query("query_range_k6", run_id, metric, query, f",{text}", once=False)
        return answer.data.result

    async def aggregate(self, run_id: int, metric: str, query: str, *, once: bool = False) -> list[Sample]:
        """A v5 aggregate over the whole run, one sample per label set; empty when there are no samples."""
        answer = await self._query("query_aggregate_k6", run_id, metric, query, "", once=once)
        # Without a grouping there is one: thousands of them in each of many answers would only fill the memory.
        return answer.data.result if " by (" in query else answer.data.result[:1]

    async def aggregate_of_runs(
        self, load_test_id: int, run_ids: Collection[int], metric: str, query: str
    ) -> dict[int, list[Sample]]:
        """A v5 aggregate over each of several runs of a load test, by run.

        This route is in Grafana's documentation, but in no OpenAPI document: a cloud may answer 404, or about other
        runs, which is a bad answer.
        """
        listed = ",".join(map(str, run_ids))
        segment = _segment("query_aggregate_k6", metric, query, f",test_run_ids=[{listed}]")
        path, doing = f"{V5}/load_tests/{load_test_id}/{segment}", f"reading the metric {metric} of earlier runs"
        answer = await self._read(QueryAnswer, "GET", path, doing)
        found: dict[int, list[Sample]] = {run_id: [] for run_id in run_ids}
        for sample in answer.data.result:
            run_id = sample.label("test_run_id")
            if run_id.isdecimal() and int(run_id) in found:
                found[int(run_id)].append(sample)
        if answer.data.result and not any(found.values()):
            raise BadAnswerError(doing, "the API's answer is about none of the runs")
        return found

    async def _query(
        self, function: str, run_id: int, metric: str, query: str, more: str, *, once: bool
    ) -> QueryAnswer:
        path, doing = (
            f"{V5}/test_runs/{run_id}/{_segment(function, metric, query, more)}",
            f"reading the metric {metric}",
        )
        return await self._read(QueryAnswer, "GET", path, doing, once=once)


def _segment(function: str, metric: str, query: str, more: str) -> str:
    """The call of an OData function, as the last segment of a path."""
    arguments = f"query='{odata(query)}',metric='{odata(metric)}'{more}"
    return urllib.parse.quote(f"{function}({arguments})", safe="()',=[]")


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
