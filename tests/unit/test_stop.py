"""How often the cloud is asked to stop a run: quickly while a signal leaves seconds, seldom afterwards."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from k6ci.cloud.failures import ApiError
from k6ci.runs.stop import stop_run


class FastClock:
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.lowlevel.checkpoint()
        if sum(self.pauses) > 60:
            await anyio.sleep_forever()


class Refusing:
    """A cloud that answers every request in one way."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        self.status, self.retry_after = status, retry_after

    async def abort(self, run_id: int) -> None:
        raise ApiError("stopping", self.status, "no", retry_after=self.retry_after)

    async def test_run(self, run_id: int, **_: object) -> None:
        raise ApiError("asking", 503, "no", retry_after=self.retry_after)


@pytest.mark.parametrize(("status", "retry_after"), [(503, None), (500, None), (429, 30.0), (409, None)])
def test_a_cloud_in_trouble_is_asked_ever_less_often(status, retry_after):
    """Not two hundred times in a minute; Retry-After counts, up to a limit."""
    clock = FastClock()

    async def stopped():
        return await stop_run(Refusing(status, retry_after), 7, clock, within_seconds=0.5)

    found = anyio.run(stopped)
    assert not found.is_confirmed
    assert len(clock.pauses) < 30
    assert max(clock.pauses) <= 6
    assert retry_after is None or min(clock.pauses) >= 5
