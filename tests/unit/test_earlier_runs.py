"""The history of a load test from clouds that vary: many runs, no route for several runs, metrics that are gone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote

import anyio
import httpx
import pytest

from k6ci.clock import SystemClock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import TestRun
from k6ci.cloud.retry import ONCE
from k6ci.cloud.transport import Transport
from k6ci.history import earlier_runs
from k6ci.history.earlier_runs import History, read_history
from k6ci.runs.run_note import Job, Revision, RunNote

ORIGIN = "http://127.0.0.1:9"
REVISION = Revision("main", is_default_branch=True, options="0a1b2c3d4e5f", script="f5e4d3c2b1a0")
PULL_REQUEST = Revision("pull/7", options="0a1b2c3d4e5f")
NEW = TestRun(id=100_000, status="completed", result="passed", test_id=7, created="2026-11-20T10:00:00Z")


def run(number: int, revision: Revision) -> dict[str, object]:
    """A run that is older the smaller its number is."""
    return {
        "id": number,
        "status": "completed",
        "result": "passed",
        "created": f"2026-11-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z",
        "note": RunNote(Job("acme/shop", "1"), "key", revision).text(),
    }


def answers_about(runs: list[int]) -> httpx.Response:
    """Every metric of each run is 12."""
    found = [{"metric": {"test_run_id": str(number)}, "values": [[0, 12.0]]} for number in runs]
    return metric_answer(found)


def metric_answer(result: list[dict[str, object]]) -> httpx.Response:
    return response({"status": "success", "data": {"resultType": "matrix", "result": result}})


def response(document: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(document).encode()))


class Cloud:
    """Answers without a socket: what varies is the answers."""

    def __init__(
        self, runs: list[dict[str, object]], of_several: Callable[[list[int]], httpx.Response] = answers_about
    ) -> None:
        self.runs = sorted(runs, key=lambda one: -int(str(one["id"])))
        self.of_several = of_several
        self.lists = self.queries = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path)
        if path.endswith("/test_runs"):
            self.lists += 1
            asked = parse_qs(request.url.query.decode())
            skip, top = int(asked.get("$skip", ["0"])[0]), int(asked["$top"][0])
            more = {"@nextLink": f"{ORIGIN}/next"} if skip + top < len(self.runs) else {}
            return response({"value": self.runs[skip : skip + top], **more})
        self.queries += 1
        listed = re.search(r"test_run_ids=\[([\d,]+)\]", path)
        if listed:
            return self.of_several([int(number) for number in listed[1].split(",")])
        return metric_answer([{"metric": {}, "values": [[0, 34.0]]}])


def history(cloud: Cloud) -> History:
    async def read() -> History:
        transport = Transport(ORIGIN, None, inner=httpx.MockTransport(cloud))
        async with CloudClient(transport, SystemClock(), ONCE) as client:
            return await read_history(client, 7, NEW, REVISION)

    return anyio.run(read)


def test_runs_of_pull_requests_do_not_hide_those_of_the_default_branch():
    """Ten pull requests a day would leave five nights among the latest fifty runs."""
    cloud = Cloud([run(number, PULL_REQUEST if number % 12 else REVISION) for number in range(1, 400)])
    found = history(cloud)
    assert found.problem == ""
    assert [earlier.run.id for earlier in found.runs] == [number for number in range(1, 400) if number % 12 == 0][-25:]
    assert cloud.lists == 6


def test_no_more_runs_are_listed_than_needed():
    cloud = Cloud([run(number, REVISION) for number in range(1, 400)])
    assert len(history(cloud).runs) == 25
    assert cloud.lists == 1


def test_the_list_is_read_to_a_limit():
    """A load test with thousands of runs, none of which is comparable."""
    cloud = Cloud([run(number, PULL_REQUEST) for number in range(1, 2000)])
    assert history(cloud) == History()
    assert cloud.lists == 10


def test_a_slow_list_leaves_time_for_the_metrics(monkeypatch):
    """Some runs with their metrics are more than all runs without."""
    monkeypatch.setattr(earlier_runs, "_LISTING_SECONDS", -1.0)
    cloud = Cloud([run(number, PULL_REQUEST if number % 12 else REVISION) for number in range(1, 400)])
    found = history(cloud)
    assert (len(found.runs), cloud.lists) == (4, 1)


@pytest.mark.parametrize(
    "of_several",
    [
        lambda _: response({"error": {"message": "no such function"}}, 400),
        lambda _: response({"error": {"message": "not found"}}, 404),
        lambda _: response({"error": {"message": "not implemented"}}, 501),
        lambda _: metric_answer([{"metric": {}, "values": [[0, 56.0]]}]),  # of all runs together
    ],
)
def test_a_cloud_without_the_route_for_several_runs_is_asked_for_each(of_several):
    cloud = Cloud([run(number, REVISION) for number in range(1, 13)], of_several)
    found = history(cloud)
    assert found.problem == ""
    assert [earlier.figures.p95_ms for earlier in found.runs] == [34.0] * 12


def test_runs_whose_metrics_are_gone_are_not_compared():
    cloud = Cloud([run(number, REVISION) for number in range(1, 13)], lambda runs: answers_about(runs[8:]))
    found = history(cloud)
    assert [earlier.run.id for earlier in found.runs] == [9, 10, 11, 12]
    assert found.ignored == (("without metrics", 8),)


def test_a_run_that_was_starred_later_is_no_baseline():
    later = {**run(5, REVISION), "id": 200_000, "created": "2026-11-21T10:00:00Z", "is_starred": True}
    assert history(Cloud([run(1, REVISION), later])).starred is None
