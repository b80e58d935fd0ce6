"""A hundred rounds of the hostile storm; `make storm` has a thousand."""

from __future__ import annotations

import pytest

from storms import hostile


@pytest.mark.e2e
@pytest.mark.timeout(1500)
def test_a_hundred_hostile_clouds() -> None:
    """No 70, no unnamed active run, at most 200 MB, the deadline kept within 10 s."""
    ended = hostile.storm(11, 100, workers=6)
    assert [(one.round, one.problems, one.text) for one in ended if one.problems] == []
    assert sum(bool(one.hits) for one in ended) >= 60
