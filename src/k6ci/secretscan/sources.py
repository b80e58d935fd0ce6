"""The contents of a scan, and the scan of them: in this process when there is little, in several when there is much."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from k6ci.secretscan.intake import LARGEST_BYTES, Content, judged, read_file, too_large
from k6ci.secretscan.prefilter import best_backend
from k6ci.secretscan.scan import Keyer, scan_content

if TYPE_CHECKING:
    from k6ci.secretscan.findings import Finding

# Below this, starting processes takes longer than the scan.
WORTH_PROCESSES_BYTES = 4_000_000
_SLICE_FILES = 64


class Outcome(NamedTuple):
    """What was found, and what was not judged."""

    findings: list[Finding]
    skipped: list[Content]


def scan_paths(paths: Iterable[str], *, jobs: int, keyer: Keyer | None) -> Outcome:
    """Scan files of the working tree; `jobs` processes at most (0: as many as there are processors)."""
    names = list(dict.fromkeys(paths))
    total = _total_bytes(names)
    backend = best_backend(total)
    jobs = jobs or os.cpu_count() or 1
    if jobs == 1 or total < WORTH_PROCESSES_BYTES or len(names) < 2 * jobs:
        return scan_contents((read_file(name) for name in names), backend=backend, keyer=keyer)
    return _in_processes(names, jobs, backend, keyer)


def scan_contents(contents: Iterable[Content], *, backend: str, keyer: Keyer | None) -> Outcome:
    """Scan contents one after the other, so that one file at a time is in memory."""
    findings: list[Finding] = []
    skipped: list[Content] = []
    for content in contents:
        if content.content is None:
            skipped.append(content)
            continue
        findings.extend(scan_content(content.path, content.content, backend=backend, keyer=keyer))
    return Outcome(findings, skipped)


def staged(directory: str | None = None) -> Iterator[Content]:
    """What the next commit adds or changes, as the index has it."""
    from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

    yield from _of_changes(git.staged_changes(directory), directory)


def of_range(revisions: Iterable[str], directory: str | None = None) -> Iterator[Content]:
    """Every version of every file that the commits brought; each content once for each of its paths."""
    from k6ci import git  # noqa: PLC0415 - see above

    yield from _of_changes(git.range_changes(*revisions, directory=directory), directory)


def _of_changes(changes: list[git.Change], directory: str | None) -> Iterator[Content]:  # type: ignore[name-defined]  # noqa: F821
    from k6ci import git  # noqa: PLC0415 - see above

    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(change.object_name, []).append(change.path)
    for blob in git.blobs(names, at_most_bytes=LARGEST_BYTES, directory=directory):
        for path in dict.fromkeys(names[blob.object_name]):
            yield too_large(path, blob.size_bytes) if blob.content is None else judged(path, blob.content)


def _total_bytes(names: Iterable[str]) -> int:
    total = 0
    for name in names:
        try:
            total += min(os.lstat(name).st_size, LARGEST_BYTES)
        except OSError:
            continue
    return total


def _in_processes(names: list[str], jobs: int, backend: str, keyer: Keyer | None) -> Outcome:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - 30 ms, for big scans only

    outcome = Outcome([], [])
    slices = [names[start : start + _SLICE_FILES] for start in range(0, len(names), _SLICE_FILES)]
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for part in pool.map(_scan_slice, slices, [backend] * len(slices), [keyer] * len(slices)):
            outcome.findings.extend(part.findings)
            outcome.skipped.extend(part.skipped)
    return outcome


def _scan_slice(names: list[str], backend: str, keyer: Keyer | None) -> Outcome:
    return scan_contents((read_file(name) for name in names), backend=backend, keyer=keyer)
