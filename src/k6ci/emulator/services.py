"""The services that the routes of one emulated stack share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from k6ci.clock import Clock
    from k6ci.emulator.config import EmulatorConfig
    from k6ci.emulator.faults import FaultRegistry
    from k6ci.emulator.journal import RequestJournal
    from k6ci.emulator.run import Run
    from k6ci.emulator.stack_state import StackState


@dataclass(frozen=True)
class EmulatorServices:
    """State, clock, faults and request journal of one emulated stack; `launch` executes a run in the background."""

    config: EmulatorConfig
    state: StackState
    clock: Clock
    faults: FaultRegistry
    journal: RequestJournal
    launch: Callable[[Run], None]
