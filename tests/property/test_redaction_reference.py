"""The fast search against a naive one that anyone can check by reading."""

from __future__ import annotations

import base64
import html
import itertools
import json
import shlex
import urllib.parse

from hypothesis import given
from hypothesis import strategies as st

from k6ci.redaction import Redactor
from k6ci.redaction.forms import forms_of

_alphabets = st.sampled_from(["ab", "0123456789abcdef", "aB3/+=", "ab \\\"'&%u0", "aü€😀<", "a\nb "])
_values = _alphabets.flatmap(lambda alphabet: st.text(alphabet, min_size=1, max_size=40))


def _naive(data: bytes, redactor: Redactor) -> bytes:
    """At every place the longest form that is there; one mask over what overlaps."""
    forms = sorted({form for secret in redactor._forms for form in forms_of(secret)}, key=len, reverse=True)
    out, covered = bytearray(), 0
    for place in range(len(data) + 1):
        length = next((len(form) for form in forms if data.startswith(form, place)), 0)
        if length and place >= covered:
            out += b"***"
        covered = max(covered, place + length)
        if place >= covered:
            out += data[place : place + 1]
    return bytes(out)


@st.composite
def _logs(draw):
    """Values, and output made of their forms, of pieces of these, and of other text, without any separator."""
    values = draw(st.lists(_values, min_size=1, max_size=4))
    forms = sorted({form for value in values for form in forms_of(value.strip() or "-")})
    piece = st.one_of(
        st.sampled_from(forms),
        st.sampled_from(forms).flatmap(lambda form: st.integers(1, len(form)).map(lambda size: form[:size])),
        st.sampled_from(forms).flatmap(lambda form: st.integers(0, len(form)).map(lambda start: form[start:])),
        st.sampled_from(values).map(str.encode),
        st.binary(max_size=9),
        st.text("ab \n0", max_size=20).map(str.encode),
    )
    return values, b"".join(draw(st.lists(piece, max_size=8)))


@given(_logs())
def test_the_fast_search_masks_what_the_naive_one_masks(log):
    """Speed must not change the result."""
    values, data = log
    redactor = Redactor(values)
    assert redactor.data(data) == _naive(data, redactor)


@given(_logs(), st.lists(st.integers(0, 2000), max_size=12))
def test_a_stream_gives_the_same_however_it_is_cut(log, cuts):
    """A secret must not get through in two halves."""
    values, data = log
    redactor = Redactor(values)
    stream = redactor.stream()
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    fed = b"".join(stream.feed(data[start:end]) for start, end in itertools.pairwise(places))
    assert fed + stream.flush() == redactor.data(data)


@given(_logs())
def test_a_stream_keeps_back_no_more_than_the_longest_form(log):
    """Memory is bounded, whatever comes."""
    values, data = log
    stream = Redactor(values).stream()
    longest = max(len(form) for value in values for form in forms_of(value.strip()))
    for byte in data:
        stream.feed(bytes([byte]))
        assert len(stream._held_back) < longest or not stream._held_back


def _utf16_escapes(value: str) -> str:
    units = value.encode("utf-16-be").hex()
    return "".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4))


_OFTEN_NESTED = [
    urllib.parse.quote,
    lambda value: urllib.parse.quote(value, safe=""),
    lambda value: json.dumps(value)[1:-1],
    lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    html.escape,
    lambda value: repr(value)[1:-1],
]
_BASE64 = [
    lambda value: base64.b64encode(value.encode()).decode(),
    lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
]
_OTHERS = [
    urllib.parse.quote_plus,
    lambda value: shlex.quote(value + " ")[1:-2],
    lambda value: repr(value.encode())[2:-1],
    lambda value: value.encode().hex(),
    _utf16_escapes,
]
_any_value = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=8, max_size=40)


@given(_any_value, st.sampled_from(_OFTEN_NESTED + _BASE64 + _OTHERS))
def test_no_encoder_of_the_standard_library_gets_any_value_past(value, encode):
    """The forms are right for all values, not only for those that somebody thought of."""
    assert Redactor([value]).text(f"\n{encode(value)}\n") == "\n***\n"


@given(_any_value, st.sampled_from(_OFTEN_NESTED + _BASE64), st.sampled_from(_OFTEN_NESTED))
def test_no_two_encoders_of_logs_get_any_value_past(value, first, second):
    """A URL in a JSON log is encoded twice."""
    assert Redactor([value]).text(f"\n{second(first(value))}\n") == "\n***\n"
