"""The configuration of an emulated stack."""

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

    REAL       by the clock, as in the cloud: a poll shows the status of its moment.
    IMMEDIATE  no waiting between statuses, and a GET of the run is held until the run has ended: one poll is enough.
    STEPPED    every GET of the run shows the next status and none is skipped; it is held until the run has entered it.
    """

    REAL = "real"
    IMMEDIATE = "immediate"
    STEPPED = "stepped"


@dataclass(frozen=True)
class StatusDelays:
    """Seconds that a run stays in each status in which nothing is executed."""

    created: float = 0.03
    queued: float = 0.05
    initializing: float = 0.15
    processing_metrics: float = 0.1


@dataclass(frozen=True)
class Exchange:
    """One request and its response, whole and unredacted: for `EmulatorConfig.observer` only, never stored."""

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes


@dataclass(frozen=True)
class EmulatorConfig:
    """The emulated stack; the k6 binary and its environment have no default.

    Attributes:
        k6: the binary that executes uploaded scripts.
        environ: its base environment (PATH and the like, no secrets).
        port: 0 for any free port.
        token: None for a random one.
        progression: how statuses move.
        stack_id: the ID of the stack.
        stack_slug: the name of the stack in its URL.
        project_ids: the projects; the first is the default project.
        project_names: their names, in the order of `project_ids`.
        user_email: the user of a personal token; None emulates a stack token.
        user_password: lets this user log in through the legacy API; None for an account with single sign-on only.
        refused_tokens: expired or revoked tokens, each with the message of its 401.
        seed: of all random choices (probability of faults, missing keys).
        status_delays: how long a run stays in statuses without execution.
        hold_seconds: the longest time that a GET of a run is held.
        abort_grace_seconds: the time between SIGTERM and SIGKILL for k6.
        limit_seconds: a run is stopped when it exceeds its own plan by this time.
        body_seconds: the longest time until a request has arrived.
        silence_seconds: a run that its client executes times out when the client reports nothing for this time (setup
            and teardown take up to 60 s each by default).
        observer: called with each exchange.
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
        """The URL of the Grafana stack; no request is sent there."""
        return f"https://{self.stack_slug}.grafana.net"
