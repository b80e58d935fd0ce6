"""Calls that may block: writes to a pipe that nobody reads, or to a network file system; requests to a host."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


async def in_thread(call: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """Call a blocking function in a thread, which is abandoned when the caller is cancelled."""
    return await anyio.to_thread.run_sync(functools.partial(call, *args, **kwargs), abandon_on_cancel=True)


async def in_stoppable_thread(call: Callable[[threading.Event], Result]) -> Result:
    """Call a function that sends several requests in a thread; its event is set once nobody waits for the result."""
    is_left = threading.Event()
    try:
        return await in_thread(call, is_left)
    finally:
        is_left.set()
