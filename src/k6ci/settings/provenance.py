"""A value with the source that set it, and how strong that source is."""

from __future__ import annotations

import dataclasses
import enum
from typing import Generic, TypeVar

from k6ci.settings.raw import Raw

Value = TypeVar("Value")


@enum.unique
class Rank(enum.IntEnum):
    """Precedence of sources; the smallest wins (design, section 4)."""

    FLAG = 0
    ENVIRONMENT = 1
    FILE = 2
    SCRIPT = 3
    CONFIG = 4
    LEGACY = 5
    DEFAULT = 6


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A value that a source offers for an input, not yet parsed; it may be a secret."""

    raw: Raw = dataclasses.field(repr=False)
    rank: Rank
    source: str

    @property
    def is_empty(self) -> bool:
        """Whether it is an empty text: CI systems set the variable of a missing secret to nothing."""
        return isinstance(self.raw, str) and not self.raw.strip()


@dataclasses.dataclass(frozen=True)
class Sourced(Generic[Value]):
    """A parsed value, who set it (`source` is a phrase for people), and how strong that source is."""

    value: Value
    source: str
    rank: Rank
