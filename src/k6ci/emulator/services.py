"""What every route works with: the state, the clock, and how a run is set going."""

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
    """One emulated stack at work. `launch` begins to conduct a run in the background."""

    config: EmulatorConfig
    state: StackState
    clock: Clock
    faults: FaultRegistry
    journal: RequestJournal
    launch: Callable[[Run], None]
