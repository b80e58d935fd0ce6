"""The metric pushes of k6 (`POST /v2/metrics/{ref}`): protobuf messages, parsed into cells.

Source: internal/output/cloud/expv2/pbcloud/metric.proto of grafana/k6 v1.1.0. The numbers of the fields are those
there. The depth of the messages is fixed, so nothing here is recursive.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from k6ci.emulator.metrics.cells import CounterCell, GaugeCell, Kind, RateCell, TrendCell
from k6ci.emulator.metrics.histogram import upper_bound

_KINDS = {1: Kind.COUNTER, 2: Kind.GAUGE, 3: Kind.RATE, 4: Kind.TREND}
_SAMPLES = {2: Kind.COUNTER, 3: Kind.GAUGE, 4: Kind.RATE, 5: Kind.TREND}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10
_LATEST_SECOND = 4_000_000_000
_BUCKETS_LIMIT = 150_000  # the index of the greatest floating point number is smaller
_OWN_LABELS = frozenset({"__name__", "test_run_id"})


class PushError(ValueError):
    """The bytes are not a metric push of k6."""


@dataclass(frozen=True)
class Pushed:
    """One time series of a push: a cell for each second."""

    metric: str
    kind: Kind
    labels: dict[str, str]
    cells: list[tuple[int, Any]]


def read_push(data: bytes) -> list[Pushed]:
    """Parse a push; raises PushError."""
    try:
        return [pushed for metric in _messages(data, 3) for pushed in _series_of(metric)]
    except (struct.error, IndexError, OverflowError) as error:
        raise PushError("the metrics cannot be read") from error


def _series_of(metric: bytes) -> Iterator[Pushed]:
    fields = list(_fields(metric))
    name = _text(_last(fields, 1, b""))
    kind = _KINDS.get(_last(fields, 2, 0))
    if kind is None or not name:
        raise PushError("a metric has no name or no type")
    for series in _all(fields, 3):
        labels: dict[str, str] = {}
        cells: list[tuple[int, Any]] = []
        for number, value in _fields(series):
            if number == 1:
                pair = list(_fields(_bytes(value)))
                labels[_text(_last(pair, 1, b""))] = _text(_last(pair, 2, b""))
            elif _SAMPLES.get(number) is kind:
                cells += [_cell(kind, sample) for sample in _messages(_bytes(value), 1)]
        yield Pushed(name, kind, {key: text for key, text in labels.items() if key not in _OWN_LABELS}, cells)


def _cell(kind: Kind, sample: bytes) -> tuple[int, Any]:
    fields = list(_fields(sample))
    second = _last(list(_fields(_last(fields, 1, b""))), 1, 0)
    if not 0 <= second <= _LATEST_SECOND:
        raise PushError("a sample has an impossible time")
    return second, _READERS[kind](fields, second)


def _counter(fields: list[tuple[int, Any]], _: int) -> CounterCell:
    cell = CounterCell()
    cell.total = _double(fields, 2)
    return cell


def _gauge(fields: list[tuple[int, Any]], second: int) -> GaugeCell:
    cell = GaugeCell()
    cell.last, cell.last_second, cell.count = _double(fields, 2), second, _last(fields, 3, 0)
    cell.smallest, cell.largest = _double(fields, 4), _double(fields, 5)
    cell.total = _double(fields, 6) * cell.count
    return cell


def _rate(fields: list[tuple[int, Any]], _: int) -> RateCell:
    cell = RateCell()
    cell.nonzero, cell.total = _last(fields, 2, 0), _last(fields, 3, 0)
    return cell


def _trend(fields: list[tuple[int, Any]], _: int) -> TrendCell:
    """Read a histogram; the sum of squares is not pushed, so it is computed from the buckets."""
    cell = TrendCell()
    cell.total, cell.count = _double(fields, 5), _last(fields, 6, 0)
    cell.smallest, cell.largest = _double(fields, 7), _double(fields, 8)
    counts = [count for packed in _all(fields, 2) for count in _packed(packed)]
    index = taken = 0
    for span in _messages_of(fields, 3):
        parts = list(_fields(span))
        index += _last(parts, 1, 0)
        for count in counts[taken : taken + _last(parts, 2, 0)]:
            cell.buckets[min(index, _BUCKETS_LIMIT)] = count
            cell.squares += count * upper_bound(min(index, _BUCKETS_LIMIT)) ** 2
            index, taken = index + 1, taken + 1
    return cell


_READERS: dict[Kind, Callable[[list[tuple[int, Any]], int], Any]] = {
    Kind.COUNTER: _counter,
    Kind.GAUGE: _gauge,
    Kind.RATE: _rate,
    Kind.TREND: _trend,
}


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each field: an int, or bytes for the other wire types."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        wire = key & 7
        if wire == _VARINT:
            value, position = _varint(data, position)
            yield key >> 3, value
            continue
        if wire == _BYTES:
            length, position = _varint(data, position)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise PushError("a field has an unknown wire type")
        if length > len(data) - position:
            raise PushError("a field is cut short")
        yield key >> 3, data[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for number in range(_VARINT_BYTES):
        byte = data[position + number]
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:  # noqa: PLR2004  (the high bit says that more follows)
            return value, position + number + 1
    raise PushError("a number is too long")


def _packed(data: bytes) -> Iterator[int]:
    if isinstance(data, int):  # not packed: one number per field
        yield data
        return
    position = 0
    while position < len(data):
        value, position = _varint(data, position)
        yield value


def _all(fields: list[tuple[int, Any]], number: int) -> list[Any]:
    return [value for found, value in fields if found == number]


def _messages_of(fields: list[tuple[int, Any]], number: int) -> list[bytes]:
    return [_bytes(value) for value in _all(fields, number)]


def _messages(data: bytes, number: int) -> list[bytes]:
    return _messages_of(list(_fields(data)), number)


def _last(fields: list[tuple[int, Any]], number: int, default: Any) -> Any:
    """Return the last value of a field. Raises PushError when it has another type than the default."""
    value = next((value for found, value in reversed(fields) if found == number), default)
    if not isinstance(value, type(default)):
        raise PushError("a field has the wrong wire type")
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise PushError("a field has the wrong wire type")
    return value


def _double(fields: list[tuple[int, Any]], number: int) -> float:
    data = _last(fields, number, b"")
    value = struct.unpack("<d", data)[0] if data else 0.0
    return value if math.isfinite(value) else 0.0


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
