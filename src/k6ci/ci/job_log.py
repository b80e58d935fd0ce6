"""The log of a job, as its CI system reads it: masks, the fence around foreign output, collapsible sections.

Texts that a `JobLog` returns are written as they are, to the stream that the system reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from k6ci.ci.system import System, detect_system
from k6ci.lines import one_line

Level = Literal["warning", "notice"]


class JobLog(Protocol):
    """How one CI system reads the log of a job."""

    @property
    def reads_commands(self) -> bool:
        """Whether the system obeys commands in both streams of a job, in no defined order between the two."""

    @property
    def has_sections(self) -> bool:
        """Whether lines can be put into a collapsible section (GitHub: group)."""

    def masks(self, secrets: Iterable[str]) -> str:
        """Commands that hide these values. They hold the values, so they must not get into a file."""

    def opening(self) -> str:
        """What to write before anything else."""

    def closing(self) -> str:
        """What to write after everything else, except commands."""

    def open_section(self, title: str) -> str:
        """The beginning of a section."""

    def close_section(self) -> str:
        """The end of the section."""

    def remark(self, level: Level, text: str) -> str:
        """A line that deserves attention, and changes no verdict."""


class PlainLog:
    """A log that only people read: nothing is added to it."""

    reads_commands = False
    has_sections = False

    def masks(self, secrets: Iterable[str]) -> str:
        """Nothing: the secrets are not repeated."""
        del secrets
        return ""

    def opening(self) -> str:
        """Nothing."""
        return ""

    def closing(self) -> str:
        """Nothing."""
        return ""

    def open_section(self, title: str) -> str:
        """Nothing."""
        del title
        return ""

    def close_section(self) -> str:
        """Nothing."""
        return ""

    def remark(self, level: Level, text: str) -> str:
        """The line with its level."""
        return f"{level}: {one_line(text)}\n"


def job_log_of(environ: Mapping[str, str]) -> JobLog:
    """The log of the CI system that set these variables."""
    match detect_system(environ):
        case System.GITHUB:
            from k6ci.ci.github import GitHubLog  # noqa: PLC0415 -- the other systems do not pay for it

            return GitHubLog()
        case System.GITLAB:
            from k6ci.ci.gitlab import GitLabLog  # noqa: PLC0415 -- the other systems do not pay for it

            return GitLabLog()
        case System.LOCAL:
            return PlainLog()
