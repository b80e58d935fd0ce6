"""What k6ci writes into the note of a run in CI: the job, its attempt and request, and what the run executes.

It lets `k6ci abort --stale` find what an earlier attempt of the same job has left, it tells another job's run from one
of ours whose answer was lost, and it tells which runs can be compared. It holds no secret; everyone who sees the run's
page can read it.
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from typing import Final

_NOTE: Final = re.compile(
    r"k6ci job=(?P<job>\S+) attempt=(?P<attempt>\S+) key=(?P<key>\S+)(?P<revision>(?: [a-z]+=[^\s=]*)*)"
)
# Notes are for people, too; the contract has no limit.
_MAX_BRANCH_CHARACTERS: Final = 100
_DIGITS: Final = 12


@dataclasses.dataclass(frozen=True)
class Job:
    """A job of a CI system: `identity` is the same for all its attempts, `attempt` is a number that grows."""

    identity: str
    attempt: str


@dataclasses.dataclass(frozen=True)
class Revision:
    """What a run executes. The digests and the commit are their first 12 digits; empty: not known.

    Attributes:
        branch: of the repository, or the pull request.
        is_default_branch: whether it is the default branch of the repository.
        sha: the commit.
        options: a digest of the options that determine the load.
        script: a digest of the archive.
        is_confirmation: whether the run was started to confirm the result of another one.
    """

    branch: str = ""
    is_default_branch: bool = False
    sha: str = ""
    options: str = ""
    script: str = ""
    is_confirmation: bool = False

    def words(self) -> str:
        """The fields in a note, each after a space."""
        fields = {
            "branch": _word(self.branch[:_MAX_BRANCH_CHARACTERS]),
            "sha": self.sha[:_DIGITS],
            "opts": self.options[:_DIGITS],
            "script": self.script[:_DIGITS],
            "default": "yes" if self.is_default_branch else "",
            "confirms": "yes" if self.is_confirmation else "",
        }
        return "".join(f" {name}={value}" for name, value in fields.items() if value)

    @classmethod
    def of_words(cls, words: str) -> Revision:
        """The fields that a note has."""
        fields = dict(word.split("=", 1) for word in words.split())
        return cls(
            urllib.parse.unquote(fields.get("branch", "")),
            fields.get("default") == "yes",
            fields.get("sha", ""),
            fields.get("opts", ""),
            fields.get("script", ""),
            fields.get("confirms") == "yes",
        )


@dataclasses.dataclass(frozen=True)
class RunNote:
    """Who started a run, and what it executes; `key` is the idempotency key of the request."""

    job: Job
    key: str
    revision: Revision = Revision()

    def text(self) -> str:
        """The text of the note."""
        job, attempt = _word(self.job.identity), _word(self.job.attempt)
        return f"k6ci job={job} attempt={attempt} key={self.key}{self.revision.words()}"


def run_note_in(note: str | None) -> RunNote | None:
    """What k6ci wrote into a note, wherever it is in it; None when it wrote nothing."""
    found = _NOTE.search(note or "")
    if found is None:
        return None
    job = Job(urllib.parse.unquote(found["job"]), urllib.parse.unquote(found["attempt"]))
    return RunNote(job, found["key"], Revision.of_words(found["revision"]))


def is_of_earlier_attempt(note: str | None, job: Job) -> bool:
    """Whether a note says that an earlier attempt of this very job started the run."""
    found = run_note_in(note)
    if found is None or found.job.identity != job.identity:
        return False
    return found.job.attempt.isdecimal() and job.attempt.isdecimal() and int(found.job.attempt) < int(job.attempt)


def _word(text: str) -> str:
    return urllib.parse.quote(text, safe="/:@")
