"""The metric pushes of k6: Snappy's block format, and the protobuf messages in it."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from k6ci.emulator.metrics.cells import Kind
from k6ci.emulator.metrics.pushed import PushError, read_push
from k6ci.emulator.metrics.snappy import SnappyError, decompress

pytestmark = pytest.mark.unmeasured

LIMIT = 1 << 20


def varint(value: int) -> bytes:
    output = bytearray()
    while value > 127:
        output.append(value & 127 | 128)
        value >>= 7
    return bytes([*output, value])


def literal(data: bytes) -> bytes:
    """Return a Snappy block without copies."""
    if not data:
        return varint(0)
    head = bytes([(len(data) - 1) << 2]) if len(data) <= 60 else b"\xf4" + (len(data) - 1).to_bytes(2, "little")
    return varint(len(data)) + head + data


def field(number: int, value: float | bytes) -> bytes:
    """Return one field of a message."""
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def push(kind: int, name: str, samples_field: int, *samples: bytes, **labels: str) -> bytes:
    """Return a MetricSet of one time series."""
    pairs = b"".join(field(1, field(1, key.encode()) + field(2, text.encode())) for key, text in labels.items())
    series = pairs + field(samples_field, b"".join(field(1, sample) for sample in samples))
    return field(1, b"152701") + field(2, 3) + field(3, field(1, name.encode()) + field(2, kind) + field(3, series))


AT = field(1, field(1, 1_700_000_000))


def test_every_kind_of_metric_is_read() -> None:
    """Counter, gauge, rate and trend, with time and labels; the label of the run is dropped."""
    (counter,) = read_push(push(1, "c", 2, AT + field(2, 4.0), AT + field(2, 2.5), a="b", test_run_id="1"))
    assert (counter.metric, counter.kind, counter.labels) == ("c", Kind.COUNTER, {"a": "b"})
    assert [(second, cell.total) for second, cell in counter.cells] == [(1_700_000_000, 4.0), (1_700_000_000, 2.5)]
    (gauge,) = read_push(
        push(2, "g", 3, AT + field(2, 3.0) + field(3, 2) + field(4, 1.0) + field(5, 3.0) + field(6, 2.0))
    )
    cell = gauge.cells[0][1]
    assert (cell.last, cell.smallest, cell.largest, cell.total, cell.count) == (3.0, 1.0, 3.0, 4.0, 2)
    (rate,) = read_push(push(3, "r", 4, AT + field(2, 3) + field(3, 4)))
    assert (rate.cells[0][1].nonzero, rate.cells[0][1].total) == (3, 4)
    spans = field(3, field(1, 10) + field(2, 1)) + field(3, field(1, 5) + field(2, 2))
    whole = (
        field(2, varint(1) + varint(2) + varint(3))
        + spans
        + field(5, 0.1)
        + field(6, 6)
        + field(7, 0.01)
        + field(8, 0.02)
    )
    (trend,) = read_push(push(4, "t", 5, AT + whole))
    assert trend.cells[0][1].buckets == {10: 1, 16: 2, 17: 3}
    assert (trend.cells[0][1].count, trend.cells[0][1].largest) == (6, 0.02)


@pytest.mark.parametrize(
    "data",
    [
        push(9, "x", 2, AT),
        push(1, "", 2, AT),
        push(1, "x", 2, field(1, field(1, 2**62))),
        push(1, "x", 2, AT + varint(2 << 3 | 1) + b"\0\0"),
        push(1, "x", 2, AT + field(2, b"no number")),
        push(1, "x", 2, field(1, 7)),
        push(4, "x", 5, AT + field(3, field(1, 2**31) + field(2, 1)) + field(2, varint(1)) + field(6, 2**69)),
        b"\x1a\xff\xff\xff\xff\x0f",
        b"\xff" * 11,
        b"\x1b",
        b"\x1f",
    ],
)
def test_s15_an_invalid_push_is_rejected_by_the_reader(data: bytes) -> None:
    """Unknown types, impossible times, wrong wire types, lengths beyond the end."""
    with pytest.raises(PushError):
        read_push(data)


def test_numbers_that_are_not_finite_are_ignored() -> None:
    """A JSON response cannot have them."""
    (counter,) = read_push(push(1, "c", 2, AT + field(2, float("inf")), AT + field(2, float("nan"))))
    assert [cell.total for _, cell in counter.cells] == [0.0, 0.0]


@given(st.binary(max_size=2_000))
@settings(max_examples=examples(300), deadline=None)
def test_s15_no_bytes_break_the_reader(data: bytes) -> None:
    """Every input is read or raises PushError."""
    for read in (read_push, lambda block: decompress(block, LIMIT)):
        try:
            read(data)
        except (PushError, SnappyError):
            continue


@given(st.binary(max_size=5_000))
def test_a_block_without_copies_is_its_content(data: bytes) -> None:
    """Literals of any length."""
    assert decompress(literal(data), LIMIT) == data


def test_copies_repeat_earlier_bytes_also_overlapping_ones() -> None:
    """The three forms of a copy; an offset below the length repeats."""
    assert decompress(varint(8) + b"\x04ab" + bytes([(6 - 4) << 2 | 1, 2]), LIMIT) == b"abababab"
    assert decompress(varint(66) + b"\x04ab" + bytes([(64 - 1) << 2 | 2, 1, 0]), LIMIT) == b"a" + b"b" * 65
    assert decompress(varint(4) + b"\x04ab" + bytes([(2 - 1) << 2 | 3, 2, 0, 0, 0]), LIMIT) == b"abab"


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\xff" * 6,
        varint(LIMIT + 1) + b"\x00a",
        varint(3) + b"\x00a",
        varint(1) + b"\x04ab",
        varint(4) + bytes([1, 1]),
        varint(9) + b"\x04ab" + bytes([1, 3]),
        varint(9) + b"\x04ab" + bytes([1, 0]),
        varint(9) + b"\xfc\xff\xff\xff\xffa",
        varint(9) + b"\xf4",
        varint(64) + b"\x00a" + bytes([254, 1, 0]) * 5,
    ],
)
def test_s15_an_invalid_block_is_rejected(block: bytes) -> None:
    """Too long, too short, copies from before the start, cut short."""
    with pytest.raises(SnappyError):
        decompress(block, LIMIT)


def test_s15_a_bomb_ends_at_its_limit() -> None:
    """Each copy of three bytes makes 64; the size in the header is checked before decompression."""
    begun = time.thread_time()
    with pytest.raises(SnappyError, match="more than"):
        decompress(varint(2**31) + b"\x00a" + bytes([254, 1, 0]) * 1_000_000, LIMIT)
    with pytest.raises(SnappyError, match="longer than"):
        decompress(varint(LIMIT) + b"\x00a" + bytes([254, 1, 0]) * 1_000_000, LIMIT)
    assert time.thread_time() - begun < 5
