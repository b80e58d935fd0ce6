"""The range of commits to scan, and whether this clone has all of them.

A clone of CI is often shallow: commits that it lacks would pass unseen, so they are an error with a remedy.
"""

from __future__ import annotations

from collections.abc import Mapping

from k6ci import git
from k6ci.ci.commits import REMOTES, Span, span_of
from k6ci.ci.events import github_payload
from k6ci.errors import SettingsError

_REMEDY = (
    "Fetch the whole history (GitHub: `fetch-depth: 0` of actions/checkout, GitLab: the variable `GIT_DEPTH: 0`), or "
    "give the range yourself, as in `k6ci scan --range origin/main..HEAD`."
)


def revisions_of(asked: str | None, environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """The range `asked` as arguments for `git log`: `A..B`, a commit without what is on a remote, or `auto`.

    Empty when the range brings nothing (a branch was deleted), None when nothing is asked and the CI job has no range.

    Raises:
        SettingsError: the environment names no range, the clone lacks its end, or the clone ends inside of it.
    """
    if asked and asked != "auto":
        if " --not" in asked:  # as reports name a range
            return _whole(tuple(asked.split()))
        return _whole((asked,) if ".." in asked else (asked, "--not", REMOTES))
    span = span_of(environment, github_payload(environment))
    if span:
        return _revisions(span)
    if not asked:
        return None
    if environment.get("PRE_COMMIT"):
        # At the stage `manual` the runners name no commits: what is on no remote is what the next push brings.
        return revisions_of("HEAD", environment)
    raise SettingsError("--range auto: found no pre-commit, GitHub or GitLab variables.", _REMEDY)


def _revisions(span: Span) -> tuple[str, ...]:
    if not span.end.strip("0"):
        return ()
    if not git.exists(span.end):
        raise SettingsError(f"Commit {span.end[:12]} is not in this clone.", _REMEDY)
    if span.start.strip("0"):
        if git.exists(span.start):
            return _whole((f"{span.start}..{span.end}",))
        if git.is_shallow():
            raise SettingsError(f"This clone is shallow: it lacks {span.start[:40]}, where the range begins.", _REMEDY)
    # A new branch, or a forced push that left its old commits behind.
    known = [ref for ref in span.known if ref.startswith(REMOTES) or git.exists(ref)]
    return _whole((span.end, "--not", *known))


def _whole(asked: tuple[str, ...]) -> tuple[str, ...]:
    cut = git.shallow_commits()
    if cut and not cut.isdisjoint(git.commits_of(*asked)):
        raise SettingsError("This clone is shallow: its history ends inside of the range.", _REMEDY)
    return asked
