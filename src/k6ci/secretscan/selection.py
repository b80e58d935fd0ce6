"""Select what to scan, from the command line or the event of a CI job, and scan it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.inputs.content import Content, read_file, walk
from k6ci.secretscan.options import Options
from k6ci.secretscan.prefilter.lines import best_backend
from k6ci.secretscan.scanner import contents_of, scan_contents, scan_paths
from k6ci.secretscan.suppression.paths import Paths

if TYPE_CHECKING:
    from k6ci import git
    from k6ci.secretscan.report.findings import Finding, Keyer

# The assumed size of a file in a commit, to choose the prefilter before reading any.
_USUAL_BYTES = 8_000


class ScanResult(NamedTuple):
    """Findings and skipped files, the scope in words, and the scanned paths (None: all tracked files).

    `read` gives a content again, by its path and commit; `again` are the options that select the same contents.
    """

    findings: list[Finding]
    skipped: list[Content]
    scope: str
    read: Callable[[str, str], Content]
    paths: frozenset[str] | None = frozenset()
    again: str = "--all"


def scan_selected(options: Options, environment: Mapping[str, str], keyer: Keyer | None, known: Paths) -> ScanResult:
    """Scan what the options select: staged files, a range, paths, or everything that git tracks."""
    if options.staged:
        return _scan_changes(None, keyer, known)
    if options.range or options.ci:
        from k6ci.secretscan.inputs.ranges import revisions_of  # noqa: PLC0415 - for ranges only

        revisions = revisions_of(options.range, environment)
        if revisions is not None:
            return _scan_changes(revisions, keyer, known)
    if options.paths:
        names, scope = list(walk(options.paths)), "the given files"
    else:
        from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

        tracked = (known.prefix + path for path in git.tracked_paths(known.root))
        # A tracked file is not there in a sparse checkout.
        names, scope = list(filter(os.path.lexists, tracked)), "all files tracked by git"
    paths = {known.shown(name): name for name in names}
    paths = {path: name for path, name in paths.items() if known.is_scanned(path)}
    stored = _stored_differently(list(paths), known.root)

    def read(name: str) -> Content:
        path = known.shown(name)
        (content,) = contents_of([stored[path]]) if path in stored else (read_file(name),)
        return content._replace(path=path)

    outcome = scan_paths(list(paths.values()), read, jobs=options.jobs, keyer=keyer)
    return ScanResult(*outcome, scope, lambda path, _: read(paths[path]), frozenset(paths) if options.paths else None)


def _stored_differently(paths: list[str], root: str) -> dict[str, git.Change]:
    """Tracked files with a clean filter (git-crypt, LFS): the content that git has is another one."""
    paths = [path for path in paths if not path.startswith("../") and not os.path.isabs(path)]
    folders, above = {""}, {os.path.dirname(path) for path in paths}
    while not above <= folders:
        folders |= above
        above = {os.path.dirname(folder) for folder in above}
    files = [".git/info/attributes", *(os.path.join(folder, ".gitattributes") for folder in folders)]
    contents = (read_file(os.path.join(root, name)).content for name in files)
    # The attributes of a worktree are in another folder.
    if not any(b"filter=" in content for content in contents if content) and not os.path.isfile(f"{root}/.git"):
        return {}
    from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing, unless there are filters
    from k6ci.errors import K6ciError  # noqa: PLC0415 - same

    try:
        found = git.index_objects(paths, root)
    except K6ciError:
        return {}
    return {path: git.Change(path, object_name) for path, object_name in found.items()}


def _scan_changes(revisions: tuple[str, ...] | None, keyer: Keyer | None, known: Paths) -> ScanResult:
    """Scan every version of every file that the revisions add or change, or the staged ones (None)."""
    from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

    def read(path: str, commit: str) -> Content:
        (content,) = contents_of([git.Change(path, f"{commit}:{path}", commit)])
        return content

    if revisions == ():
        return ScanResult([], [], "no commits: the branch was deleted", read)
    changes = git.range_changes(*revisions) if revisions else git.staged_changes()
    changes = [change for change in changes if known.is_scanned(change.path)]
    outcome = scan_contents(contents_of(changes), backend=best_backend(len(changes) * _USUAL_BYTES), keyer=keyer)
    if not revisions:
        return ScanResult(*outcome, "the staged changes", read, frozenset(change.path for change in changes))
    findings = outcome.findings
    if findings and keyer:
        # A comment in the last commit of the range also allows the secret in the commits before.
        end = revisions[0].rpartition("..")[2] or "HEAD"
        paths = {one.path for one in findings if "\n" not in one.path}
        last = contents_of([git.Change(path, f"{end}:{path}") for path in paths])
        allowed = {
            (one.path, key)
            for version in last
            for one in scan_content(version.path, version.content or b"", keyer=keyer, only_allowed=True)
            for key in one.keys
        }
        findings = [one for one in findings if allowed.isdisjoint((one.path, key) for key in one.keys)]
    from shlex import quote  # noqa: PLC0415 - for ranges only

    span = " ".join(revisions)
    return ScanResult(findings, outcome.skipped, f"commits {span}", read, again=f"--range {quote(span)}")
