"""What a caller may choose about an emulated stack. Everything has a default but the k6 binary and its environment."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@enum.unique
class Progression(enum.Enum):
    """How the status of a run moves; the script is executed for real in each.

    REAL       by the clock, as in the cloud: what a poll sees depends on when it comes.
    IMMEDIATE  no waiting between statuses, and a GET of the run is held until the run has ended: one poll is enough.
    STEPPED    every GET of the run shows the next status, none is skipped; it is held while the run has not got there.
    """

    REAL = "real"
    IMMEDIATE = "immediate"
    STEPPED = "stepped"


@dataclass(frozen=True)
class StatusDelays:
    """Seconds that a run stays in the statuses which have no work of their own."""

    created: float = 0.03
    queued: float = 0.05
    initializing: float = 0.15
    processing_metrics: float = 0.1


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, whole and unredacted. Handed to `EmulatorConfig.observer` only, never stored."""

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes


@dataclass(frozen=True)
class EmulatorConfig:
    """The emulated stack.

    k6: the binary that executes what is uploaded; environ: its base environment (PATH and the like, no secrets).
    port 0 takes a free one; token None makes a random one; user_email set plays a personal token instead of a stack
    token, and user_password lets that user log in through the legacy API (without one: single sign-on only).
    refused_tokens: tokens that were good once, with the message that they get. seed decides every chance (faults with
    a probability); hold_seconds bounds how long a GET may be held. limit_seconds: a run is killed when it exceeds its
    own estimate by so much. body_seconds: how long a request may take to arrive. silence_seconds: a run that its
    client executes times out when it reports nothing for so long (setup and teardown take 60 s each by default).
    observer sees each exchange.
    """

    k6: Path
    environ: Mapping[str, str]
    port: int = 0
    token: str | None = field(default=None, repr=False)
    progression: Progression = Progression.REAL
    stack_id: int = 4711
    stack_slug: str = "demo"
    project_ids: tuple[int, ...] = (3101, 3102)
    project_names: tuple[str, ...] = ("Default project", "Checkout team")
    user_email: str | None = None
    user_password: str | None = field(default=None, repr=False)
    refused_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    seed: int = 0
    status_delays: StatusDelays = field(default_factory=StatusDelays)
    hold_seconds: float = 30.0
    abort_grace_seconds: float = 1.0
    limit_seconds: float = 60.0
    body_seconds: float = 120.0
    silence_seconds: float = 150.0
    observer: Callable[[Exchange], None] | None = field(default=None, repr=False)

    @property
    def stack_url(self) -> str:
        """The address of the Grafana stack; nothing is ever sent there."""
        return f"https://{self.stack_slug}.grafana.net"
