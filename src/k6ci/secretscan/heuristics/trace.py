"""Decisions on values, recorded for `k6ci scan --explain` while `tracing` is active."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from k6ci.secretscan.heuristics.context import Confidence
    from k6ci.secretscan.heuristics.false_positives import FalsePositive
    from k6ci.secretscan.heuristics.names import NameKind


class Outcome(enum.Enum):
    """Why a value is a secret or not."""

    SECRET = "a secret"  # noqa: S105 - an outcome
    NO_VALUE = "not a secret: the value is empty or longer than 1,000 characters"
    LABEL = "not a secret: text in another language"
    TOO_SHORT = "not a secret: too short"
    NAME = "not a secret: the value repeats its name"
    EXPRESSION = "not a secret: an expression, not a literal"
    UNSET = "not a secret: the word means that no value is set"
    FALSE_POSITIVE = "not a secret: false-positive rule"
    TOO_WEAK = "not a secret: too weak for this kind of name and this context"


class Decision(NamedTuple):
    """A decision with its input; `kind` and `confidence` are None where a detector needs neither."""

    value: str
    kind: NameKind | None
    confidence: Confidence | None
    outcome: Outcome
    false_positive: FalsePositive | None = None

    @property
    def is_secret(self) -> bool:
        """True when the value is a secret."""
        return self.outcome is Outcome.SECRET


_DECISIONS: ContextVar[list[Decision] | None] = ContextVar("decisions", default=None)


@contextlib.contextmanager
def tracing() -> Iterator[list[Decision]]:
    """Record the decisions that are made inside of the block."""
    decisions: list[Decision] = []
    token = _DECISIONS.set(decisions)
    try:
        yield decisions
    finally:
        _DECISIONS.reset(token)


def is_traced() -> bool:
    """True inside of a `tracing` block."""
    return _DECISIONS.get() is not None


def record(decision: Decision) -> Decision:
    """The decision, recorded where somebody traces."""
    decisions = _DECISIONS.get()
    if decisions is not None:
        decisions.append(decision)
    return decision
