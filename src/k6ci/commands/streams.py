"""The streams of one command: redacted, and on GitHub one stream with the masks first and a fence around the rest."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from k6ci.ci.job_log import JobLog, PlainLog
from k6ci.redaction import Redactor
from k6ci.runs.interruption import hang_up
from k6ci.stdio import arranged, is_file, is_handed_on, silence


@dataclasses.dataclass
class Streams:
    """Where a command writes.

    `stdout` takes what the command was called for. `job_log` says how sections are written to it: not at all where a
    program or a file reads it. `annotation` is a command that is written after everything else, and after the fence.
    """

    stdout: TextIO
    job_log: JobLog
    annotation: str = ""


@contextlib.contextmanager
def guarded(
    job_log: JobLog, redactor: Redactor, secrets: Iterable[str], *, has_document: bool, is_whole_process: bool
) -> Iterator[Streams]:
    """Redact standard output and error inside of the context.

    Args:
        job_log: what the CI system wants before and after everything else.
        redactor: replaces the known secrets.
        secrets: values that the CI system is told to hide.
        has_document: standard output is for a program: nothing but its document may be in it.
        is_whole_process: the streams are the process's own, which ends with the command.
    """
    before = sys.stdout, sys.stderr
    # The masks contain the secrets, because they tell the CI system what to hide. If standard output is piped to
    # another program, that program may write a file. Masks then go to standard error: better late than in an artifact.
    is_masked = is_whole_process and job_log.reads_commands and is_handed_on() and not is_file(sys.stderr)
    if is_masked:
        sys.stderr.write(job_log.masks(secrets))
        sys.stderr.flush()
    document, log, is_joined = arranged(
        joins=job_log.reads_commands, has_document=has_document, is_whole_process=is_whole_process
    )
    if not is_masked and not is_file(log):
        log.write(job_log.masks(secrets))
    log.write(job_log.opening())
    log.flush()
    wrapped = {id(stream): redactor.wrap(stream) for stream in (sys.stderr, sys.stdout)}
    wrapped[id(document)] = redactor.wrap(document, hang_up)
    sys.stdout, sys.stderr = wrapped[id(sys.stdout)], wrapped[id(sys.stderr)]
    streams = Streams(wrapped[id(document)], job_log if document is log else PlainLog())
    try:
        yield streams
    finally:
        _end(wrapped.values(), wrapped[id(log)], job_log.closing() + streams.annotation)
        sys.stdout, sys.stderr = before
        if is_joined and is_whole_process:
            silence()


def _end(wrapped: Iterable[TextIO], log: TextIO, last_words: str) -> None:
    """Write what the redactors still buffer, then the last words at the beginning of a line."""
    for stream in wrapped:
        if stream is not log:
            stream.close()
            stream.flush()
    if last_words:
        log.write(last_words if getattr(log, "is_at_line_start", True) else f"\n{last_words}")
    log.close()
    log.flush()
