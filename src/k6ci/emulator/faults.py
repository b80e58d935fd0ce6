"""Faults: which requests they hit, how often, and what they do. Random choices come from a seed."""

from __future__ import annotations

import enum
import fnmatch
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

HasReached = Callable[[str, frozenset[int]], bool]


def _nothing_reached(_: str, __: frozenset[int]) -> bool:
    return False


@enum.unique
class FaultKind(enum.Enum):
    """What happens to a request that is hit.

    STATUS        an error response with a given status; the request has no effect
    DELAY         the request is handled later
    CUT_BEFORE    the connection is cut; the request has no effect
    CUT_AFTER     the request has its effect, and the connection is cut instead of a response
    MALFORMED     the request has its effect, the body of the response is not JSON
    CONTENT_TYPE  the request has its effect, the content type of the response is text/html
    MISSING_KEYS  the request has its effect, the response lacks keys
    LATE          the request has its effect at once, the response comes later
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

    Attributes:
        route: `METHOD path` with shell wildcards, such as `GET /cloud/v6/test_runs/*` or `* *`.
        kind: what happens to a request that is hit.
        count: how many requests are hit; null for all.
        skip: how many matching requests pass first.
        status: the status of the kind `status`.
        retry_after_seconds: the header Retry-After of the kind `status`; null for none.
        echo: the message of the kind `status` repeats the credentials of the request, as some servers do.
        delay_seconds: waiting time before the request is handled; with `late` before the response.
        probability: of a hit.
        keys: the keys that `missing_keys` removes, nested ones with dots; a random key when empty.
        when_status: the fault is inactive until a run enters this status; runs that had ended before do not count.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    route: Annotated[str, Field(min_length=1, max_length=500)]
    kind: FaultKind = FaultKind.STATUS
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
    """An active fault, and how often it was used (`hits`). Runs in `old_runs` do not count for `when_status`."""

    id: int
    request: FaultRequest
    left: int | None
    skip: int
    old_runs: frozenset[int] = frozenset()
    hits: int = 0

    @property
    def kind(self) -> FaultKind:
        """What happens to a request that is hit."""
        return self.request.kind

    def describe(self) -> dict[str, object]:
        """Return its JSON."""
        fields = self.request.model_dump(mode="json", exclude={"count"})
        own = {"id": self.id, "left": self.left, "skip": self.skip, "hits": self.hits}
        return {**fields, **own, "old_runs": sorted(self.old_runs)}


class FaultRegistry:
    """The active faults, in the order in which they were added."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        """Remove all faults; random choices start again from the seed."""
        self.faults: list[Fault] = []
        self._random = random.Random(self._seed)  # noqa: S311  (repeatable choices, no secret)

    def add(self, request: FaultRequest, old_runs: frozenset[int] = frozenset()) -> Fault:
        """Add a fault; runs in `old_runs` do not count for `when_status`."""
        fault = Fault(len(self.faults) + 1, request, request.count, request.skip, old_runs)
        self.faults.append(fault)
        return fault

    def choose(self, keys: Sequence[str]) -> str:
        """Return one of several keys at random."""
        return self._random.choice(keys)

    def hit(self, method: str, path: str, has_reached: HasReached = _nothing_reached) -> Fault | None:
        """Return the first active fault that matches a request, None for none; its hits are counted.

        Args:
            method: of the request.
            path: of the request.
            has_reached: whether a run has entered a status, runs with the given ids not counted.
        """
        for fault in self.faults:
            request = fault.request
            if fault.left == 0 or not fnmatch.fnmatchcase(f"{method} {path}", request.route):
                continue
            if request.when_status is not None and not has_reached(request.when_status, fault.old_runs):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if self._random.random() >= request.probability:
                continue
            fault.hits += 1
            fault.left = None if fault.left is None else fault.left - 1
            return fault
        return None
