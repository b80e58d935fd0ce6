"""Waits for a condition: tests wait until something has happened, not for a time in which it should have."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# Longer than anything takes on a busy machine; a test that fails pays for it, a test that passes does not.
PATIENCE_SECONDS = 120.0
# For answers that nobody may wait for: who does so runs out of patience, however busy the machine is.
NEVER_SECONDS = 600.0
_PAUSE_SECONDS = 0.02


def wait_for(condition: Callable[[], T], what: str = "the condition", *, seconds: float = PATIENCE_SECONDS) -> T:
    """Return the first value of `condition` that is true; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} was not met within {seconds:.0f} s"
        time.sleep(_PAUSE_SECONDS)
    return found
