"""Scan files, the index or a range of commits: small scans in this process, large ones in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.inputs.content import LARGEST_BYTES, Content, readable
from k6ci.secretscan.inputs.texts import is_archive
from k6ci.secretscan.prefilter.lines import best_backend, hit_lines

if TYPE_CHECKING:
    from k6ci import git
    from k6ci.secretscan.report.findings import Finding, Keyer

# Below this, starting processes takes longer than the scan.
_WORTH_PROCESSES_BYTES = 800_000
# Small slices share the work evenly, also when the costly files are neighbours; each costs a message.
_SLICE_FILES, _SLICES_OF_A_PROCESS = 40, 8


class Outcome(NamedTuple):
    """The findings, and the contents that were skipped."""

    findings: list[Finding]
    skipped: list[Content]


def scan_paths(names: Sequence[str], read: Callable[[str], Content], *, jobs: int, keyer: Keyer | None) -> Outcome:
    """Scan files, as `read` gives their contents, with at most `jobs` processes (0: one per processor)."""
    total = _total_bytes(names)
    backend = best_backend(total)

    def scan(part: Sequence[str]) -> Outcome:
        return scan_contents(map(read, part), backend=backend, keyer=keyer)

    if total < _WORTH_PROCESSES_BYTES or not hasattr(os, "fork"):
        return scan(names)
    from k6ci.processes import processors, shared  # noqa: PLC0415 - for big scans only
    from k6ci.secretscan.detectors import structured_files  # noqa: F401, PLC0415 - imported once, before the processes fork

    jobs = jobs or processors()
    if jobs == 1 or len(names) < 2 * jobs:
        return scan(names)
    hit_lines(b"", backend)  # compiles the patterns, so that the processes have them
    size = max(1, min(_SLICE_FILES, len(names) // (jobs * _SLICES_OF_A_PROCESS)))
    slices = [names[start : start + size] for start in range(0, len(names), size)]
    parts = shared(slices, scan, jobs)
    return Outcome([one for part in parts for one in part.findings], [one for part in parts for one in part.skipped])


def scan_contents(contents: Iterable[Content], *, backend: str, keyer: Keyer | None) -> Outcome:
    """Scan contents one after the other, so that one file at a time is in memory."""
    findings: list[Finding] = []
    skipped: list[Content] = []
    for content in contents:
        if content.content is None:
            skipped.append(content)
            continue
        if is_archive(content.content):
            from k6ci.secretscan.inputs.archives import members  # noqa: PLC0415 - archives are rare

            inner = members(content.path, content.content)
            skipped += [one._replace(commit=content.commit) for one in inner if one.content is None]
        found = scan_content(content.path, content.content, backend=backend, keyer=keyer)
        findings += [one._replace(commit=content.commit) for one in found]
    return Outcome(findings, skipped)


def contents_of(changes: Sequence[git.Change]) -> Iterator[Content]:
    """The contents that git has of versions of files."""
    from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

    blobs = git.blobs([change.object_name for change in changes], max_bytes=LARGEST_BYTES)
    for change, blob in zip(changes, blobs, strict=True):
        if blob.content is None and not blob.size_bytes:
            content = Content(change.path, None, "its content is not in this clone", is_failure=True)
        else:
            content = readable(change.path, blob.content or blob.head, blob.size_bytes)
        yield content._replace(commit=change.commit)


def _total_bytes(names: Iterable[str]) -> int:
    total = 0
    for name in names:
        try:
            total += min(os.lstat(name).st_size, LARGEST_BYTES)
        except OSError:
            continue
    return total
