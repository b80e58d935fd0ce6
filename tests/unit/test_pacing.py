"""Polls: sparse far from the end, dense near it, noticed sooner than by k6 and with no more requests."""

from __future__ import annotations

import itertools
import math
import statistics

from hypothesis import given
from hypothesis import strategies as st

from k6ci.runs.pacing import Pacer


def simulate(*, running_at: float, planned: float | None, processing_at: float, ended_at: float) -> list[float]:
    """The times at which a run with these moments is polled."""
    pacer, now, polls = Pacer(planned), 0.05, []
    seen_running, is_processing = None, False
    while not polls or polls[-1] < ended_at:
        now += pacer.delay(now, seen_running, is_processing=is_processing)
        polls.append(now)
        seen_running = running_at if now >= running_at else None
        is_processing = now >= processing_at
        now += 0.01  # the request itself
    return polls


def k6_polls(ended_at: float) -> int:
    """Bare k6 polls every 2 s from the start."""
    return math.ceil(ended_at / 2)


moments = st.tuples(st.floats(0.1, 20), st.floats(1, 300), st.floats(0, 5), st.floats(0.05, 5))


@given(moments, st.booleans())
def test_never_more_polls_than_k6(when, is_planned):
    """Whatever the run does, and whether or not its end is known."""
    queue, planned, late, processing = when
    processing_at = queue + planned + late
    ended_at = processing_at + processing
    polls = simulate(
        running_at=queue, planned=planned if is_planned else None, processing_at=processing_at, ended_at=ended_at
    )
    assert len(polls) <= k6_polls(ended_at)
    assert polls == sorted(polls)


def test_the_end_is_noticed_sooner_than_by_k6():
    """Short runs of uneven length, as in the bench: k6 is 1 s late on average."""
    lags = []
    for tenths in range(50, 121, 3):
        planned = tenths / 10
        ended_at = 0.4 + planned + 0.45
        polls = simulate(running_at=0.4, planned=planned, processing_at=ended_at - 0.15, ended_at=ended_at)
        assert len(polls) <= k6_polls(ended_at)
        lags.append(polls[-1] - ended_at)
    assert statistics.median(lags) < 0.5
    assert max(lags) < 2.0


def test_a_short_run_is_polled_once_where_k6_polls_twice():
    """A load of 3 s is not over at k6's first poll, and long over at its second."""
    (only,) = simulate(running_at=0.1, planned=3.0, processing_at=3.15, ended_at=3.3)
    assert only - 3.3 < 0.3
    late = simulate(running_at=0.9, planned=3.0, processing_at=3.95, ended_at=4.1)
    assert len(late) <= k6_polls(4.1)
    assert late[-1] - 4.1 < 2.0


def test_far_from_the_end_polls_are_sparse_and_near_it_dense():
    """A run of ten minutes: up to 10 s between polls, under half a second around the end."""
    polls = simulate(running_at=5.0, planned=600.0, processing_at=606.0, ended_at=607.0)
    gaps = [later - earlier for earlier, later in itertools.pairwise(polls)]
    assert max(gaps) > 9
    assert all(gap < 0.7 for gap, at in zip(gaps, polls[1:], strict=True) if at > 605.5)
    assert len(polls) < 100


def test_a_straggler_is_waited_for_with_growing_gaps():
    """Iterations may take their graceful stop; dense polling does not last for ever."""
    polls = simulate(running_at=1.0, planned=60.0, processing_at=90.0, ended_at=90.5)
    assert len(polls) <= k6_polls(90.5)
