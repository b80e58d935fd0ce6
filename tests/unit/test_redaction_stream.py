"""Streams of bytes that are redacted piece by piece: what goes out when."""

from __future__ import annotations

import itertools
import secrets

import pytest

from k6ci.redaction import Redactor


@pytest.fixture
def value():
    return secrets.token_hex(16)


def test_a_stream_of_bytes_lets_lines_through_at_once(value):
    """A heartbeat that appears a minute later is none."""
    stream = Redactor([value, "line one\nline two"]).stream()
    assert stream.feed(b"running (5s)\n") == b"running (5s)\n"
    assert stream.feed(b"token " + value.encode() + b"\n") == b"token ***\n"


def test_a_secret_that_is_added_applies_to_the_next_piece(value):
    """A token that arrives by an exchange is not known when the stream begins."""
    redactor = Redactor()
    stream = redactor.stream()
    assert stream.feed(value.encode()) == value.encode()
    redactor.add(value)
    assert stream.feed(value.encode() + b"\n") == b"***\n"


def test_a_stream_can_be_used_again_after_its_end():
    """A mask that was going on at the end must not swallow the next beginning."""
    stream = Redactor(["abcdef", "efghij"]).stream()
    assert stream.feed(b"abcdefgh") + stream.flush() == b"***gh"
    assert stream.feed(b"gh ij") + stream.flush() == b"gh ij"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_overlapping_secrets_share_one_mask_across_pieces(size):
    """The state of a mask that is already out must survive the cut."""
    parts = [secrets.token_hex(8) for _ in range(4)]
    stream = Redactor([left + right for left, right in itertools.pairwise(parts)]).stream()
    data = f"<{''.join(parts)}>".encode()
    pieces = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert b"".join(pieces) + stream.flush() == b"<***>"
