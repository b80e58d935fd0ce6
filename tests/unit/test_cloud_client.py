"""Calls of the client against a transport of the test's own: pages of any size, words for a full house."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import parse_qs

import anyio
import httpx
import pytest

from k6ci.clock import SystemClock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import ApiError, is_concurrency_limit
from k6ci.cloud.models import TestRun
from k6ci.cloud.transport import Transport

RUNS = [{"id": number, "status": "completed"} for number in range(1, 50)]
ORIGIN = "http://127.0.0.1:9"


def answer(request: httpx.Request) -> httpx.Response:
    """Three runs a page, whatever was asked for: a server may allow fewer than its contract says."""
    skip = int(parse_qs(request.url.query.decode()).get("$skip", ["0"])[0])
    link = {"@nextLink": f"{ORIGIN}/next"} if skip + 3 < len(RUNS) else {}
    content = json.dumps({"value": RUNS[skip : skip + 3], **link}).encode()
    return httpx.Response(200, stream=httpx.ByteStream(content))


def test_no_run_is_skipped_when_pages_are_smaller_than_asked_for():
    """The next page begins behind what has come, not behind what was asked for."""

    async def recent() -> list[TestRun]:
        transport = Transport(ORIGIN, None, inner=httpx.MockTransport(answer))  # no socket: the pages are what is tried
        async with CloudClient(transport, SystemClock()) as client:
            return await client.recent_runs(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    assert [run.id for run in anyio.run(recent)] == [run["id"] for run in RUNS]


@pytest.mark.parametrize(
    ("status", "said", "is_full"),
    [
        (409, "", True),
        (429, "slow down", True),
        (403, "You have reached your limit of concurrent tests", True),
        (403, "Another test is running", True),
        (403, "Maximum number of running tests reached", True),
        (403, "Only 2 tests at the same time", True),
        (403, "Your role may not start tests", False),
        (403, "Forbidden", False),
        (404, "No such test is running", False),
    ],
)
def test_a_full_house_is_told_by_status_or_words(status, said, is_full):
    """No document fixes the words."""
    assert is_concurrency_limit(ApiError("starting", status, said)) is is_full
