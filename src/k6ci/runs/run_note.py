"""What k6ci writes into the note of a run in CI: which job started it, in which attempt, by which request.

It lets `k6ci abort --stale` find what an earlier attempt of the same job has left, and it tells another job's run from
one of ours whose answer was lost. It holds no secret; everyone who sees the run's page can read it.
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from typing import Final

_NOTE: Final = re.compile(r"k6ci job=(?P<job>\S+) attempt=(?P<attempt>\S+) key=(?P<key>\S+)")


@dataclasses.dataclass(frozen=True)
class Job:
    """A job of a CI system: `identity` is the same for all its attempts, `attempt` is a number that grows."""

    identity: str
    attempt: str


@dataclasses.dataclass(frozen=True)
class RunNote:
    """Who started a run; `key` is the idempotency key of the request."""

    job: Job
    key: str

    def text(self) -> str:
        """The text of the note."""
        return f"k6ci job={_word(self.job.identity)} attempt={_word(self.job.attempt)} key={self.key}"


def run_note_in(note: str | None) -> RunNote | None:
    """What k6ci wrote into a note, wherever it is in it; None when it wrote nothing."""
    found = _NOTE.search(note or "")
    if found is None:
        return None
    job = Job(urllib.parse.unquote(found["job"]), urllib.parse.unquote(found["attempt"]))
    return RunNote(job, found["key"])


def is_of_earlier_attempt(note: str | None, job: Job) -> bool:
    """Whether a note says that an earlier attempt of this very job started the run."""
    found = run_note_in(note)
    if found is None or found.job.identity != job.identity:
        return False
    return found.job.attempt.isdecimal() and job.attempt.isdecimal() and int(found.job.attempt) < int(job.attempt)


def _word(text: str) -> str:
    return urllib.parse.quote(text, safe="/:@")
