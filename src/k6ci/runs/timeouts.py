"""How long the parts of a run may take: each has its own limit, because each has its own remedy."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Timeouts:
    """Limits in seconds.

    Attributes:
        total: from the start to the result; None for the planned duration and a margin.
        queue: from the start until the load begins.
        concurrency: for a free test slot, before the start.
        contact: without any answer of the cloud.
        result: for the result of a run that has ended.
    """

    total: float | None = None
    queue: float = 600.0
    concurrency: float = 600.0
    contact: float = 60.0
    result: float = 30.0
