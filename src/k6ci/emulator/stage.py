"""What every route works with: the world, the clock, and how a run is set going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from k6ci.clock import Clock
    from k6ci.emulator.config import EmulatorConfig
    from k6ci.emulator.faults import FaultBox
    from k6ci.emulator.journal import Journal
    from k6ci.emulator.run import Run
    from k6ci.emulator.world import World


@dataclass(frozen=True)
class Stage:
    """One emulated stack at work. `launch` begins to conduct a run in the background."""

    config: EmulatorConfig
    world: World
    clock: Clock
    faults: FaultBox
    journal: Journal
    launch: Callable[[Run], None]
