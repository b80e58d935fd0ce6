"""A hundred rounds of the hostile storm; `make storm` has a thousand."""

from __future__ import annotations

import pytest

from storms import hostile


@pytest.mark.e2e
@pytest.mark.timeout(1500)
def test_a_hundred_hostile_clouds() -> None:
    """No 70, no unnamed active run, at most 200 MB, the deadline kept within 10 s."""
    ended = hostile.storm(11, 100, workers=6)
    # Six at once and the other tests make a busy machine: who was only late is late alone, too, or was not.
    late = [one.round.number for one in ended if one.problems and all(each.endswith(" late") for each in one.problems)]
    again = {one.round.number: one for one in (hostile.storm(11, 100, workers=1, numbers=late) if late else ())}
    found = [again.get(one.round.number, one) for one in ended]
    assert [(one.round, one.problems, one.text) for one in found if one.problems] == []
    assert sum(bool(one.hits) for one in ended) >= 60
