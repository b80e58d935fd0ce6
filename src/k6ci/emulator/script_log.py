"""Reads k6's JSON log, line by line, into the log of its run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from k6ci.emulator.run import EMULATED_ZONE, Run

if TYPE_CHECKING:
    from k6ci.clock import Clock
    from k6ci.redaction import Redactor

_LINE_LIMIT_BYTES = 1 << 20


class LogReader:
    """Reads the log of one run; `messages` are the last errors, for its final status."""

    def __init__(self, run: Run, redactor: Redactor, clock: Clock) -> None:
        self._run = run
        self._clock = clock
        self._redactor = redactor
        self._rest = b""
        self.messages: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes of stderr; a line may be split anywhere."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._rest = self._rest[-_LINE_LIMIT_BYTES:]
        for line in lines:
            if line.strip():
                self._read_line(line)

    def _read_line(self, line: bytes) -> None:
        text = self._redactor.data(line).decode(errors="replace")
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            record = {"level": "info", "msg": text}
        message = str(record.pop("msg", ""))
        record.pop("time", None)
        if record.get("level") in {"error", "fatal", "panic"} and record.get("source") != "console":
            self.messages = [*self.messages[-19:], _sentence(message, record)]
        labels = {"lz": EMULATED_ZONE, "instance_id": "0", "test_run_id": str(self._run.id)}
        labels |= {name: _label(value) for name, value in record.items()}
        self._run.log.write(int(self._clock.now().timestamp() * 1_000_000) * 1_000, labels, message)


def _sentence(message: str, record: dict[str, Any]) -> str:
    return f"{message}: {record['error']}" if record.get("error") else message


def _label(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
