"""Turns a range into what `git log` is asked for, and proves that this clone has all of it.

A clone of CI is often shallow: commits that it lacks would pass unseen, so they are an error with a way out.
"""

from __future__ import annotations

from k6ci import git
from k6ci.errors import SettingsError
from k6ci.secretscan.inputs.ranges import REMOTES, Span

_REMEDY = (
    "Fetch the whole history (GitHub: `fetch-depth: 0` of actions/checkout, GitLab: the variable `GIT_DEPTH: 0`), or "
    "give the range yourself, as in `k6ci scan --range origin/main..HEAD`."
)


def no_range() -> SettingsError:
    """For `--range auto` where nothing tells the range."""
    return SettingsError("--range auto: found no pre-commit, GitHub or GitLab variables.", _REMEDY)


def given(text: str) -> tuple[str, ...]:
    """A range from the command line: `A..B`, or a commit with all that leads to it and is on no remote.

    Raises:
        SettingsError: the clone ends inside of the range.
    """
    return _whole((text,) if ".." in text else (text, "--not", REMOTES))


def revisions(span: Span) -> tuple[str, ...]:
    """The arguments for `git log`; empty when the span brings nothing (a branch was deleted).

    Raises:
        SettingsError: the clone lacks the end of the span, or ends inside of it.
    """
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
    return _whole((span.end, "--not", *known) if known else (span.end,))


def _whole(asked: tuple[str, ...]) -> tuple[str, ...]:
    cut = git.shallow_commits()
    if cut and not cut.isdisjoint(git.commits_of(*asked)):
        raise SettingsError("This clone is shallow: its history ends inside of the range.", _REMEDY)
    return asked
