"""Faults that a test orders: which requests they hit, how often, and what they do. Chance comes from a seed."""

from __future__ import annotations

import enum
import fnmatch
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

HasReached = Callable[[str, frozenset[int]], bool]


def _nothing_reached(_: str, __: frozenset[int]) -> bool:
    return False


@enum.unique
class FaultKind(enum.Enum):
    """What happens to a request that is hit.

    STATUS        answered with that status and an error document; the request has no effect
    DELAY         answered normally, later
    CUT_BEFORE    the connection is cut; the request has no effect
    CUT_AFTER     the connection is cut after the effect: the answer is lost
    MALFORMED     the request has its effect, the answer's body is no JSON
    CONTENT_TYPE  the request has its effect, the answer says text/html
    MISSING_KEYS  the request has its effect, the answer lacks keys
    LATE          the request has its effect at once, the answer comes later
    """

    STATUS = "status"
    DELAY = "delay"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    MALFORMED = "malformed"
    CONTENT_TYPE = "content_type"
    MISSING_KEYS = "missing_keys"
    LATE = "late"


class FaultRequest(BaseModel):
    """The JSON of POST /_emulator/faults.

    route: `METHOD path` with shell wildcards, such as `GET /cloud/v6/test_runs/*` or `* *`. count: how many requests
    are hit (null: all); skip: how many that fit are let pass first. status, retry_after_seconds: of kind `status`.
    echo: its message repeats the credentials of the request, as careless servers do.
    delay_seconds: waited before anything else (`late`: before the answer). keys: what `missing_keys` drops, with dots
    for keys inside (none: one of the answer's own, drawn from the seed). probability: of a hit, drawn from the seed.
    when_status: nothing is hit before a run has entered that status; runs that had ended already do not count.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    route: Annotated[str, Field(min_length=1, max_length=500)]
    kind: str = FaultKind.STATUS.value
    count: Annotated[int, Field(ge=1)] | None = 1
    skip: Annotated[int, Field(ge=0)] = 0
    status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after_seconds: Annotated[int, Field(ge=0)] | None = None
    echo: bool = False
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    keys: Annotated[list[str], Field(max_length=100)] = Field(default_factory=list)
    when_status: Annotated[str, Field(min_length=1, max_length=100)] | None = None


@dataclass
class Fault:
    """An order and how far it was carried out."""

    id: int
    route: str
    kind: FaultKind
    left: int | None
    skip: int
    status: int
    retry_after_seconds: int | None
    delay_seconds: float
    probability: float
    echo: bool = False
    keys: tuple[str, ...] = ()
    when_status: str | None = None
    old_runs: frozenset[int] = frozenset()
    hits: int = 0

    def describe(self) -> dict[str, object]:
        """The JSON of it."""
        return {**asdict(self), "kind": self.kind.value, "old_runs": sorted(self.old_runs)}


class FaultRegistry:
    """All faults in force, in the order in which they came."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        """Forget all faults; chance starts anew from the seed."""
        self.faults: list[Fault] = []
        self._chance = random.Random(self._seed)  # noqa: S311  (repeatable chance, no secret)
        self._next_id = 1

    def order(self, order: FaultRequest, old_runs: frozenset[int] = frozenset()) -> Fault:
        """Put a fault in force, which does not look at `old_runs`; raises ValueError for an unknown kind."""
        fault = Fault(
            id=self._next_id,
            route=order.route,
            kind=FaultKind(order.kind),
            left=order.count,
            skip=order.skip,
            status=order.status,
            retry_after_seconds=order.retry_after_seconds,
            delay_seconds=order.delay_seconds,
            probability=order.probability,
            echo=order.echo,
            keys=tuple(order.keys),
            when_status=order.when_status,
            old_runs=old_runs,
        )
        self._next_id += 1
        self.faults.append(fault)
        return fault

    def choose(self, keys: Sequence[str]) -> str:
        """One of several, by chance of the seed."""
        return self._chance.choice(keys)

    def hit(self, method: str, path: str, has_reached: HasReached = _nothing_reached) -> Fault | None:
        """The fault that strikes this request, if any; it counts as one of its hits.

        `has_reached` says whether a run outside of the given ids has entered a status.
        """
        for fault in self.faults:
            if fault.left == 0 or not fnmatch.fnmatchcase(f"{method} {path}", fault.route):
                continue
            if fault.when_status is not None and not has_reached(fault.when_status, fault.old_runs):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if self._chance.random() >= fault.probability:
                continue
            fault.hits += 1
            fault.left = None if fault.left is None else fault.left - 1
            return fault
        return None
