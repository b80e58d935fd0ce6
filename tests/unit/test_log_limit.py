"""How much of a script's log is shown: a burst, then so much a minute, and a count of the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from k6ci.runs.logtail import LineLimit


def test_a_burst_then_some_in_each_minute():
    """Five hundred at once, fifty more a minute later; minutes of silence do not pile up beyond the burst."""
    limit = LineLimit(0.0)
    assert sum(limit.admits(1.0) for _ in range(700)) == 500
    assert limit.take_count() == 200
    assert limit.take_count() == 0
    assert sum(limit.admits(61.0) for _ in range(700)) == 50
    assert sum(limit.admits(3600.0 * 10) for _ in range(700)) == 500


@given(st.lists(st.floats(0, 600), max_size=300).map(sorted), st.integers(1, 40))
def test_every_line_is_shown_or_counted(moments, each):
    """And never more than the burst and what the minutes since have brought."""
    limit = LineLimit(0.0)
    shown = sum(limit.admits(moment) for moment in moments for _ in range(each))
    assert shown + limit.take_count() == len(moments) * each
    assert shown <= 500 + 50 * 10
