"""The v5 metrics of a run: lists of its metrics, time series and labels, and queries, also while it runs.

Source: the page "Metrics REST API" of Grafana's documentation; the arguments of a query are in parentheses.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import anyio.lowlevel
from starlette.routing import Route

from k6ci.emulator.http_error import HttpError
from k6ci.emulator.metrics.evaluate import Window, evaluate
from k6ci.emulator.metrics.expression import (
    Query,
    QueryError,
    Selector,
    parse_arguments,
    parse_query,
    parse_selector,
)
from k6ci.emulator.run import EMULATED_ZONE, Status
from k6ci.emulator.timestamps import parse_timestamp
from k6ci.emulator.wire import json_response, path_id, query_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.run import Run
    from k6ci.emulator.services import EmulatorServices

_CALL = re.compile(r"(query_aggregate_k6|query_range_k6)\((.*)\)", re.DOTALL)
_POINTS_LIMIT = 2_000
_RUNS_LIMIT = 50
_PREFIX = "/cloud/v5/test_runs/{id}"


class Metrics:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services

    async def all(self, request: Request) -> Response:
        """List the metrics that have samples."""
        query_of(request)
        run = self._run(request)
        found = [
            {
                "id": metric.identity(run.id),
                "name": metric.name,
                "origin": metric.origin,
                "test_run_id": run.id,
                "type": metric.kind.value,
            }
            for metric in run.metrics.metrics.values()
            if metric.series
        ]
        return json_response({"value": found})

    async def call(self, request: Request) -> Response:
        """Evaluate an aggregate query, or a range query in steps."""
        query_of(request)
        run = self._run(request)
        call = _CALL.fullmatch(request.path_params["call"])
        if call is None:
            raise HttpError(404, "Resource not found.")
        try:
            arguments = parse_arguments(call[2])
            query, selector = parse_query(_required(arguments, "query")), parse_selector(_required(arguments, "metric"))
            window = self._window(run, arguments)
            is_range = call[1] == "query_range_k6"
            step = _step(arguments.get("step"), window) if is_range else None
            unknown = arguments.keys() - {"query", "metric", "start", "end", "step" if is_range else "metric"}
            if unknown:
                raise QueryError(f"unknown argument: {min(unknown)}")
            if step is None:
                result = _seeded(run, arguments) or _vector(run, query, selector, window)
            else:
                result = await _matrix(run, query, selector, window, step)
        except ValueError as error:
            raise HttpError(400, str(error), target="query") from error
        kind = "vector" if step is None else "matrix"
        return _success({"resultType": kind, "result": result})

    async def of_load_test(self, request: Request) -> Response:
        """Evaluate an aggregate query for each of several runs of a load test, named or the latest ones."""
        query_of(request)
        load_test = self._services.state.load_test(path_id(request))
        call = _CALL.fullmatch(request.path_params["call"])
        if call is None or call[1] != "query_aggregate_k6":
            raise HttpError(404, "Resource not found.")
        try:
            arguments = parse_arguments(call[2])
            query, selector = parse_query(_required(arguments, "query")), parse_selector(_required(arguments, "metric"))
            unknown = arguments.keys() - {"query", "metric", "test_run_ids", "test_run_count"}
            if unknown:
                raise QueryError(f"unknown argument: {min(unknown)}")
            runs = self._selected_runs(load_test.id, arguments)
            result = [
                row
                for run in runs
                for row in _seeded(run, arguments) or _vector(run, query, selector, self._window(run, {}))
            ]
        except ValueError as error:
            raise HttpError(400, str(error), target="query") from error
        return _success({"resultType": "vector", "result": result})

    def _selected_runs(self, load_test_id: int, arguments: dict[str, str]) -> list[Run]:
        """Return the runs that the arguments name; raises ValueError."""
        runs = [run for run in self._services.state.runs.values() if run.load_test_id == load_test_id]
        if ("test_run_ids" in arguments) is ("test_run_count" in arguments):
            raise QueryError("either test_run_ids or test_run_count is required")
        if "test_run_count" in arguments:
            count = int(arguments["test_run_count"])
            if not 1 <= count <= _RUNS_LIMIT:
                raise QueryError(f"test_run_count is from 1 to {_RUNS_LIMIT}")
            return sorted(runs, key=lambda run: run.created)[-count:]
        wanted = {int(part) for part in arguments["test_run_ids"].strip("[]").split(",")}
        if len(wanted) > _RUNS_LIMIT:
            raise QueryError(f"test_run_ids has more than {_RUNS_LIMIT} runs")
        return [run for run in runs if run.id in wanted]

    async def series(self, request: Request) -> Response:
        """List the time series that a selector of `match[]` selects, each as its labels."""
        return _success(self._selected(request))

    async def labels(self, request: Request) -> Response:
        """List the names of the labels of the selected time series."""
        return _success(sorted({name for labels in self._selected(request) for name in labels}))

    async def label_values(self, request: Request) -> Response:
        """List the values of one label of the selected time series."""
        name = request.path_params["label"]
        return _success(sorted({labels[name] for labels in self._selected(request) if name in labels}))

    def _selected(self, request: Request) -> list[dict[str, str]]:
        run = self._run(request)
        items = request.query_params.multi_items()
        if not items or any(name != "match[]" for name, _ in items):
            raise HttpError(400, "One or more parameters match[] are required, and no others.", target="match[]")
        try:
            selectors = [parse_selector(value) for _, value in items]
            return [
                {"__name__": metric.name, **series.labels, "load_zone": EMULATED_ZONE, "test_run_id": str(run.id)}
                for metric, series in run.metrics.every_series()
                if any(metric.name == one.metric and one.selects(series.labels) for one in selectors)
            ]
        except QueryError as error:
            raise HttpError(400, str(error), target="match[]") from error

    def _window(self, run: Run, arguments: dict[str, str]) -> Window:
        begun = (run.entered(Status.RUNNING) or run.created).timestamp()
        ended = (run.ended or self._services.clock.now()).timestamp()
        # Samples are stored by whole seconds, so the window is rounded to them. k6 starts while the run is still
        # `initializing`, so samples can be older than `running`.
        first = (
            math.floor(begun) if run.metrics.first_second is None else min(math.floor(begun), run.metrics.first_second)
        )
        start = parse_timestamp(arguments["start"]).timestamp() if "start" in arguments else first
        end = parse_timestamp(arguments["end"]).timestamp() if "end" in arguments else math.ceil(ended) + 1
        whole = {"start", "end"}.isdisjoint(arguments)
        return Window(start, end, begun, run.execution_seconds(self._services.clock.now()) if whole else end - start)

    def _run(self, request: Request) -> Run:
        return self._services.state.run(path_id(request))


def _seeded(run: Run, arguments: dict[str, str]) -> list[dict[str, Any]]:
    """Return the value that a control request or the run scenario sets for an aggregate over the whole run."""
    key = f"{arguments['metric']} {arguments['query']}"
    value = run.metric_overrides.get(key, run.scenario.metrics.get(key))
    if value is None or not {"start", "end"}.isdisjoint(arguments):
        return []
    second = run.metrics.last_second or math.floor(run.created.timestamp())
    return [{"metric": _labels(run, Selector(arguments["metric"], ()), {}), "values": [[second, value]]}]


def _vector(run: Run, query: Query, selector: Selector, window: Window) -> list[dict[str, Any]]:
    second = min(math.floor(window.end), run.metrics.last_second or math.floor(window.end))
    rows = evaluate(run.metrics, query, selector, window)
    return [{"metric": _labels(run, selector, row.labels), "values": [[second, row.value]]} for row in rows]


async def _matrix(run: Run, query: Query, selector: Selector, window: Window, step: int) -> list[dict[str, Any]]:
    lines: dict[tuple[tuple[str, str], ...], list[list[float]]] = {}
    for number in range(math.ceil((window.end - window.start) / step)):
        start = window.start + number * step
        await anyio.lowlevel.checkpoint()  # up to 2,000 evaluations: other requests are handled meanwhile
        part = Window(start, start + step, window.origin, step)
        for row in evaluate(run.metrics, query, selector, part):
            lines.setdefault(tuple(row.labels.items()), []).append([start, row.value])
    return [{"metric": _labels(run, selector, dict(key)), "values": points} for key, points in lines.items()]


def _labels(run: Run, selector: Selector, labels: Iterable[tuple[str, str]] | Any) -> dict[str, str]:
    return {"__name__": selector.metric, **dict(labels), "test_run_id": str(run.id)}


def _step(text: str | None, window: Window) -> int:
    span = window.end - window.start
    if text is None:
        return max(1, math.ceil(span / 100))
    if not text.isascii() or not text.isdigit() or int(text[:9]) < 1 or span / int(text[:9]) > _POINTS_LIMIT:
        raise QueryError(f"a step is a whole number of seconds, and there are at most {_POINTS_LIMIT} of them")
    return int(text[:9])


def _required(arguments: dict[str, str], name: str) -> str:
    if name not in arguments:
        raise QueryError(f"{name} is required")
    return arguments[name]


def _success(data: list[Any] | dict[str, Any]) -> Response:
    return json_response({"status": "success", "data": data})


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = Metrics(services)
    return [
        Route(f"{_PREFIX}/metrics", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/series", on.series, methods=["GET"]),
        Route(f"{_PREFIX}/labels", on.labels, methods=["GET"]),
        Route(f"{_PREFIX}/label/{{label}}/values", on.label_values, methods=["GET"]),
        Route(f"{_PREFIX}/{{call:path}}", on.call, methods=["GET"]),
        Route("/cloud/v5/load_tests/{id}/{call:path}", on.of_load_test, methods=["GET"]),
    ]
