"""Faults that a test orders: which requests they hit, how often, and what they do. Chance comes from a seed."""

from __future__ import annotations

import enum
import fnmatch
import random
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


@enum.unique
class FaultKind(enum.Enum):
    """What happens to a request that is hit.

    STATUS        answered with that status and an error document; the request has no effect
    DELAY         answered normally, later
    CUT_BEFORE    the connection is cut; the request has no effect
    CUT_AFTER     the connection is cut after the effect: the answer is lost
    MALFORMED     the request has its effect, the answer's body is no JSON
    CONTENT_TYPE  the request has its effect, the answer says text/html
    """

    STATUS = "status"
    DELAY = "delay"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    MALFORMED = "malformed"
    CONTENT_TYPE = "content_type"


class FaultOrder(BaseModel):
    """The JSON of POST /_emulator/faults.

    route: `METHOD path` with shell wildcards, such as `GET /cloud/v6/test_runs/*` or `* *`. count: how many requests
    are hit (null: all); skip: how many that fit are let pass first. status, retry_after_seconds: of kind `status`.
    delay_seconds: waited before anything else, with every kind. probability: of a hit, drawn from the seed.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    route: Annotated[str, Field(min_length=1, max_length=500)]
    kind: str = FaultKind.STATUS.value
    count: Annotated[int, Field(ge=1)] | None = 1
    skip: Annotated[int, Field(ge=0)] = 0
    status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after_seconds: Annotated[int, Field(ge=0)] | None = None
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0


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
    hits: int = 0

    def describe(self) -> dict[str, object]:
        """The JSON of it."""
        return {**asdict(self), "kind": self.kind.value}


class FaultBox:
    """All faults in force, in the order in which they came."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        """Forget all faults; chance starts anew from the seed."""
        self.faults: list[Fault] = []
        self._chance = random.Random(self._seed)  # noqa: S311  (repeatable chance, no secret)
        self._next_id = 1

    def order(self, order: FaultOrder) -> Fault:
        """Put a fault in force; raises ValueError for an unknown kind."""
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
        )
        self._next_id += 1
        self.faults.append(fault)
        return fault

    def hit(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any; it counts as one of its hits."""
        for fault in self.faults:
            if fault.left == 0 or not fnmatch.fnmatchcase(f"{method} {path}", fault.route):
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
