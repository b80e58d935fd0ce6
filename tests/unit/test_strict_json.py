"""JSON of others: read within limits, or a ValueError, whatever it is."""

from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k6ci import strict_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
REFUSED = {
    "nested lists": b"[" * 3_000_000,
    "nested and closed": b"[" * 65 + b"]" * 65,
    "many items": b"[" + b"{}," * 1_000_000 + b"{}]",
    "key twice": b'{"a": 1, "a": 2}',
    "key twice, escaped": b'{"a": 1, "\\u0061": 2}',
    "half a pair": b'["\\ud800"]',
    "not UTF-8": b'["\xff"]',
    "an open string of escapes": b'"' + b'\\"' * 2_000_000,
    "nothing": b"",
    "NUL": b"\0",
    "two": b"{}{}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    """Soon, and with the one error that callers know."""
    began = time.thread_time()
    with pytest.raises(ValueError):  # noqa: PT011 -- of any text: the text is not shown alone
        strict_json.loads(REFUSED[name])
    assert time.thread_time() - began < 3


@given(VALUES)
def test_everything_else_is_read_as_json_reads_it(value):
    """With every kind of escape."""
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        data = text.encode("utf-8", "surrogatepass")
        try:
            data.decode()
        except UnicodeDecodeError:
            continue
        assert strict_json.loads(data) == json.loads(text)


def test_brackets_and_commas_in_strings_are_no_structure():
    """A log line may hold a million of them."""
    text = "[{,}]" * 100_000 + '\\"'
    assert strict_json.loads(json.dumps([text]).encode()) == [text]
    assert strict_json.loads(b"[" * 64 + b"]" * 64)


def test_numbers_without_a_place_in_int64_or_float_are_not_finite():
    """What reads them decides whether it needs them."""
    found = strict_json.loads(b"[" + b"9" * 100_000 + b", 123456789012345678901, 1e999, NaN]")
    assert not any(math.isfinite(number) for number in found)
