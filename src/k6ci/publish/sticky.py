"""The comment on a pull request that each run edits, instead of writing another one. Not about any one host.

A hidden line at its beginning says which job wrote it and with which verdict. A comment counts only if this token's own
user wrote it: others could write the line, too. Calls block.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import re
from typing import Final

from k6ci.platforms.facts import Platform
from k6ci.platforms.host import Comment, CommentThread, HostError
from k6ci.render.markdown import report_markdown
from k6ci.results.model import Report, Verdict

# Of the 65,536 that GitHub accepts. Counted in bytes, so that it is certainly not more in characters.
MAX_BYTES: Final = 65_000
_MARKER: Final = re.compile(r"<!-- k6ci:v1:(?P<key>[0-9a-f]+):(?P<verdict>[a-z]+) -->")
_KEY_LENGTH: Final = 24
_GOOD: Final = (Verdict.PASSED, Verdict.SKIPPED)


@enum.unique
class Mode(enum.StrEnum):
    """When the comment is written; the values of the input `comment`."""

    ALWAYS = "always"
    ON_CHANGE = "on-change"
    ON_FAILURE = "on-failure"
    NEVER = "never"


@dataclasses.dataclass(frozen=True)
class StickyComment:
    """A report as a comment; `key` is the same in all runs of one job, and in no other job."""

    key: str
    verdict: Verdict
    body: str

    @classmethod
    def of(cls, report: Report, key: str) -> StickyComment:
        """The comment for a redacted report; a long one is truncated, with a note."""
        marker = f"<!-- k6ci:v1:{key}:{report.decision.verdict} -->\n"
        return cls(key, report.decision.verdict, marker + report_markdown(report, max_bytes=MAX_BYTES - len(marker)))


def job_key(platform: Platform, report_id: str) -> str:
    """What distinguishes this job from others that write to the same pull request."""
    parts = [platform.repository, *platform.job_path, platform.leg, report_id]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_KEY_LENGTH]


def write(thread: CommentThread, sticky: StickyComment, mode: Mode) -> None:
    """Edit the comment of an earlier run, or write the first one, if the mode says so.

    Raises:
        HostError: why it could not be written.
    """
    existing = _own(thread, sticky.key)
    if not _is_wanted(mode, sticky.verdict, _verdict_of(existing)):
        return
    if existing is not None:
        thread.edit(existing, sticky.body)
        return
    try:
        thread.create(sticky.body)
    except HostError as error:
        # A failed answer does not say whether the comment was written: look before writing another one.
        if not error.is_uncertain:
            raise
        if _own(thread, sticky.key) is None:
            thread.create(sticky.body)


def _is_wanted(mode: Mode, verdict: Verdict, former: str | None) -> bool:
    """Whether to write, beside a comment with the verdict `former` (None: there is none)."""
    if mode is Mode.ON_CHANGE:
        return verdict != former
    if mode is Mode.ON_FAILURE:  # a comment about a failure is also brought up to date when the failure is gone
        return verdict not in _GOOD or (former is not None and verdict != former)
    return mode is Mode.ALWAYS


def _own(thread: CommentThread, key: str) -> Comment | None:
    """The first comment with this key that this token's user wrote; who that is, is asked only if it matters."""
    marked = [one for one in thread.comments() if (found := _MARKER.match(one.body)) and found["key"] == key]
    if not marked:
        return None
    name = thread.own_name()
    return next((one for one in marked if one.author == name), None)


def _verdict_of(comment: Comment | None) -> str | None:
    found = _MARKER.match(comment.body) if comment is not None else None
    return found["verdict"] if found else None
