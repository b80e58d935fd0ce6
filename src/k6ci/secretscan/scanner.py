"""Scan files, the index or a range of commits: small scans in this process, large ones in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from k6ci.secretscan.file_scan import Keyer, allowed_keys, scan_content, skipped_in
from k6ci.secretscan.inputs.content import LARGEST_BYTES, Content, read_file, readable
from k6ci.secretscan.prefilter.lines import best_backend, prepare

if TYPE_CHECKING:
    from k6ci import git
    from k6ci.secretscan.report.findings import Finding

# Below this, starting processes takes longer than the scan.
WORTH_PROCESSES_BYTES = 800_000
# Small slices share the work evenly, also when the costly files are neighbours; each costs a message.
_SLICE_FILES, _SLICES_OF_A_PROCESS = 40, 8
# The assumed size of a file in a range, to choose the prefilter before reading any.
_USUAL_BYTES = 8_000


class Outcome(NamedTuple):
    """The findings, and the contents that were skipped."""

    findings: list[Finding]
    skipped: list[Content]


def scan_paths(paths: Iterable[str], *, jobs: int, keyer: Keyer | None, shown: Callable[[str], str] = str) -> Outcome:
    """Scan files of the working tree with at most `jobs` processes (0: one per processor).

    `shown` turns a path into the form that reports and baselines use.
    """
    names = list(dict.fromkeys(paths))

    stored = _stored_differently(names)

    def read(name: str) -> Content:
        read_as = _from_index(name, stored[name]) if name in stored else read_file(name)
        return read_as._replace(path=shown(name))

    total = _total_bytes(names)
    backend = best_backend(total)
    jobs = jobs or _processors()
    if jobs == 1 or not hasattr(os, "fork") or total < WORTH_PROCESSES_BYTES or len(names) < 2 * jobs:
        return scan_contents(map(read, names), backend=backend, keyer=keyer)
    return _in_processes(
        names, jobs, lambda part: scan_contents(map(read, part), backend=backend, keyer=keyer), backend
    )


def _stored_differently(names: list[str]) -> dict[str, str]:
    """Tracked files with a clean filter (git-crypt, LFS), and their objects: the committed content is another one."""
    from k6ci.secretscan.suppression.paths import repository_root  # noqa: PLC0415 - see below

    try:
        with open(os.path.join(repository_root("."), ".gitattributes"), "rb") as file:
            is_filtered = b"filter=" in file.read(1_000_000)
    except OSError:
        return {}
    if not is_filtered:
        return {}
    from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing, unless there are filters
    from k6ci.errors import K6ciError  # noqa: PLC0415 - same

    spelled = {os.path.relpath(name).replace(os.sep, "/"): name for name in names}
    try:
        found = git.index_objects(path for path in spelled if not path.startswith("../"))
    except K6ciError:
        return {}
    return {spelled[path]: object_name for path, object_name in found.items() if path in spelled}


def _from_index(name: str, object_name: str) -> Content:
    from k6ci import git  # noqa: PLC0415 - see above

    (blob,) = git.blobs([object_name], max_bytes=LARGEST_BYTES)
    return _read(name, blob)


def scan_contents(contents: Iterable[Content], *, backend: str, keyer: Keyer | None) -> Outcome:
    """Scan contents one after the other, so that one file at a time is in memory."""
    findings: list[Finding] = []
    skipped: list[Content] = []
    for content in contents:
        if content.content is None:
            skipped.append(content)
            continue
        skipped += [one._replace(commit=content.commit) for one in skipped_in(content.path, content.content)]
        found = scan_content(content.path, content.content, backend=backend, keyer=keyer)
        findings.extend(_of_commit(content.commit, found) if found and content.commit else found)
    return Outcome(findings, skipped)


def scan_staged(*, is_scanned: Callable[[str], bool], keyer: Keyer | None) -> tuple[Outcome, frozenset[str]]:
    """Scan the staged changes, as they are in the index; also returns their paths."""
    from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

    changes = [change for change in git.staged_changes() if is_scanned(change.path)]
    outcome = scan_contents(_of_changes(changes), backend="re", keyer=keyer)
    return outcome, frozenset(change.path for change in changes)


def scan_range(revisions: Iterable[str], *, is_scanned: Callable[[str], bool], keyer: Keyer | None) -> Outcome:
    """Scan every version of every file that the commits add or change; each content once per path."""
    from k6ci import git  # noqa: PLC0415 - see above

    asked = list(revisions)
    changes = [change for change in git.range_changes(*asked) if is_scanned(change.path)]
    backend = best_backend(len(changes) * _USUAL_BYTES)
    outcome = scan_contents(_of_changes(changes), backend=backend, keyer=keyer)
    return _without_later_allowed(outcome, asked, keyer) if outcome.findings and keyer else outcome


def _without_later_allowed(outcome: Outcome, revisions: list[str], keyer: Keyer) -> Outcome:
    """The outcome without findings that a comment allows in the last commit of the range."""
    from k6ci import git  # noqa: PLC0415 - see above

    end = revisions[0].rpartition("..")[2] or "HEAD"
    paths = sorted({one.path for one in outcome.findings if "\n" not in one.path})
    contents = git.blobs([f"{end}:{path}" for path in paths], max_bytes=LARGEST_BYTES)
    allowed = {
        (path, key)
        for path, blob in zip(paths, contents, strict=True)
        for key in (allowed_keys(path, blob.content, keyer) if blob.content else ())
    }
    kept = [one for one in outcome.findings if not any((one.path, key) in allowed for key in one.keys)]
    return Outcome(kept, outcome.skipped)


def _of_changes(changes: list[git.Change]) -> Iterator[Content]:
    from k6ci import git  # noqa: PLC0415 - see above

    wanted: dict[str, list[git.Change]] = {}
    for change in changes:
        wanted.setdefault(change.object_name, []).append(change)
    for blob in git.blobs(wanted, max_bytes=LARGEST_BYTES):
        for path, commit in {change.path: change.commit for change in reversed(wanted[blob.object_name])}.items():
            yield _read(path, blob)._replace(commit=commit)


def _read(path: str, blob: git.Blob) -> Content:
    if blob.content is not None:
        return readable(path, blob.content)
    if blob.size_bytes:
        return readable(path, blob.head, blob.size_bytes)
    return Content(path, None, "its content is not in this clone", is_failure=True)


def _of_commit(commit: str, findings: list[Finding]) -> list[Finding]:
    return [one._replace(commit=commit) for one in findings]


def _total_bytes(names: Iterable[str]) -> int:
    total = 0
    for name in names:
        try:
            total += min(os.lstat(name).st_size, LARGEST_BYTES)
        except OSError:
            continue
    return total


def _processors() -> int:
    """How many processes make sense: what the scheduler and the container's limit (cgroups) leave to this process."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()[:2]
    except (OSError, ValueError):
        return count
    return max(1, min(count, -(-int(quota) // int(period)))) if quota.isdigit() else count


def _in_processes(names: list[str], jobs: int, scan: Callable[[list[str]], Outcome], backend: str) -> Outcome:
    from k6ci.secretscan.detectors import structured_files  # noqa: F401, PLC0415 - imported once, before the processes fork
    from k6ci.secretscan.processes import shared  # noqa: PLC0415 - for big scans only

    prepare(backend)
    size = max(1, min(_SLICE_FILES, len(names) // (jobs * _SLICES_OF_A_PROCESS)))
    slices = [names[start : start + size] for start in range(0, len(names), size)]

    outcome = Outcome([], [])
    for part in shared(slices, scan, jobs):
        outcome.findings.extend(part.findings)
        outcome.skipped.extend(part.skipped)
    return outcome
