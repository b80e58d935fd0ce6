"""Writes that may block forever: to a pipe that nobody reads, to a network file system whose server is down."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import anyio

Arguments = ParamSpec("Arguments")


async def in_thread(write: Callable[Arguments, None], *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
    """Call a blocking function in a thread, which is abandoned when the caller is cancelled."""
    await anyio.to_thread.run_sync(functools.partial(write, *args, **kwargs), abandon_on_cancel=True)
