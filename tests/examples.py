"""What `make test` tries of much that could be tried; `make e2e` tries the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings


def examples(count: int) -> int:
    """So many in the profile `laws`; in another profile the same share of them as that profile tries by default."""
    return max(1, count * settings().max_examples // 100)


def pairs(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """Parameters for all pairs of two lists; those that repeat a value of both lists have the mark `thorough`."""
    shown = max(len(first), len(second))
    early = {(number % len(first), number % len(second)) for number in range(shown)}
    return [
        pytest.param(
            one, other, id=f"{_named(one)}-{_named(other)}", marks=() if (i, j) in early else pytest.mark.thorough
        )
        for i, one in enumerate(first)
        for j, other in enumerate(second)
    ]


def _named(value: Any) -> str:
    """A tuple of words or the keys of a dictionary as one text."""
    return " ".join(value) if isinstance(value, tuple | dict) else str(value)
