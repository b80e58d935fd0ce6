"""Reads what reports show beside the figures: time series, the slowest URLs, groups. No verdict depends on it.

It is read after everything that the verdict needs, within a few seconds; what is missing then stays a gap, with a note.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import TestRun
from k6ci.errors import collapsed
from k6ci.results.model import Details, Endpoint, Group
from k6ci.results.queries import Queries, Source
from k6ci.results.series import SOURCES, range_of, time_series

_SECONDS: Final = 10.0
_SHOWN: Final = 20
_BY_URL: Final = "by (name, method)"
_REQUESTS: Final = ("http_reqs", f"increase {_BY_URL}")
_FAILURES: Final = ("http_req_failed", f"increase_nz {_BY_URL}")
_P95: Final = ("http_req_duration", f"histogram_quantile(0.95) {_BY_URL}")
_GROUP_COUNT: Final = ("group_duration", "histogram_count_increase by (group)")
_GROUP_P95: Final = ("group_duration", "histogram_quantile(0.95) by (group)")
_TABLES: Final = (_REQUESTS, _FAILURES, _P95, _GROUP_COUNT, _GROUP_P95)


async def collect_details(client: CloudClient, run: TestRun, metric_names: Collection[str]) -> Details:
    """The details of an ended run; only metrics that have samples are queried. Never raises."""
    try:
        return await _collected(client, run, metric_names)
    except Exception as error:  # noqa: BLE001 -- the run has a verdict, which a chart must not change
        return Details(problems=(f"a bug in k6ci ({type(collapsed(error)).__name__})",))


async def _collected(client: CloudClient, run: TestRun, metric_names: Collection[str]) -> Details:
    queries, steps = Queries(client, run.id), range_of(run)
    tables = [source for source in _TABLES if source[0] in metric_names]
    lines = [source for source in SOURCES.values() if source[0] in metric_names] if steps else []
    with anyio.move_on_after(_SECONDS) as scope:
        await queries.ask_all(tables, lines, of=steps)
    late = (f"there was no answer within {_SECONDS:.0f} s",) if scope.cancelled_caught else ()
    undated = () if steps or not metric_names else ("the cloud does not say when the load began and ended",)
    return Details(
        time_series(steps, queries.in_steps) if steps else None,
        _endpoints(queries),
        _groups(queries),
        (*sorted(set(queries.problems)), *late, *undated),
    )


def _by_label(queries: Queries, source: Source, label: str) -> dict[str, float | None]:
    return {sample.label(label): sample.value for sample in queries.answers.get(source, [])}


def _endpoints(queries: Queries) -> tuple[Endpoint, ...]:
    """The slowest URLs, the slowest first; requests without a name (the tag is off) are no URL."""
    requests, failures, p95 = (_by_url(queries, source) for source in (_REQUESTS, _FAILURES, _P95))
    found = [
        Endpoint(name, method, requests.get((name, method)), failures.get((name, method)), p95.get((name, method)))
        for name, method in requests.keys() | p95.keys()
        if name
    ]
    found.sort(key=lambda one: (-(one.duration_p95_ms or 0.0), one.name, one.method))
    return tuple(found[:_SHOWN])


def _by_url(queries: Queries, source: Source) -> dict[tuple[str, str], float | None]:
    return {(sample.label("name"), sample.label("method")): sample.value for sample in queries.answers.get(source, [])}


def _groups(queries: Queries) -> tuple[Group, ...]:
    counts, p95 = (_by_label(queries, source, "group") for source in (_GROUP_COUNT, _GROUP_P95))
    return tuple(Group(name, counts[name], p95.get(name)) for name in sorted(counts)[:_SHOWN] if name)
