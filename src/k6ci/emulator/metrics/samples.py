"""Reads the output of `k6 run --out json` into a store, in chunks as they come.

A line is parsed as JSON only when its combination of metric and tags is new; else only time and value are extracted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

from k6ci.emulator.metrics.cells import Kind

if TYPE_CHECKING:
    from k6ci.emulator.metrics.store import Metric, MetricStore, Series

LINE_LIMIT_BYTES = 1 << 20
KNOWN_SERIES_LIMIT = 20_000
KNOWN_LINE_LIMIT_BYTES = 4_000
LABEL_LIMIT = 1_000
_POINT = b'","type":"Point","data":{"time":"'
_VALUE = b'","value":'
_TAGS = b',"tags":'
_SECOND_LENGTH = len("2026-11-24T00:24:58")


class SampleReader:
    """Reads one stream into one store."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._rest = b""
        self._known: dict[tuple[bytes, bytes], tuple[Metric, Series]] = {}
        self._clock_text = b""
        self._clock_second = 0

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes; a line may be split anywhere. Lines that are not samples are ignored."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LINE_LIMIT_BYTES:
            self._rest = b""
        for line in lines:
            self._read_line(line)

    def _read_line(self, line: bytes) -> None:
        head, point, rest = line.partition(_POINT)
        if point:
            time, _, rest = rest.partition(_VALUE)
            value, found, tags = rest.partition(_TAGS)
            known = self._known.get((head, tags)) if found else None
            if known is not None and len(time) > _SECOND_LENGTH and time.endswith(b"Z"):
                with contextlib.suppress(ValueError):
                    self._add(*known, float(value), self._second_of(time))
                return
            self._learn(line, (head, tags))
        elif b'"type":"Metric"' in line:
            self._declare(line)

    def _second_of(self, time: bytes) -> int:
        text = time[:_SECOND_LENGTH]
        if text != self._clock_text:
            self._clock_second = _epoch(text.decode() + "+00:00")
            self._clock_text = text
        return self._clock_second

    def _declare(self, line: bytes) -> None:
        data = _object(line).get("data")
        if isinstance(data, dict) and data.get("type") in {kind.value for kind in Kind}:
            self._store.declare(str(data.get("name")), Kind(data["type"]))

    def _learn(self, line: bytes, key: tuple[bytes, bytes]) -> None:
        document = _object(line)
        data = document.get("data")
        metric = self._store.metrics.get(str(document.get("metric")))
        if metric is None or not isinstance(data, dict):
            return
        try:
            value, second = float(data["value"]), _epoch(data["time"])
        except (KeyError, TypeError, ValueError):
            return
        labels = {str(name): str(text)[:LABEL_LIMIT] for name, text in (data.get("tags") or {}).items()}
        series = self._store.series(metric, labels)
        if len(self._known) < KNOWN_SERIES_LIMIT and len(line) < KNOWN_LINE_LIMIT_BYTES:
            self._known[key] = (metric, series)
        self._add(metric, series, value, second)

    def _add(self, metric: Metric, series: Series, value: float, second: int) -> None:
        if math.isfinite(value):
            self._store.add(metric, series, value, second)


def _object(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _epoch(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())
