"""What each check of pre-flight returns: a value, warnings, and problems, which are all reported together."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

from k6ci.errors import K6ciError

Value = TypeVar("Value")
First = TypeVar("First")
Second = TypeVar("Second")


@dataclasses.dataclass(frozen=True)
class Checked(Generic[Value]):
    """The result of a check. `value` is None when the problems, of this check or an earlier one, leave none."""

    value: Value | None = None
    warnings: tuple[str, ...] = ()
    problems: tuple[K6ciError, ...] = ()


async def both(first: Callable[[], Awaitable[First]], second: Callable[[], Awaitable[Second]]) -> tuple[First, Second]:
    """Two steps side by side, and their results."""
    firsts: list[First] = []
    seconds: list[Second] = []

    async def keep_first() -> None:
        firsts.append(await first())

    async with anyio.create_task_group() as group:
        group.start_soon(keep_first)
        seconds.append(await second())
    return firsts[0], seconds[0]
