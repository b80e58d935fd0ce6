"""What k6ci knows about the CI system and the job in which it runs: facts only, read once."""

from __future__ import annotations

import dataclasses

from k6ci.ci.branches import NO_BRANCH, Branch
from k6ci.ci.events import NO_EVENT, Event
from k6ci.ci.system import System
from k6ci.errors import SettingsError
from k6ci.runs.run_note import Job, Revision


@dataclasses.dataclass(frozen=True)
class Platform:
    """The CI system and the job.

    Attributes:
        system: which CI system it is.
        name: its name, for people.
        secrets_place: where to store K6_CLOUD_TOKEN, as the end of a sentence.
        secret_variables: variables of the system whose values are secrets of the job.
        repository: `owner/name`; None if the system does not tell.
        event: what started the job.
        branch: which branch it builds.
        job: which job of the system this is, and which attempt; None if the system does not tell.
        job_path: names that this job has in every run: its workflow or pipeline, and the job; empty if unknown.
        page_url: the page of this run of the job, for links; "" if unknown.
        leg: which of the parallel jobs of a matrix this is, in words that stay the same; None outside of a matrix.
        cautions: sentences about settings of the system that endanger secrets.
        refusals: errors about settings of the system with which no test is run.
    """

    system: System
    name: str
    secrets_place: str
    secret_variables: tuple[str, ...] = ()
    repository: str | None = None
    event: Event = NO_EVENT
    branch: Branch = NO_BRANCH
    job: Job | None = None
    job_path: tuple[str, ...] = ()
    page_url: str = ""
    leg: str | None = None
    cautions: tuple[str, ...] = ()
    refusals: tuple[SettingsError, ...] = ()

    @property
    def revision(self) -> Revision:
        """The branch and the commit of the job."""
        return Revision(self.branch.name, self.branch.is_default, self.event.head_sha)
