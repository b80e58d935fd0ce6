"""Select what to scan, from the command line or the event of a CI job, and scan it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, NamedTuple

from k6ci.secretscan.inputs.content import walk
from k6ci.secretscan.scanner import Outcome, scan_paths, scan_range, scan_staged
from k6ci.secretscan.suppression.paths import Paths

BASELINE_NAMES = (".k6ci-secrets.baseline", ".secrets.baseline")


class ScanResult(NamedTuple):
    """Findings and skipped files, the scope in words, and the scanned paths (None: all tracked files)."""

    outcome: Outcome
    scope: str
    paths: frozenset[str] | None


def scan_selected(arguments: Namespace, environment: Mapping[str, str], keyer: Any, known: Paths) -> ScanResult:
    """Scan what the arguments select: staged files, a range, paths, or everything that git tracks."""
    if arguments.staged:
        outcome, paths = scan_staged(is_scanned=known.is_scanned, keyer=keyer)
        return ScanResult(outcome, "the staged changes", paths)
    if arguments.range or arguments.ci:
        asked = _revisions(arguments, environment)
        if asked is not None:
            outcome = scan_range(asked, is_scanned=known.is_scanned, keyer=keyer) if asked else Outcome([], [])
            scope = f"commits {' '.join(asked)}" if asked else "no commits: the branch was deleted"
            return ScanResult(outcome, scope, frozenset())
    if arguments.paths:
        names, scope = list(walk(arguments.paths)), "the given files"
    else:
        from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

        # A tracked file is not there in a sparse checkout.
        names, scope = list(filter(os.path.lexists, git.tracked_paths())), "all files tracked by git"
    names = [name for name in names if known.is_scanned(known.shown(name))]
    outcome = scan_paths(names, jobs=arguments.jobs, keyer=keyer, shown=known.shown)
    return ScanResult(outcome, scope, frozenset(map(known.shown, names)) if arguments.paths else None)


def _revisions(arguments: Namespace, environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """The range as arguments of `git log`; None when the event of a CI job has none, and all files are scanned."""
    from k6ci.ci.events import github_payload  # noqa: PLC0415 - for ranges only
    from k6ci.secretscan.inputs import ranges  # noqa: PLC0415 - for ranges only

    if arguments.range and arguments.range != "auto":
        return ranges.given(arguments.range)
    span = ranges.span_of(environment, github_payload(environment))
    if span:
        return ranges.revisions(span)
    if arguments.ci:
        return None
    if environment.get("PRE_COMMIT"):
        # At the stage `manual` the runners name no commits: what is on no remote is what the next push brings.
        return ranges.given("HEAD")
    raise ranges.no_range()
