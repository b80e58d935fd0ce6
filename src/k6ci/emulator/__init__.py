"""A loopback stand-in for Grafana Cloud k6 that really executes what is uploaded, with the real k6 binary.

It serves REST v6, the v5 metrics, the log tail and the legacy API, and control routes under /_emulator; see
docs/emulator.md.
"""

from __future__ import annotations

from k6ci.emulator.config import EmulatorConfig, Exchange, Progression, StatusDelays
from k6ci.emulator.server import Emulator, running_emulator

__all__ = ["Emulator", "EmulatorConfig", "Exchange", "Progression", "StatusDelays", "running_emulator"]
