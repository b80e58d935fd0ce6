"""The fence around everything that a scan writes on GitHub: usage errors, names of skipped files, report, errors.

Names of files and commits are foreign text that could forge workflow commands (ci/github.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TextIO

from k6ci.ci.github import GitHubLog
from k6ci.stdio import arranged, silence


@contextlib.contextmanager
def fenced(argv: Sequence[str]) -> Iterator[tuple[TextIO, list[str]]]:
    """The stream for the report, and the annotations that are written at the end, after the fence."""
    # Before arguments are parsed, because those errors belong inside, too. argparse accepts abbreviated options.
    has_document = any(word.startswith("--f") for word in argv)
    document, log, is_joined = arranged(joins=True, has_document=has_document)
    job_log, annotations = GitHubLog(), list[str]()
    log.write(job_log.opening())
    log.flush()
    try:
        yield document, annotations
    finally:
        with contextlib.suppress(OSError):  # the reader is gone, or the disk is full: the exit code still counts
            document.flush()
            log.write("".join([job_log.closing(), *annotations]))
            log.flush()
        if is_joined:
            silence()
