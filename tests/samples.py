"""Lines as `k6 run --out json` writes them, and what the emulator makes of them."""

from __future__ import annotations

import json

from k6ci.emulator.metrics.evaluate import Window, evaluate
from k6ci.emulator.metrics.expression import parse_query, parse_selector
from k6ci.emulator.metrics.samples import SampleReader
from k6ci.emulator.metrics.store import MetricStore

T0 = 1_700_000_000
WHOLE = Window(T0, T0 + 100, T0, 10.0)


def point(metric: str, value: float, second: int = 0, /, **tags: str) -> bytes:
    """A line as k6 writes it."""
    minute, rest = divmod(second, 60)
    time = f"2023-11-14T22:{13 + minute}:{20 + rest:02}.123456789Z"
    return (
        json.dumps(
            {"metric": metric, "type": "Point", "data": {"time": time, "value": value, "tags": tags}},
            separators=(",", ":"),
        ).encode()
        + b"\n"
    )


def declared(name: str, kind: str) -> bytes:
    data = {"name": name, "type": kind, "contains": "default", "thresholds": [], "submetrics": None}
    return json.dumps({"type": "Metric", "data": data, "metric": name}, separators=(",", ":")).encode() + b"\n"


def store_of(*lines: bytes) -> MetricStore:
    store = MetricStore()
    SampleReader(store).feed(b"".join(lines))
    return store


def value(store: MetricStore, metric: str, query: str, window: Window = WHOLE) -> float | None:
    rows = evaluate(store, parse_query(query), parse_selector(metric), window)
    return rows[0].value if rows else None
